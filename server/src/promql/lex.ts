/**
 * The tokens of PromQL. They are those of Prometheus's lexer, which knows three places: outside, within braces, where every word is the
 * name of a label, and within brackets, where a colon parts the range from the step.
 */
import {goEscapes, SyntaxFault} from '../base/index.ts';
import {readDuration} from './duration.ts';

export type TokenKind = 'sign' | 'word' | 'string' | 'number' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly at: number;
  readonly end: number;
  /** As written; of a text in quotes, what it means. */
  readonly text: string;
  /** Of a number. One that is written as a duration is in seconds. */
  readonly value?: number;
  readonly isDuration?: boolean;
}

const skipPattern = /(?:[ \t\r\n]+|#[^\r\n]*)+/y;
const wordPattern = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const labelPattern = /[A-Za-z_][A-Za-z0-9_]*/y;
const numberPattern =
  /(?:0[xX](?:_?[\da-fA-F])+|(?:\d(?:_?\d)*)?\.?\d(?:_?\d)*(?:[eE][+-]?\d(?:_?\d)*)?|\d(?:_?\d)*\.(?:[eE][+-]?\d(?:_?\d)*)?)(?![\w.])/y;
const durationPattern = /(?:\d+[a-z]+)+(?![A-Za-z0-9_])/y;
const faultyNumber = /[\w.]+/y;
const stringPattern = /"(?:\\[^\n]|[^\\"\n])*"|'(?:\\[^\n]|[^\\'\n])*'/y;
const rawPattern = /`[^`]*`/y;
const outside = /==|!=|<=|>=|<\/|>\/|[-+*/%^=<>(){}[\],@]/y;
const inBraces = /=~|!~|!=|[={},]/y;
const inBrackets = /[-+*/%^():\],]/y;

/** Every token of the text, the last one of kind `end`. Throws SyntaxFault. */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let place: 'outside' | 'braces' | 'brackets' = 'outside';
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const add = (kind: TokenKind, written: string, more: Partial<Token> = {}): void => {
    tokens.push({kind, at, end: at + written.length, text: written, ...more});
    at += written.length;
  };
  for (;;) {
    at += match(skipPattern)?.length ?? 0;
    if (at >= text.length) break;
    const first = text[at] as string;
    if (/["'`]/.test(first) && place !== 'brackets') {
      const written = match(first === '`' ? rawPattern : stringPattern);
      if (written === undefined)
        throw new SyntaxFault(at, `the text that begins here has no closing ${first === '`' ? 'grave accent' : first}`);
      add('string', written, {text: first === '`' ? written.slice(1, -1) : meaningOf(written, at)});
      continue;
    }
    if (place !== 'braces' && /[\d.]/.test(first)) {
      add('number', ...numberAt(text, at, match));
      continue;
    }
    const word = match(place === 'outside' ? wordPattern : labelPattern);
    if (word !== undefined) {
      add('word', word);
      continue;
    }
    const sign = match(place === 'outside' ? outside : place === 'braces' ? inBraces : inBrackets);
    if (sign === undefined) {
      const character = String.fromCodePoint(text.codePointAt(at) as number);
      const where = place === 'outside' ? '' : ` in ${place}`;
      throw new SyntaxFault(at, `unexpected character${where}: ${JSON.stringify(character)}`);
    }
    if (sign === '{' || sign === '[') place = sign === '{' ? 'braces' : 'brackets';
    else if (sign === '}' || sign === ']') place = 'outside';
    add('sign', sign);
  }
  tokens.push({kind: 'end', at: text.length, end: text.length, text: ''});
  return tokens;
}

function numberAt(text: string, at: number, match: (pattern: RegExp) => string | undefined): [string, Partial<Token>] {
  const number = match(numberPattern);
  if (number !== undefined) {
    const value = numberOf(number);
    if (value === Number.POSITIVE_INFINITY) throw new SyntaxFault(at, `the number ${number} is out of range`);
    return [number, {value, isDuration: false}];
  }
  const duration = match(durationPattern);
  const value = duration === undefined ? undefined : readDuration(duration);
  if (duration === undefined || value === undefined) {
    const written = match(faultyNumber) ?? (text[at] as string);
    throw new SyntaxFault(at, `not a number or duration: ${JSON.stringify(written)}`);
  }
  return [duration, {value, isDuration: true}];
}

/** As Go reads it: whole numbers in base 8 behind a zero, in base 16 behind `0x`. */
function numberOf(written: string): number {
  const digits = written.replaceAll('_', '');
  if (/^0[xX]/.test(digits)) return Number(digits);
  return /^0[0-7]+$/.test(digits) ? Number(`0o${digits.slice(1)}`) : Number(digits);
}

const utf8 = new TextEncoder();

/** What a text in quotes means. Escapes may be of single bytes, which together are UTF-8. */
function meaningOf(written: string, start: number): string {
  const inside = written.slice(1, -1);
  if (!inside.includes('\\')) return inside;
  const quote = written[0] as string;
  const bytes: number[] = [];
  const escapes = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([\s\S]))/g;
  let from = 0;
  for (const found of inside.matchAll(escapes)) {
    bytes.push(...utf8.encode(inside.slice(from, found.index)));
    from = found.index + found[0].length;
    const [sequence, hex, short, long, octal, letter] = found as unknown as [string, ...(string | undefined)[]];
    const byte = hex === undefined ? octal && Number.parseInt(octal, 8) : Number.parseInt(hex, 16);
    const code = Number.parseInt(short ?? long ?? '', 16);
    const meaning =
      letter === undefined ? undefined : letter === quote ? quote : letter === '"' ? undefined : goEscapes[letter];
    if (typeof byte === 'number' && byte < 256) bytes.push(byte);
    else if (code <= 0x10ffff && (code < 0xd800 || code >= 0xe000))
      bytes.push(...utf8.encode(String.fromCodePoint(code)));
    else if (meaning !== undefined) bytes.push(...utf8.encode(meaning));
    else throw new SyntaxFault(start + 1 + found.index, `\`${sequence}\` is no escape of a text`);
  }
  bytes.push(...utf8.encode(inside.slice(from)));
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
