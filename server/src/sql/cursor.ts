/** Reads tokens from left to right; every expectation that fails says what was found and where. */
import type {Span} from './ast.ts';
import {SqlFault} from './fault.ts';
import {type Token, tokenize} from './lex.ts';

/** Parentheses, queries and operators within each other. */
const maxDepth = 100;
/** Operators and joins of a statement: each may make the tree deeper, and what walks it recurses. */
const maxChain = 5_000;

export class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #chain = 0;

  readonly text: string;

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
  }

  get token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  ahead(by = 1): Token {
    return (this.#tokens[this.#at + by] ?? this.#tokens.at(-1)) as Token;
  }

  /** The end of the token before this one. */
  get lastEnd(): number {
    return this.#at === 0 ? 0 : (this.#tokens[this.#at - 1] as Token).end;
  }

  next(): Token {
    const {token} = this;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  /** Whether these words are next, in any case. */
  isWords(...words: readonly string[]): boolean {
    return words.every((word, i) => isWord(this.ahead(i), word));
  }

  takeWords(...words: readonly string[]): boolean {
    if (!this.isWords(...words)) return false;
    this.#at += words.length;
    return true;
  }

  isSymbol(symbol: string): boolean {
    return this.token.kind === 'symbol' && this.token.text === symbol;
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#at++;
    return true;
  }

  expectSymbol(symbol: string): Token {
    const {token} = this;
    if (!this.takeSymbol(symbol)) throw this.fault(`Expected ${symbol}`);
    return token;
  }

  expectWord(word: string): void {
    if (!this.takeWords(word)) throw this.fault(`Expected ${word}`);
  }

  /** A name, quoted or not. */
  expectName(what: string): Token {
    const {token} = this;
    if (token.kind !== 'word' && token.kind !== 'name') throw this.fault(`Expected ${what}`);
    if (token.kind === 'word' && reserved.has(token.text.toUpperCase())) {
      throw this.fault(`Expected ${what}; a name that is also a word of SQL is written in backticks`);
    }
    this.#at++;
    return token;
  }

  /** Goes back to `mark`. */
  get mark(): number {
    return this.#at;
  }
  reset(mark: number): void {
    this.#at = mark;
  }

  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.takeSymbol(',')) items.push(item());
    return items;
  }

  nested<T>(work: () => T): T {
    if (++this.#depth > maxDepth) throw this.fault(`The statement is nested more than ${maxDepth} levels deep`);
    try {
      return work();
    } finally {
      this.#depth--;
    }
  }

  /** To be called for every operator that takes what is before it into itself. */
  chained(): void {
    if (++this.#chain > maxChain) {
      throw this.fault(
        `The statement has more than ${maxChain.toLocaleString('en')} operators and joins; IN (…) takes many values`,
      );
    }
  }

  /** To be thrown. */
  fault(what: string, at: Span = this.token): SqlFault {
    const found =
      at !== this.token
        ? ''
        : this.token.kind === 'end'
          ? ', but the statement ends here'
          : `, found ${shown(this.token)}`;
    return new SqlFault(`${what}${found}.`, at);
  }
}

export const isWord = (token: Token, word: string): boolean =>
  token.kind === 'word' && token.text.toUpperCase() === word;

function shown({kind, text}: Token): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return kind === 'string' ? `the text '${short}'` : short;
}

/** Words that end an expression or a source, and so cannot be a name or an alias without AS. */
export const reserved: ReadonlySet<string> = new Set(
  (
    'SELECT FROM WHERE PREWHERE GROUP ORDER BY HAVING LIMIT OFFSET UNION INTERSECT EXCEPT WITH AS ON USING JOIN INNER LEFT RIGHT FULL ' +
    'CROSS OUTER ANY ALL ASOF SEMI ANTI GLOBAL ARRAY AND OR NOT IN IS LIKE ILIKE BETWEEN CASE WHEN THEN ELSE END DISTINCT SETTINGS ' +
    'FORMAT INTO QUALIFY WINDOW OVER FILTER ASC DESC NULLS DIV MOD SAMPLE FINAL PASTE NATURAL FETCH'
  ).split(' '),
);
