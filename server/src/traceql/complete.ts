/** What could stand at a place in a query: for an editor, which knows what names and values there are. */
import {lex, type Token} from './lex.ts';
import {parsePartial} from './parse.ts';
import type {Wanted} from './reading.ts';

export interface Completion {
  /** Where the word begins that is being typed; the place itself where none is. */
  readonly from: number;
  /** That word as far as it goes; of a text in quotes what it means. */
  readonly typed: string;
  /** Whether it is a text in quotes, which only a value can take the place of. */
  readonly quoted: boolean;
  /** The query before that word. */
  readonly before: string;
  readonly wanted: readonly Wanted[];
  /** What stands before the word: operators depend on it. */
  readonly follows: 'name' | 'value' | 'spanset' | 'series' | undefined;
}

export function completionAt(text: string, place: number): Completion {
  const upTo = text.slice(0, place);
  const tokens = lex(upTo, []).slice(0, -1);
  const last = tokens.at(-1);
  const isTyping = last !== undefined && last.end === upTo.length && isWord(last, upTo);
  const word = isTyping ? last : undefined;
  // `http.ro`: the scope of a name that is not written yet.
  const unscoped = word?.kind === 'attribute' && word.text.startsWith('.') ? tokens.at(-2) : undefined;
  const first = unscoped?.kind === 'word' && unscoped.end === word?.at ? unscoped : word;
  const from = first?.at ?? place;
  const before = upTo.slice(0, from);
  return {
    from,
    typed: first === word ? (word?.text ?? '') : upTo.slice(from),
    quoted: word?.kind === 'string',
    before,
    wanted: parsePartial(before).wanted,
    follows: followed(tokens.filter(({at}) => at < from)),
  };
}

/** A number is typed to its end by whoever types it, and a text that has its closing quote is finished. */
function isWord({kind, at}: Token, text: string): boolean {
  if (kind === 'word' || kind === 'attribute') return true;
  return kind === 'string' && (text.length === at + 1 || !isClosed(text.slice(at)));
}

function followed(tokens: readonly Token[]): Completion['follows'] {
  const [before, last] = [tokens.at(-2), tokens.at(-1)];
  if (last === undefined) return undefined;
  if (last.text === '}' && last.kind === 'sign') return 'spanset';
  const behindComparison = before?.kind === 'sign' && /^(?:!?=|[<>]=?|[=!]~)$/.test(before.text);
  if (last.kind === 'string' || last.kind === 'number' || behindComparison) return 'value';
  if (last.kind === 'attribute' || last.kind === 'word') return 'name';
  return last.text === ')' && last.kind === 'sign' ? 'series' : undefined;
}

const isClosed = (text: string): boolean =>
  text.startsWith('`') ? /^`[^`]*`$/.test(text) : /^"(?:\\[^\n]|[^\\"\n])*"$/.test(text);
