/** The place of a parser in a query, and its faults in Prometheus's words. */
import {SyntaxFault, TokenCursor} from '../base/index.ts';
import type {Placed} from './ast.ts';
import {lex, type Token} from './lex.ts';

/** How deep queries may nest, and how long they may be, so that no text exhausts the stack. */
const maxDepth = 200;
const maxTokens = 20_000;
/** Each operator of a chain is a level of the tree, which is walked down by recursion. */
const maxChain = 1500;

/** The part of a fault that names what stands there. */
function described({kind, text}: Token): string {
  if (kind === 'end') return 'end of input';
  if (kind === 'sign') return JSON.stringify(text);
  return `${kind === 'word' ? 'identifier' : kind} ${JSON.stringify(text)}`;
}

export class Reader extends TokenCursor<Token> {
  #depth = 0;

  constructor(text: string) {
    super(lex(text), ['sign']);
    const beyond = this.tokens[maxTokens];
    if (beyond !== undefined && beyond.kind !== 'end')
      throw new SyntaxFault(beyond.at, `the query has more than ${maxTokens} words and signs`);
  }

  after(count = 1): Token {
    return this.tokens[Math.min(this.index + count, this.tokens.length - 1)] as Token;
  }

  /** A word whose letters may be large or small. */
  isWord(...words: readonly string[]): boolean {
    const {kind, text} = this.peek();
    return kind === 'word' && words.includes(text.toLowerCase());
  }

  takeWord(...words: readonly string[]): string | undefined {
    return this.isWord(...words) ? this.next().text.toLowerCase() : undefined;
  }

  /** One level deeper in the tree. */
  nested<T>(read: () => T): T {
    if (++this.#depth > maxDepth)
      throw new SyntaxFault(this.peek().at, `the query nests deeper than ${maxDepth} levels`);
    const result = read();
    this.#depth--;
    return result;
  }

  /** Ends with a fault what is one after the other for too long. */
  checkChain(length: number): void {
    if (length > maxChain)
      throw new SyntaxFault(this.peek().at, `more than ${maxChain} operators or modifiers follow each other`);
  }

  fail(context: string, expected = ''): never {
    const token = this.peek();
    const where = context === '' ? '' : ` in ${context}`;
    throw new SyntaxFault(token.at, `unexpected ${described(token)}${where}${expected && `, expected ${expected}`}`);
  }

  need(sign: string, context: string): Token {
    if (!this.is(sign)) this.fail(context, JSON.stringify(sign));
    return this.next();
  }

  from(at: number): Placed {
    return {at, end: this.tokens[this.index - 1]?.end ?? at};
  }
}
