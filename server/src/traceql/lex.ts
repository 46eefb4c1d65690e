/**
 * The tokens of TraceQL. They are those of Tempo's lexer, which reads as Go does: comments and raw texts are Go's, and a name behind a
 * scope ends only at a space, a bracket or a sign of comparison, so that `.a-b` is one name.
 */
import {goEscapes, parseDuration, prometheusMillis, SyntaxFault, type TextFault} from '../base/index.ts';
import {type AttributeScope, attributeScopes, scopedIntrinsics} from './ast.ts';
import {type Value, whole} from './value.ts';

export type TokenKind = 'sign' | 'word' | 'attribute' | 'scope' | 'string' | 'number' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly at: number;
  readonly end: number;
  /** As written; of a text in quotes, what it means; of a scope (`span:`) its name. */
  readonly text: string;
  /** Of numbers, durations and texts. */
  readonly value?: Value;
  readonly attribute?: {readonly scope: AttributeScope | undefined; readonly parent: boolean; readonly name: string};
}

const skipPattern = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const numberPattern = /0[xX][\da-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?[\d_]+)?/y;
const durationRest = /[\p{N}nsumhµdwy.]+/uy;
const stringPattern = /"(?:\\[^\n]|[^\\"\n])*"/y;
const rawPattern = /`[^`]*`/y;
const wordPattern = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const signPattern = /!>>|!<<|&>>|&<<|!=|!~|!>|!<|&&|&~|&>|&<|=~|>=|<=|>>|<<|\|\||[{}(),=!<>~|+\-*/%^]/y;
const namePattern = /(?:"(?:\\[\s\S]|[^\\"])*"|[^\s{}()=~!<>&|^,"])+/y;

/**
 * Every token of the text, the last one of kind `end`. Throws SyntaxFault; with `faults` it collects them and goes on: a text
 * without an end ends with the whole.
 */
export function lex(text: string, faults?: TextFault[]): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const fail = (position: number, message: string): void => {
    if (faults === undefined) throw new SyntaxFault(position, message);
    faults.push({position, message});
  };
  const match = (pattern: RegExp, from = at): string | undefined => {
    pattern.lastIndex = from;
    return pattern.exec(text)?.[0];
  };
  const add = (kind: TokenKind, written: string, more: Partial<Token> = {}): void => {
    tokens.push({kind, at, end: at + written.length, text: written, ...more});
    at += written.length;
  };
  const addAttribute = (prefix: string, scope: AttributeScope | undefined, parent: boolean): void => {
    const written = match(namePattern, at + prefix.length) ?? '';
    if (written === '') fail(at + prefix.length, `expected the name of an attribute after \`${prefix}\``);
    const attribute = {scope, parent, name: nameOf(written, at + prefix.length, fail)};
    add('attribute', prefix + written, {attribute});
  };
  for (;;) {
    at += match(skipPattern)?.length ?? 0;
    if (at >= text.length) break;
    const word = match(wordPattern);
    const number = match(numberPattern);
    const after = word === undefined ? '' : (text[at + word.length] ?? '');
    const string = match(stringPattern);
    const raw = match(rawPattern);
    if (number !== undefined)
      add('number', ...numberOf(number, match(durationRest, at + number.length), (message) => fail(at, message)));
    else if (text[at] === '.') addAttribute('.', undefined, false);
    else if (word === 'parent' && after === '.') {
      const scope = /^parent\.(span|resource)\./.exec(text.slice(at, at + 'parent.resource.'.length))?.[1];
      addAttribute(scope === undefined ? 'parent.' : `parent.${scope}.`, scope as AttributeScope | undefined, true);
    } else if (word !== undefined && after === '.' && (attributeScopes as readonly string[]).includes(word))
      addAttribute(`${word}.`, word as AttributeScope, false);
    else if (word !== undefined && after === ':' && Object.hasOwn(scopedIntrinsics, word))
      add('scope', `${word}:`, {text: word});
    else if (word !== undefined) add('word', word);
    else if (string !== undefined) {
      const meaning = meaningOf(string, at, fail);
      add('string', string, {text: meaning, value: {type: 'string', value: meaning}});
    } else if (raw !== undefined) {
      const meaning = raw.slice(1, -1).replaceAll('\r', '');
      add('string', raw, {text: meaning, value: {type: 'string', value: meaning}});
    } else {
      const sign = match(signPattern);
      if (text.startsWith('/*', at)) {
        fail(at, 'the comment that begins here has no closing `*/`');
        at = text.length;
      } else if (sign === undefined) at = unreadable(text, at, fail, tokens);
      else add('sign', sign);
    }
  }
  tokens.push({kind: 'end', at: text.length, end: text.length, text: ''});
  return tokens;
}

type Fail = (position: number, message: string) => void;

/** What no token begins with; where to go on. */
function unreadable(text: string, at: number, fail: Fail, tokens: Token[]): number {
  const character = String.fromCodePoint(text.codePointAt(at) as number);
  if (character === '"' || character === '`') {
    fail(at, `the text that begins here has no closing \`${character}\``);
    const rest = text.slice(at + 1);
    tokens.push({kind: 'string', at, end: text.length, text: rest, value: {type: 'string', value: rest}});
    return text.length;
  }
  fail(
    at,
    character === "'"
      ? 'found `\'`: texts stand in `"` or in grave accents'
      : `found \`${character}\`, which means nothing in TraceQL`,
  );
  return at + character.length;
}

/** A number and what it is written with: a duration where it goes on as one. */
function numberOf(number: string, rest: string | undefined, fail: (message: string) => void): [string, Partial<Token>] {
  if (rest !== undefined) {
    const nanos = durationOf(number + rest);
    if (nanos !== undefined) return [number + rest, {value: {type: 'duration', value: whole(nanos)}}];
  }
  if (/^\d+$/.test(number)) {
    const value = BigInt(number);
    if (BigInt.asIntN(64, value) !== value) fail(`\`${number}\` does not fit in 64 bits`);
    if (/^0\d*[89]/.test(number)) fail(`\`${number}\` begins with 0 and has digits that no octal number has`);
    return [number, {value: {type: 'int', value: whole(value)}}];
  }
  const value = /^0[xX]|_/.test(number) ? Number.NaN : Number(number);
  if (!Number.isFinite(value)) fail(`\`${number}\` is no number of TraceQL, or one that is too large`);
  return [number, {value: {type: 'float', value}}];
}

/** Prometheus's durations (`1w2d`), else Go's (`1.5h`, `3us`). */
function durationOf(text: string): bigint | undefined {
  const millis = prometheusMillis(text);
  if (millis !== undefined) return millis * 1_000_000n;
  const nanos = /[dwy]/.test(text) ? undefined : parseDuration(text);
  return nanos === undefined || BigInt.asIntN(64, nanos) !== nanos ? undefined : nanos;
}

/** An attribute's name: parts in quotes may hold what would end it. */
function nameOf(written: string, at: number, fail: Fail): string {
  return written.replace(/"((?:\\[\s\S]|[^\\"])*)"/g, (_all, inside: string, offset: number) =>
    inside.replace(/\\([\s\S])/g, (sequence, character: string) => {
      if (character !== '"' && character !== '\\')
        fail(at + offset, `\`${sequence}\` is no escape in the name of an attribute: only \`\\"\` and \`\\\\\` are`);
      return character;
    }),
  );
}

function meaningOf(written: string, start: number, fail: Fail): string {
  return written
    .slice(1, -1)
    .replace(
      /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g,
      (sequence, hex?: string, short?: string, long?: string, octal?: string, other?: string, at = 0) => {
        const digits = hex ?? short ?? long;
        const code = digits === undefined ? octal && Number.parseInt(octal, 8) : Number.parseInt(digits, 16);
        const meaning = typeof code === 'number' ? characterOf(code) : goEscapes[other as string];
        if (meaning === undefined) fail(start + 1 + at, `\`${sequence}\` is no escape of a text`);
        return meaning ?? '';
      },
    );
}

const characterOf = (code: number): string | undefined =>
  code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? undefined : String.fromCodePoint(code);
