/** The words of expressions. */
import {goEscapes, SyntaxFault} from '../base/index.ts';

export type TokenKind = 'identifier' | 'number' | 'string' | 'operator' | 'bracket' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly at: number;
  /** As written; of a string, what it means. */
  readonly text: string;
}

/** Names that are operators wherever they stand, but behind a dot. */
const words = new Set(['not', 'in', 'or', 'and', 'matches', 'contains', 'startsWith', 'endsWith', 'let', 'if', 'else']);

const skipPattern = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const numberPattern =
  /0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?[\d_]+)?/y;
const stringPattern = /"(?:\\[\s\S]|[^\\"])*"|'(?:\\[\s\S]|[^\\'])*'/y;
const rawPattern = /`(?:``|[^`])*`/y;
const namePattern = /[\p{L}\p{Nd}_$]+/uy;
const operatorPattern = /\?\.|\?\?|\?|\|\|?|::?|\.\.?|[,;%+\-^/#]|[&!=*<>][&=*]?/y;

/** Every token of the text, the last one of kind `end`. Throws SyntaxFault. */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const add = (kind: TokenKind, written: string, meaning = written): void => {
    tokens.push({kind, at, text: meaning});
    at += written.length;
  };
  for (;;) {
    at += match(skipPattern)?.length ?? 0;
    if (at >= text.length) break;
    const string = match(stringPattern);
    const raw = match(rawPattern);
    const number = match(numberPattern);
    const name = match(namePattern);
    const operator = match(operatorPattern);
    if (string !== undefined) add('string', string, meaningOf(string.slice(1, -1), at + 1));
    else if (raw !== undefined) add('string', raw, raw.slice(1, -1).replaceAll('``', '`').replace(/\r\n?/g, '\n'));
    else if (number !== undefined) {
      add('number', number);
      const rest = match(namePattern);
      if (rest !== undefined) throw new SyntaxFault(at - number.length, `\`${number}${rest}\` is no number`);
    } else if (name !== undefined) {
      if (/^b$/i.test(name) && /["']/.test(text[at + 1] ?? ''))
        throw new SyntaxFault(at, 'bytes (`b"…"`) are not available');
      add(words.has(name) ? 'operator' : 'identifier', name);
    } else if (text.startsWith('/*', at)) throw new SyntaxFault(at, 'the comment that begins here has no closing `*/`');
    else if (operator !== undefined) add('operator', operator);
    else if (/[[\](){}]/.test(text[at] as string)) add('bracket', text[at] as string);
    else {
      const character = String.fromCodePoint(text.codePointAt(at) as number);
      if (/["'`]/.test(character))
        throw new SyntaxFault(at, `the text that begins here has no closing \`${character}\``);
      throw new SyntaxFault(at, `found \`${character}\`, which means nothing in an expression`);
    }
  }
  tokens.push({kind: 'end', at: text.length, text: ''});
  return tokens;
}

const escapes: Readonly<Record<string, string>> = {...goEscapes, "'": "'", '`': '`', '?': '?'};

function meaningOf(inside: string, start: number): string {
  const text = inside.replace(/\r\n?/g, '\n');
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:[xX]([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,8})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g,
    (written, hex?: string, braced?: string, short?: string, long?: string, octal?: string, other?: string, at = 0) => {
      const digits = hex ?? braced ?? short ?? long;
      const code = digits === undefined ? octal && Number.parseInt(octal, 8) : Number.parseInt(digits, 16);
      if (typeof code === 'number') {
        if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
          throw new SyntaxFault(start + at, `\`${written}\` is no character of Unicode`);
        return String.fromCodePoint(code);
      }
      const meaning = escapes[other as string];
      if (meaning === undefined) throw new SyntaxFault(start + at, `\`${written}\` is no escape of a text`);
      return meaning;
    },
  );
}
