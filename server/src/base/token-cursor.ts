/** A place in the tokens of a text: what the parsers of the languages share. */
import {foundToken, SyntaxFault} from './text-fault.ts';

export interface AnyToken {
  readonly kind: string;
  /** The offset in the text. */
  readonly at: number;
  readonly text: string;
}

export class TokenCursor<T extends AnyToken> {
  readonly tokens: readonly T[];
  index = 0;
  /** The kinds of tokens that are known by their text: a text in quotes that reads `(` is no parenthesis. */
  readonly #symbols: ReadonlySet<T['kind']>;

  /** The last token is the end of the text, and the cursor stays on it. */
  constructor(tokens: readonly T[], symbols: readonly T['kind'][]) {
    this.tokens = tokens;
    this.#symbols = new Set(symbols);
  }

  peek(): T {
    return this.tokens[this.index] as T;
  }

  next(): T {
    const token = this.peek();
    if (this.index < this.tokens.length - 1) this.index++;
    return token;
  }

  is(symbol: string): boolean {
    const {kind, text} = this.peek();
    return text === symbol && this.#symbols.has(kind);
  }

  take(symbol: string): boolean {
    if (!this.is(symbol)) return false;
    this.next();
    return true;
  }

  expect(symbol: string): void {
    if (!this.take(symbol)) this.unexpected(`\`${symbol}\``);
  }

  /** Ends the reading: what was expected, and what is there. */
  unexpected(expected: string, hint = ''): never {
    const token = this.peek();
    throw new SyntaxFault(token.at, `expected ${expected}, found ${foundToken(token)}${hint}`);
  }
}
