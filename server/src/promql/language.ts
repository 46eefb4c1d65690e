/**
 * What the page shares with PromQL's package: a query's tokens, its first fault, what may be typed at a place, and its tree. It is run in a
 * browser, so nothing of it may need Node; every other use goes through `index.ts`.
 */
import {SyntaxFault} from '../base/index.ts';
import {aggregators} from './ast.ts';
import {functions} from './functions.ts';
import {lex, type Token} from './lex.ts';
import {parse} from './parse.ts';

export type {Aggregation, Call, Expression, MatcherSign, MatrixSelector, VectorSelector} from './ast.ts';
export {nameLabel} from './ast.ts';
export {parse} from './parse.ts';
export {prettify, print, quote} from './print.ts';

export interface PlacedFault {
  readonly at: number;
  readonly end: number;
  readonly message: string;
}

/** What is wrong with the text, each with the word it belongs to; none of an empty text. */
export function promqlFaultsIn(text: string): PlacedFault[] {
  if (text.trim() === '') return [];
  const parsed = parse(text);
  if (parsed.kind === 'ok') return [];
  const tokens = tokensBefore(text, text.length);
  return parsed.faults.map(({position, message}) => {
    // Something is missing behind the last word: that word is shown.
    const token = tokens.find(({at, end}) => at <= position && position < end) ?? tokens.at(-1);
    return {at: token?.at ?? position, end: Math.max(token?.end ?? 0, position + 1), message};
  });
}

export interface MarkedWord {
  readonly at: number;
  readonly end: number;
  readonly mark: 'name' | 'function' | 'keyword' | 'string' | 'number' | 'sign';
}

const keywords = new Set('by without on ignoring group_left group_right offset bool and or unless atan2'.split(' '));

/** Up to the first character that no word begins with. */
export function promqlWords(text: string): MarkedWord[] {
  const tokens = tokensBefore(text, text.length);
  return tokens.map((token, i) => ({at: token.at, end: token.end, mark: markOf(token, tokens[i + 1])}));
}

function markOf({kind, text}: Token, next: Token | undefined): MarkedWord['mark'] {
  if (kind === 'string' || kind === 'number') return kind;
  if (kind !== 'word') return 'sign';
  if (keywords.has(text)) return 'keyword';
  if (isAggregator(text)) return 'function';
  return next?.text === '(' && functions.has(text) ? 'function' : 'name';
}

const isAggregator = (text: string): boolean => (aggregators as readonly string[]).includes(text);

/** Functions and aggregators that need no flag. */
export const promqlFunctions: readonly string[] = [
  ...aggregators.filter((name) => !name.startsWith('limit')),
  ...[...functions.values()].filter(({isExperimental}) => !isExperimental).map(({name}) => name),
].sort();

/** `metric`: a metric or a function; `label`: a label's name; `value`: the value of `label`, in quotes. */
export interface PromqlPlace {
  readonly wants: 'metric' | 'label' | 'value';
  readonly from: number;
  readonly typed: string;
  /** Of a value. */
  readonly label?: string;
  /** Metric before the braces around the place. */
  readonly metric?: string;
}

/** What is being typed at `place`; undefined where nothing is known of it, as within a number. */
export function promqlPlaceAt(text: string, place: number): PromqlPlace | undefined {
  const upTo = text.slice(0, place);
  const braces = /(?:([A-Za-z_:][\w:]*)\s*)?\{((?:[^{}"]|"(?:\\.|[^"\\])*")*)("(?:\\.|[^"\\])*)?$/.exec(upTo);
  if (braces !== null) {
    const [, metric, before, open] = braces as unknown as [string, string | undefined, string, string | undefined];
    const within = metric === undefined ? {} : {metric};
    if (open !== undefined) {
      const label = /([A-Za-z_]\w*)\s*(?:=~|!~|!=|=)\s*$/.exec(before)?.[1];
      if (label === undefined) return undefined;
      return {wants: 'value', from: place - open.length + 1, typed: open.slice(1), label, ...within};
    }
    const typed = /(?:^|,)\s*([A-Za-z_]\w*|)$/.exec(before)?.[1];
    return typed === undefined ? undefined : {wants: 'label', from: place - typed.length, typed, ...within};
  }
  const grouped = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)$/.exec(upTo);
  if (grouped !== null) {
    const typed = /\w*$/.exec(grouped[1]!)![0];
    return {wants: 'label', from: place - typed.length, typed};
  }
  const typed = /(?:^|[^\w:."'`])([A-Za-z_:][\w:]*)?$/.exec(upTo);
  if (typed === null || /\[[^\]]*$/.test(upTo)) return undefined;
  const word = typed[1] ?? '';
  return {wants: 'metric', from: place - word.length, typed: word};
}

/** Whole words that end by then, as far as the text has such. */
function tokensBefore(text: string, end: number): readonly Token[] {
  let cut = end;
  for (;;) {
    try {
      return lex(text.slice(0, cut)).slice(0, -1);
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      // Each fault lies before the end of what was read.
      cut = Math.min(error.position, cut - 1);
      if (cut <= 0) return [];
    }
  }
}
