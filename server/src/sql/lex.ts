/**
 * The tokens of a statement. Texts and names are decoded here and written anew by `quote.ts`: ClickHouse never sees how they were
 * spelled, so no spelling can mean one thing here and another there.
 */
import {SqlFault} from './fault.ts';

export interface Token {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'symbol' | 'end';
  /** Decoded: of a name or a text without its quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const word = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /0[xX][0-9A-Fa-f]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
const symbol = /::|->|\|\||<=>|==|!=|<>|<=|>=|[-+*/%=<>()[\]{},.;:?]/y;

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipBlanks(text, 0); ; ) {
    const token = tokenAt(text, at, tokens.at(-1));
    tokens.push(token);
    if (token.kind === 'end') return tokens;
    at = skipBlanks(text, token.end);
  }
}

function tokenAt(text: string, start: number, previous: Token | undefined): Token {
  if (start >= text.length) return {kind: 'end', text: '', start, end: start};
  const char = text[start] as string;
  if (char === "'") return quoted(text, start, 'string');
  if (char === '`' || char === '"') return quoted(text, start, 'name');
  const found = (kind: Token['kind'], pattern: RegExp): Token | undefined => {
    pattern.lastIndex = start;
    const match = pattern.exec(text)?.[0];
    return match === undefined ? undefined : {kind, text: match, start, end: start + match.length};
  };
  // `t.1.2` takes the second of the first: these are no fraction.
  const afterDot = previous?.text === '.' && previous.kind === 'symbol' && previous.end === start;
  const digits = afterDot ? found('number', /[0-9]+/y) : found('number', number);
  const token = found('word', word) ?? (char === '.' && !startsNumber(text, start, previous) ? undefined : digits);
  if (token !== undefined) {
    if (token.kind === 'number' && /[A-Za-z0-9_]/.test(text[token.end] ?? '')) {
      throw new SqlFault(
        'This is neither a number nor a name; a name that begins with a digit is written in backticks.',
        {
          start,
          end: token.end + 1,
        },
      );
    }
    if (token.kind === 'number' && !Number.isFinite(Number(token.text))) {
      throw new SqlFault('This number is too large.', token);
    }
    return token;
  }
  const sign = found('symbol', symbol);
  if (sign !== undefined) return sign;
  throw new SqlFault(
    `The character ${JSON.stringify(String.fromCodePoint(text.codePointAt(start) as number))} has no meaning here.`,
    {
      start,
      end: start + String.fromCodePoint(text.codePointAt(start) as number).length,
    },
  );
}

/** `.5` is a number, but not behind a name, a bracket or a parenthesis. */
const startsNumber = (text: string, at: number, previous: Token | undefined): boolean =>
  /[0-9]/.test(text[at + 1] ?? '') &&
  !(
    previous !== undefined &&
    previous.end === at &&
    (previous.kind === 'word' || previous.kind === 'name' || previous.text === ')' || previous.text === ']')
  );

function skipBlanks(text: string, from: number): number {
  for (let at = from; ; ) {
    while (/\s/.test(text[at] ?? '')) at++;
    if (text.startsWith('--', at)) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end + 1;
    } else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) throw new SqlFault('This comment does not end: expected */.', {start: at, end: at + 2});
      at = end + 2;
    } else return at;
  }
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  e: '\x1b',
  '0': '\0',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '/': '/',
};

/** Backslashes escape as in ClickHouse, which keeps those that it does not know: `'\d'` has both characters. */
function quoted(text: string, start: number, kind: 'string' | 'name'): Token {
  const quote = text[start] as string;
  let decoded = '';
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at] as string;
    if (char === quote) {
      if (text[at + 1] !== quote) {
        if (kind === 'name' && (decoded === '' || [...decoded].some((one) => one < ' '))) {
          throw new SqlFault('This is no name: expected one without control characters.', {start, end: at + 1});
        }
        return {kind, text: decoded, start, end: at + 1};
      }
      decoded += quote;
      at++;
    } else if (char !== '\\') decoded += char;
    else {
      const next = text[++at] ?? '';
      const byte = next === 'x' ? /^[0-7][0-9A-Fa-f]/.exec(text.slice(at + 1, at + 3))?.[0] : undefined;
      if (byte !== undefined) {
        decoded += String.fromCharCode(Number.parseInt(byte, 16));
        at += 2;
      } else if (next === 'x') {
        throw new SqlFault('Expected two hexadecimal digits from 00 to 7f after \\x.', {start: at - 1, end: at + 1});
      } else decoded += escapes[next] ?? `\\${next}`;
    }
  }
  throw new SqlFault(`This ${kind === 'string' ? 'text' : 'name'} does not end: expected ${quote}.`, {
    start,
    end: text.length,
  });
}
