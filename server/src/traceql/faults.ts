/** What is wrong with a query, and at which word: for an editor, which underlines it. */
import {check} from './check.ts';
import {fold} from './fold.ts';
import {lex} from './lex.ts';
import {parsePartial} from './parse.ts';

export interface PlacedFault {
  readonly at: number;
  readonly end: number;
  readonly message: string;
}

/** Every fault of the text in its order; of an empty text none. Whoever asks with a text without faults is answered. */
export function faultsIn(text: string): PlacedFault[] {
  if (text.trim() === '') return [];
  const {query, faults} = parsePartial(text);
  const found = faults.length > 0 || query === undefined ? faults : check(fold(query));
  const tokens = lex(text, []).slice(0, -1);
  return found.map(({position, message}) => {
    const token = tokens.find(({at, end}) => at <= position && position < end);
    if (token !== undefined) return {at: token.at, end: token.end, message};
    // Something is missing behind the last word: that word is shown.
    const last = tokens.findLast(({end}) => end <= position);
    return position >= text.trimEnd().length && last !== undefined
      ? {at: last.at, end: last.end, message}
      : {at: position, end: Math.min(position + 1, text.length), message};
  });
}
