/** The words of OTTL. */
import {goEscapes} from '../base/index.ts';
import {SyntaxFault} from './faults.ts';
import {symbolHint} from './hints.ts';

export type TokenKind = 'identifier' | 'int' | 'double' | 'bytes' | 'string' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly at: number;
  /** As written; of a string, what it means. */
  readonly text: string;
}

const symbols = [
  '==',
  '!=',
  '>=',
  '<=',
  '=>',
  '>',
  '<',
  '+',
  '-',
  '/',
  '*',
  '=',
  '(',
  ')',
  '{',
  '}',
  ':',
  ',',
  '.',
  '[',
  ']',
];

const bytesPattern = /0x([0-9a-fA-F]+)/y;
const doublePattern = /\d*\.\d+(?:[eE][-+]?\d+)?/y;
const intPattern = /\d+/y;
const stringPattern = /"(?:\\.|[^\\"])*"/sy;
const identifierPattern = /[A-Za-z_][A-Za-z0-9_]*/y;
const spacePattern = /\s+/y;

/** Every token of the text, the last one of kind `end`. Throws SyntaxFault. */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const space = match(spacePattern);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const token = next(text, at, match, tokens.at(-1));
    tokens.push(token.token);
    at += token.length;
  }
  tokens.push({kind: 'end', at: text.length, text: ''});
  return tokens;
}

function next(
  text: string,
  at: number,
  match: (pattern: RegExp) => string | undefined,
  before: Token | undefined,
): {token: Token; length: number} {
  const made = (kind: TokenKind, written: string, meaning = written) => ({
    token: {kind, at, text: meaning},
    length: written.length,
  });
  const bytes = match(bytesPattern);
  if (bytes !== undefined) return made('bytes', bytes);
  // After a name a dot leads to a field: `status.code`, never `.5`.
  const isField = text[at] === '.' && before?.kind === 'identifier' && before.at + before.text.length === at;
  const double = isField ? undefined : match(doublePattern);
  if (double !== undefined) return made('double', double);
  const int = match(intPattern);
  if (int !== undefined) return made('int', int);
  const string = match(stringPattern);
  if (string !== undefined) return made('string', string, unquote(string, at));
  const identifier = match(identifierPattern);
  if (identifier !== undefined) return made('identifier', identifier);
  const symbol = symbols.find((each) => text.startsWith(each, at));
  if (symbol !== undefined) return made('symbol', symbol);
  if (text[at] === '"') throw new SyntaxFault(at, 'the text that begins here has no closing `"`');
  const character = String.fromCodePoint(text.codePointAt(at) as number);
  throw new SyntaxFault(at, `found \`${character}\`, which means nothing in OTTL${symbolHint(character)}`);
}

/** A Go string literal's meaning; an escape that Go does not know is refused there, and kept as it is written here. */
function unquote(literal: string, at: number): string {
  const inside = literal.slice(1, -1);
  if (!inside.includes('\\')) return inside;
  return inside.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs,
    (written, hex?: string, short?: string, long?: string, octal?: string, other?: string) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return codePoint(Number.parseInt(code, 16), at);
      if (octal !== undefined) return codePoint(Number.parseInt(octal, 8), at);
      return goEscapes[other as string] ?? written;
    },
  );
}

function codePoint(code: number, at: number): string {
  if (code > 0x10ffff) throw new SyntaxFault(at, 'the text has an escape beyond the last character of Unicode');
  return String.fromCodePoint(code);
}
