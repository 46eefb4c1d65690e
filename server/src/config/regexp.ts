/**
 * Regular expressions as the Collector's configurations have them: Go's syntax (RE2), carried over to JavaScript so that they mean
 * the same. Groups keep their numbers and names. What RE2 refuses (lookarounds, backreferences) is refused here too.
 */
import {textOf} from './node.ts';
import type {ConfigType} from './schema.ts';

/** The expression, or why there is none. It has the flag `v`. */
export function compileGoRegExp(text: string): RegExp | string {
  try {
    return new RegExp(translate(text), 'v');
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    return `not a regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, '')}`;
  }
}

/** A regular expression of Go. */
export const goRegExp: ConfigType<RegExp> = {
  label: 'regular expression',
  read(node, report) {
    const written = textOf(node);
    const compiled = written === undefined ? 'expected a regular expression' : compileGoRegExp(written);
    if (typeof compiled !== 'string') return compiled;
    report.fault(node.at, written === undefined ? compiled : `${compiled}, in "${written}"`);
    return /(?!)/v;
  },
};

class PatternError extends Error {}

const fail = (message: string): never => {
  throw new PatternError(message);
};

/** The flags that hold from here to the end of the group. */
interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

/** An open group. */
interface Open {
  /** The flags to go back to behind it. */
  readonly flags: Flags;
  /** What was opened inside, and must be closed, to look at case otherwise than around the group: `|` goes on with it. */
  wrapped: string;
}

function translate(text: string): string {
  const out: string[] = [];
  let at = 0;
  let flags: Flags = {i: false, m: false, s: false, U: false};
  const open: Open[] = [{flags, wrapped: ''}];
  const top = (): Open => open.at(-1) as Open;
  const wrap = (): void => {
    if (top().wrapped !== '') out.push(')');
    top().wrapped = flags.i === top().flags.i ? '' : flags.i ? '(?i:' : '(?-i:';
    if (top().wrapped !== '') out.push(top().wrapped);
  };

  while (at < text.length) {
    const char = String.fromCodePoint(text.codePointAt(at) as number);
    if (char === '\\' || char === '[') {
      const [written, next] = char === '[' ? bracket(text, at) : escaped(text, at);
      out.push(written);
      at = next;
    } else if (char === '(') {
      const group = /^\(\?(?:P?<([^>]*)>|([imsU]*(?:-[imsU]+)?)([:)]))/.exec(text.slice(at));
      if (text[at + 1] !== '?') {
        open.push({flags, wrapped: ''});
        out.push('(');
        at++;
      } else if (group === null || /^[=!]/.test(group[1] ?? '')) {
        fail(`regular expressions of Go have no \`${text.slice(at, at + 3)}\``);
      } else if (group[1] !== undefined) {
        if (!/^\w+$/.test(group[1]) || /^\d/.test(group[1])) fail(`\`${group[1]}\` is not the name of a group`);
        open.push({flags, wrapped: ''});
        out.push(`(?<${group[1]}>`);
        at += group[0].length;
      } else {
        if (group[3] === ':') {
          open.push({flags, wrapped: ''});
          out.push('(?:');
        }
        flags = change(flags, group[2] as string);
        wrap();
        at += group[0].length;
      }
    } else if (char === ')') {
      if (open.length === 1) fail('a `)` without its `(`');
      if (top().wrapped !== '') out.push(')');
      flags = (open.pop() as Open).flags;
      out.push(')');
      at++;
    } else if (char === '|') {
      const {wrapped} = top();
      out.push(wrapped === '' ? '|' : `)|${wrapped}`);
      at++;
    } else if (char === '.') {
      out.push(flags.s ? '[^]' : '[^\\n]');
      at++;
    } else if (char === '^') {
      out.push(flags.m ? '(?<![^\\n])' : '^');
      at++;
    } else if (char === '$') {
      out.push(flags.m ? '(?![^\\n])' : '$');
      at++;
    } else {
      const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(text.slice(at))?.[0];
      if (quantifier !== undefined) {
        const [most = 0] = (quantifier.match(/\d+/g) ?? []).map(Number).sort((a, b) => b - a);
        if (most > 1000) fail('a repetition of more than 1000');
        const isLazy = quantifier.length > 1 && quantifier.endsWith('?');
        const greedy = isLazy ? quantifier.slice(0, -1) : quantifier;
        out.push(isLazy === flags.U ? greedy : `${greedy}?`);
        at += quantifier.length;
        if (/^[*+?]/.test(text.slice(at))) fail(`\`${quantifier}${text[at]}\` repeats a repetition`);
      } else {
        out.push(literal(char));
        at += char.length;
      }
    }
  }
  if (open.length > 1) fail('a `(` without its `)`');
  if (top().wrapped !== '') out.push(')');
  return out.join('');
}

function change(flags: Flags, text: string): Flags {
  const [on = '', off = ''] = text.split('-');
  const set = (flag: keyof Flags): boolean => (flags[flag] || on.includes(flag)) && !off.includes(flag);
  return {i: set('i'), m: set('m'), s: set('s'), U: set('U')};
}

/** A character for itself, outside and inside brackets. */
function literal(char: string): string {
  if (/^[A-Za-z0-9_\s]$/.test(char) || (char.codePointAt(0) as number) > 127) return char;
  return `\\x${(char.codePointAt(0) as number).toString(16).padStart(2, '0')}`;
}

const classes: Readonly<Record<string, string>> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: '\\t\\n\\f\\r ',
};
const posix: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};
const controls: Readonly<Record<string, string>> = {a: '\\x07', f: '\\f', t: '\\t', n: '\\n', r: '\\r', v: '\\v'};

/** What stands outside brackets behind a backslash, and where it ends. */
function escaped(text: string, at: number): [written: string, next: number] {
  const kind = text[at + 1];
  if (kind === undefined) return fail('a backslash at the end');
  if (kind === 'A') return ['(?<![^])', at + 2];
  if (kind === 'z') return ['(?![^])', at + 2];
  if (kind === 'b' || kind === 'B') return [`\\${kind}`, at + 2];
  if (kind === 'Q') {
    const end = text.indexOf('\\E', at + 2);
    const quoted = end < 0 ? text.slice(at + 2) : text.slice(at + 2, end);
    return [[...quoted].map(literal).join(''), end < 0 ? text.length : end + 2];
  }
  return classEscape(text, at) ?? charEscape(text, at);
}

/** `\d`, `\pL`, `\p{Greek}` and their opposites, as a class of their own. */
function classEscape(text: string, at: number): [written: string, next: number] | undefined {
  const kind = text[at + 1] as string;
  const lower = kind.toLowerCase();
  if (classes[lower] !== undefined) return [`[${kind === lower ? '' : '^'}${classes[lower]}]`, at + 2];
  if (lower !== 'p') return undefined;
  const named = /^\\[pP](?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))/.exec(text.slice(at));
  if (named === null) return fail(`\`${text.slice(at, at + 3)}\` names no class of characters`);
  const name = named[2] ?? (named[3] as string);
  const isNegated = (kind === 'P') !== (named[1] === '^');
  const property = name.length <= 2 ? name : name === 'Any' ? 'Any' : `Script=${name}`;
  return [`\\${isNegated ? 'P' : 'p'}{${property}}`, at + named[0].length];
}

/** One character behind a backslash. */
function charEscape(text: string, at: number): [written: string, next: number] {
  const rest = text.slice(at + 1);
  const char = String.fromCodePoint(rest.codePointAt(0) as number);
  if (controls[char] !== undefined) return [controls[char], at + 2];
  const hex = /^x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(rest);
  if (hex !== null) return [`\\u{${hex[1] ?? hex[2]}}`, at + 1 + hex[0].length];
  const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest);
  if (octal !== null) return [`\\u{${Number.parseInt(octal[0], 8).toString(16)}}`, at + 1 + octal[0].length];
  if (/^[1-9]/.test(char)) return fail(`regular expressions of Go have no references to groups (\`\\${char}\`)`);
  if (/^[A-Za-z0-9]/.test(char) || (char.codePointAt(0) as number) > 127) {
    return fail(`regular expressions of Go have no \`\\${char}\``);
  }
  return [literal(char), at + 1 + char.length];
}

/** A class in brackets, and where it ends. */
function bracket(text: string, start: number): [written: string, next: number] {
  let at = start + 1;
  let written = '[';
  if (text[at] === '^') {
    written += '^';
    at++;
  }
  for (let isFirst = true; isFirst || text[at] !== ']'; isFirst = false) {
    if (at >= text.length) fail('a `[` without its `]`');
    const named = /^\[:(\^?)(\w+):\]/.exec(text.slice(at));
    if (named !== null) {
      const set = posix[named[2] as string] ?? fail(`\`${named[0]}\` names no class of characters`);
      written += named[1] === '^' ? `[^${set}]` : set;
      at += named[0].length;
      continue;
    }
    const set = text[at] === '\\' && at + 1 < text.length ? classEscape(text, at) : undefined;
    if (set !== undefined) {
      written += set[0];
      at = set[1];
      continue;
    }
    const [from, afterFrom] = classChar(text, at);
    written += from;
    at = afterFrom;
    if (text[at] !== '-' || text[at + 1] === ']' || at + 1 >= text.length) continue;
    const [to, afterTo] = classChar(text, at + 1);
    written += `-${to}`;
    at = afterTo;
  }
  return [`${written}]`, at + 1];
}

function classChar(text: string, at: number): [written: string, next: number] {
  if (text[at] !== '\\') {
    const char = String.fromCodePoint(text.codePointAt(at) as number);
    return [literal(char), at + char.length];
  }
  return at + 1 < text.length ? charEscape(text, at) : fail('a backslash at the end');
}
