/** Sets of texts that a configuration gives, as they are or as regular expressions. The old form of `filter` shares them. */

import {sameBytes, utf8, utf8Bytes} from '../base/index.ts';
import {bool, integer, object, oneOf, optional, type Position, required, withDefault} from '../config/index.ts';
import {compilePattern, type Pattern} from '../regexp/index.ts';

export interface TextSet {
  /** Whether it holds the text of these bytes (UTF-8). */
  has(bytes: Uint8Array, start: number, length: number): boolean;
  hasText(text: string): boolean;
}

export const matchTypeField = required(
  oneOf('strict', 'regexp'),
  'Whether texts are compared, or are regular expressions.',
);

/** Without a bound the Collector's cache has none. */
const cacheEntries = 10_000;

export const regexpField = optional(
  object({
    cacheenabled: withDefault(bool, false, 'false', 'Whether to remember what was found for a text.'),
    cachemaxnumentries: withDefault(integer(), 0, '0', `How many texts to remember; 0 is ${cacheEntries}.`),
  }),
  'Settings of `match_type: regexp`.',
);

export interface MatchType {
  readonly match_type: 'strict' | 'regexp';
  readonly regexp: {readonly cacheenabled: boolean; readonly cachemaxnumentries: number} | undefined;
}

/** A text of the configuration, and where it stands. */
export interface PlacedText {
  readonly at: Position;
  readonly text: string;
}

/** Reports expressions that are none where they stand. */
export function textSet(
  {match_type, regexp}: MatchType,
  texts: readonly PlacedText[],
  fault: (at: Position, message: string) => void,
): TextSet {
  if (match_type === 'strict') return strictSet(texts.map(({text}) => text));
  const expressions: Pattern[] = [];
  for (const {at, text} of texts) {
    const compiled = compilePattern(text);
    if (typeof compiled === 'string') fault(at, `${compiled}, in "${text}"`);
    else expressions.push(compiled);
  }
  return expressionSet(expressions, regexp?.cacheenabled ? regexp.cachemaxnumentries || cacheEntries : 0);
}

function strictSet(texts: readonly string[]): TextSet {
  const known = new Set(texts);
  const all = [...known].map(utf8Bytes);
  return {
    has: (bytes, start, length) => all.some((each) => sameBytes(bytes, start, length, each, 0, each.length)),
    hasText: (text) => known.has(text),
  };
}

function expressionSet(expressions: readonly Pattern[], maxCached: number): TextSet {
  const test = (text: string): boolean => expressions.some((each) => each.test(text));
  const hasText = maxCached === 0 ? test : cached(test, maxCached);
  return {has: (bytes, start, length) => hasText(utf8(bytes, start, length)), hasText};
}

/** The texts that were asked for last are remembered. */
function cached(test: (text: string) => boolean, max: number): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    let found = known.get(text);
    if (found === undefined) {
      found = test(text);
      if (known.size >= max) known.delete(known.keys().next().value as string);
    } else known.delete(text);
    known.set(text, found);
    return found;
  };
}
