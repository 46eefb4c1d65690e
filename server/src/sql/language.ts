/**
 * What the page's editor knows of SQL by the parser itself: words, the fault of a statement, and where in it a name is being typed. It is
 * run in a browser; every other use goes through `index.ts`.
 */
import {reserved} from './cursor.ts';
import {SqlFault} from './fault.ts';
import {type Token, tokenize} from './lex.ts';
import {parseStatement} from './parse.ts';

export interface PlacedFault {
  readonly at: number;
  readonly end: number;
  readonly message: string;
}

/** What no statement can have; which columns there are only an answer tells. Undefined of an empty text too. */
export function sqlFaultIn(text: string): PlacedFault | undefined {
  if (text.trim() === '') return undefined;
  try {
    parseStatement(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof SqlFault)) throw error;
    const {start, end, message} = error;
    // Something is missing behind the last word: that word is shown.
    const last = start >= text.trimEnd().length ? tokensBefore(text, start).at(-1) : undefined;
    return {at: last?.start ?? start, end: Math.max(last?.end ?? end, start), message};
  }
}

export interface MarkedWord {
  readonly at: number;
  readonly end: number;
  readonly mark: 'name' | 'function' | 'keyword' | 'string' | 'number' | 'sign' | undefined;
}

/** Up to the first character that no word begins with. */
export function markedWords(text: string): MarkedWord[] {
  const tokens = tokensBefore(text, text.length);
  return tokens.map((token, i) => ({at: token.start, end: token.end, mark: markOf(token, tokens[i + 1])}));
}

function markOf({kind, text}: Token, next: Token | undefined): MarkedWord['mark'] {
  if (kind === 'symbol') return 'sign';
  if (kind === 'name') return 'name';
  if (kind !== 'word') return kind === 'end' ? undefined : kind;
  if (reserved.has(text.toUpperCase())) return 'keyword';
  return next?.text === '(' ? 'function' : undefined;
}

export const sqlWords: readonly string[] = [...reserved].filter(
  (word) => !/^(?:SETTINGS|FORMAT|INTO|PREWHERE|SAMPLE|FINAL)$/.test(word),
);

export interface SqlPlace {
  readonly from: number;
  readonly typed: string;
  /** A table's name; the key of a map, in quotes; or a word of an expression. */
  readonly wants: 'table' | 'key' | 'word';
  /** The words that stand in the whole statement: tables among them. */
  readonly words: ReadonlySet<string>;
}

export function sqlPlaceAt(text: string, place: number): SqlPlace | undefined {
  const words = new Set(tokensBefore(text, text.length).map((token) => token.text));
  const upTo = text.slice(0, place);
  const key = /\[\s*('?)([^'\]]*)$/.exec(upTo);
  if (key !== null) return {from: place - key[1]!.length - key[2]!.length, typed: key[2]!, wants: 'key', words};
  const typed = /[A-Za-z_][A-Za-z0-9_]*$/.exec(upTo)?.[0] ?? '';
  const from = place - typed.length;
  const before = tokensBefore(text, from);
  // Within a text or a comment nothing is offered.
  if (/\S/.test(text.slice(before.at(-1)?.end ?? 0, from))) return undefined;
  const [last] = before.slice(-1);
  const isTable = last !== undefined && /^(?:FROM|JOIN|DESCRIBE)$/i.test(last.text) && last.kind === 'word';
  return {from, typed, wants: isTable ? 'table' : 'word', words};
}

/** Whole words that end by then, as far as the text has such. */
function tokensBefore(text: string, end: number): readonly Token[] {
  let cut = end;
  for (;;) {
    try {
      return tokenize(text.slice(0, cut)).slice(0, -1);
    } catch (error) {
      if (!(error instanceof SqlFault)) throw error;
      // Each fault lies before the end of what was read.
      cut = Math.min(error.start, cut - 1);
      if (cut <= 0) return [];
    }
  }
}
