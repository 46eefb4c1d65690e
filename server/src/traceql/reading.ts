/** The place of a parser in a query, the faults that it found, and what could stand where the text ends. */
import {SyntaxFault, type TextFault, TokenCursor} from '../base/index.ts';
import type {Field, Missing, Placed} from './ast.ts';
import {lex, type Token} from './lex.ts';

/** What could come next; of a value, what it is compared with. */
export type Wanted =
  | {readonly kind: 'spanset' | 'field' | 'name' | 'operator' | 'stage' | 'secondStage' | 'by' | 'hint'}
  | {readonly kind: 'value'; readonly of: Field}
  | {readonly kind: 'intrinsic'; readonly scope: string}
  | {readonly kind: 'sign'; readonly sign: string};

/** How deep queries may nest, so that no text exhausts the stack. */
const maxDepth = 100;
/** Of a query. Each operator of a chain is a level of the tree, which is walked down by recursion. */
const maxTokens = 4000;

export class Reading extends TokenCursor<Token> {
  readonly faults: TextFault[];
  readonly wanted: Wanted[] = [];
  readonly #tolerant: boolean;
  #depth = 0;

  /** A tolerant one goes on behind a fault; else the first one ends it as a SyntaxFault. */
  constructor(text: string, tolerant: boolean) {
    const faults: TextFault[] = [];
    super(lex(text, tolerant ? faults : undefined), ['sign', 'word']);
    this.faults = faults;
    this.#tolerant = tolerant;
  }

  /** Ends with a fault what is longer than trees may be deep. */
  checkLength(): void {
    const beyond = this.tokens[maxTokens];
    if (beyond !== undefined && beyond.kind !== 'end')
      throw new SyntaxFault(beyond.at, `the query has more than ${maxTokens} words and signs`);
  }

  get atEnd(): boolean {
    return this.peek().kind === 'end';
  }

  /** Notes what could stand here, where the text ends here. */
  want(...wanted: readonly Wanted[]): void {
    if (this.atEnd) this.wanted.push(...wanted);
  }

  /** The place from `start` to the last token that was read. */
  from(start: number): Placed {
    const before = this.tokens[this.index - 1];
    return {at: start, end: Math.max(start, before?.end ?? start)};
  }

  /** Something else stands here than what was expected. */
  missing(expected: string, hint = ''): Missing {
    const {at} = this.peek();
    try {
      return this.unexpected(expected, hint);
    } catch (error) {
      this.note(error);
      return {kind: 'missing', at, end: at};
    }
  }

  fail(position: number, message: string): void {
    this.note(new SyntaxFault(position, message));
  }

  note(error: unknown): void {
    if (!this.#tolerant || !(error instanceof SyntaxFault)) throw error;
    const {position, message} = error;
    if (!this.faults.some((fault) => fault.position === position)) this.faults.push({position, message});
  }

  /** As `expect`, but a tolerant reading goes on without it. */
  close(sign: string): void {
    this.want({kind: 'sign', sign});
    if (!this.take(sign)) this.missing(`\`${sign}\``);
  }

  /** Up to one of the signs, or the end. */
  skipTo(...signs: readonly string[]): void {
    while (!this.atEnd && !signs.some((sign) => this.is(sign))) this.next();
  }

  nested<T>(read: () => T): T {
    // Too deep ends a tolerant reading too: it cannot go on where it would need to go deeper.
    if (++this.#depth > maxDepth)
      throw new SyntaxFault(this.peek().at, `the query nests deeper than ${maxDepth} levels`);
    const result = read();
    this.#depth--;
    return result;
  }
}
