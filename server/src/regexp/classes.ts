/** Escapes and classes in brackets, of Go's syntax. */
import {type CharPart, type CharRange, type CharSet, lastChar} from './ast.ts';
import {fail} from './fault.ts';

const range = (from: string, to = from): CharRange => [from.codePointAt(0) as number, to.codePointAt(0) as number];

const digits = [range('0', '9')];
const lower = range('a', 'z');
const upper = range('A', 'Z');
const word = [...digits, upper, range('_'), lower];

const perl: Readonly<Record<string, readonly CharRange[]>> = {
  d: digits,
  w: word,
  s: [range('\t', '\n'), range('\f', '\r'), range(' ')],
};

const posix: Readonly<Record<string, readonly CharRange[]>> = {
  alnum: [...digits, upper, lower],
  alpha: [upper, lower],
  ascii: [[0, 0x7f]],
  blank: [range('\t'), range(' ')],
  cntrl: [[0, 0x1f], range('\x7f')],
  digit: digits,
  graph: [range('!', '~')],
  lower: [lower],
  print: [range(' ', '~')],
  punct: [range('!', '/'), range(':', '@'), range('[', '`'), range('{', '~')],
  space: [range('\t', '\r'), range(' ')],
  upper: [upper],
  word,
  xdigit: [...digits, range('A', 'F'), range('a', 'f')],
};

const controls: Readonly<Record<string, string>> = {a: '\x07', f: '\f', t: '\t', n: '\n', r: '\r', v: '\v'};

const ofRanges = (ranges: readonly CharRange[], negated = false): CharPart => ({kind: 'ranges', negated, ranges});

export const setOf = (...parts: readonly CharPart[]): CharSet => ({negated: false, parts});

/** One character for itself. */
export const only = (char: string): CharSet => setOf(ofRanges([range(char)]));

export const anyChar: CharSet = setOf(ofRanges([[0, lastChar]]));
export const anyButNewline: CharSet = {negated: true, parts: [ofRanges([range('\n')])]};

export const charAt = (text: string, at: number): string => String.fromCodePoint(text.codePointAt(at) as number);

/** `\d`, `\pL`, `\p{Greek}` and their opposites, and where it ends. */
export function classEscape(text: string, at: number): [part: CharPart, next: number] | undefined {
  const kind = text[at + 1] as string;
  const small = kind.toLowerCase();
  const ranges = perl[small];
  if (ranges !== undefined) return [ofRanges(ranges, kind !== small), at + 2];
  if (small !== 'p') return undefined;
  const named = /^\\[pP](?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))/.exec(text.slice(at, at + 64));
  if (named === null) return fail(`\`${text.slice(at, at + 3)}\` names no class of characters`);
  const name = named[2] ?? (named[3] as string);
  const negated = (kind === 'P') !== (named[1] === '^');
  const next = at + named[0].length;
  if (name === 'Any') return [ofRanges([[0, lastChar]], negated), next];
  const property = name.length <= 2 ? name : `Script=${name}`;
  if (!isProperty(property)) fail(`\`${named[0]}\` names no class of characters`);
  return [{kind: 'property', negated, name: property}, next];
}

function isProperty(name: string): boolean {
  try {
    return new RegExp(`\\p{${name}}`, 'v') instanceof RegExp;
  } catch {
    return false;
  }
}

/** One character behind a backslash, and where it ends. */
export function charEscape(text: string, at: number): [char: string, next: number] {
  const char = charAt(text, at + 1);
  if (controls[char] !== undefined) return [controls[char], at + 2];
  const rest = text.slice(at + 1, at + 11);
  const hex = /^x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(rest);
  if (hex !== null) return [codePoint(Number.parseInt((hex[1] ?? hex[2]) as string, 16)), at + 1 + hex[0].length];
  const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest);
  if (octal !== null) return [codePoint(Number.parseInt(octal[0], 8)), at + 1 + octal[0].length];
  if (/^[1-9]/.test(char)) return fail(`regular expressions of Go have no references to groups (\`\\${char}\`)`);
  if (/^[A-Za-z0-9]/.test(char) || (char.codePointAt(0) as number) > 127) {
    return fail(`regular expressions of Go have no \`\\${char}\``);
  }
  return [char, at + 1 + char.length];
}

const codePoint = (code: number): string =>
  code > lastChar ? fail(`\`${code.toString(16)}\` is no character`) : String.fromCodePoint(code);

/** A class in brackets, and where it ends. */
export function bracket(text: string, start: number): [set: CharSet, next: number] {
  let at = start + 1;
  const parts: CharPart[] = [];
  const negated = text[at] === '^';
  if (negated) at++;
  for (let isFirst = true; isFirst || text[at] !== ']'; isFirst = false) {
    if (at >= text.length) fail('a `[` without its `]`');
    const end = text.startsWith('[:', at) ? text.indexOf(':]', at + 2) : -1;
    if (end >= 0) {
      const name = text.slice(at + 2, end);
      const ranges = posix[name.replace(/^\^/, '')] ?? fail(`\`[:${name}:]\` names no class of characters`);
      parts.push(ofRanges(ranges, name.startsWith('^')));
      at = end + 2;
      continue;
    }
    const set = text[at] === '\\' && at + 1 < text.length ? classEscape(text, at) : undefined;
    if (set !== undefined) {
      parts.push(set[0]);
      at = set[1];
      continue;
    }
    const [from, afterFrom] = classChar(text, at);
    let to = from;
    at = afterFrom;
    if (text[at] === '-' && text[at + 1] !== ']' && at + 1 < text.length) [to, at] = classChar(text, at + 1);
    const written = range(from, to);
    if (written[0] > written[1]) fail(`the range \`${from}-${to}\` is out of order`);
    parts.push(ofRanges([written]));
  }
  return [{negated, parts}, at + 1];
}

function classChar(text: string, at: number): [char: string, next: number] {
  if (text[at] !== '\\') {
    const char = charAt(text, at);
    return [char, at + char.length];
  }
  return at + 1 < text.length ? charEscape(text, at) : fail('a backslash at the end');
}
