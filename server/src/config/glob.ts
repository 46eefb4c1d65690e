/**
 * Patterns of names as github.com/gobwas/glob has them, which the Collector uses: `*` is any text without a separator, `**` any
 * text, `?` one character other than a separator, `[abc]`, `[!abc]` and `[a-z]` one of them, `{a,b}` one of the patterns, and a
 * backslash takes the next character as it is.
 */

import {compilePattern, type Pattern, quote} from '../regexp/index.ts';

/** The whole name must match. Gives back why, where the pattern is none. Without `separator` there is none. */
export function compileGlob(pattern: string, separator = ''): Pattern | string {
  const inside = separator === '' ? '.' : `[^${escaped(separator)}]`;
  let source = '';
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (character === '*') {
      const isAny = pattern[at + 1] === '*';
      if (isAny) at++;
      source += `${isAny ? '.' : inside}*`;
    } else if (character === '?') source += inside;
    else if (character === '[') {
      const match = /^\[(!?)(?:([^\]-])-([^\]-])|([^\]]+))\]/.exec(pattern.slice(at));
      if (match === null) return 'a `[` without its `]`';
      const [whole, not, from, to, listed] = match;
      const members = listed === undefined ? `${escaped(from as string)}-${escaped(to as string)}` : escaped(listed);
      source += `[${not === '!' ? '^' : ''}${members}]`;
      at += whole.length - 1;
    } else if (character === '{') {
      depth++;
      source += '(?:';
    } else if (character === '}' && depth > 0) {
      depth--;
      source += ')';
    } else if (character === ',' && depth > 0) source += '|';
    else if (character === '\\') {
      const next = pattern[++at];
      if (next === undefined) return 'nothing behind the last `\\`';
      source += escaped(next);
    } else source += escaped(character);
  }
  return depth > 0 ? 'a `{` without its `}`' : compilePattern(`(?s)^(?:${source})$`);
}

/** Also between brackets. */
const escaped = (text: string): string => quote(text).replaceAll('-', '\\-');
