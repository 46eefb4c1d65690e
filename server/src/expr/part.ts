/** A compiled part of an expression. */
import type {Frame} from './frame.ts';
import type {Kind, Value} from './value.ts';

/** What the links of a chain give behind one that is nil: `a?.b.c`. */
export const brokenChain = Symbol('a link of the chain is nil');

export type Evaluate<Row> = (frame: Frame<Row>) => Value | typeof brokenChain;

export interface Part<Row> {
  /** What its value will be, as far as that is known. */
  readonly gives: Kind;
  readonly isConstant: boolean;
  readonly run: Evaluate<Row>;
}
