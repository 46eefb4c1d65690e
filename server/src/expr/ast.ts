/**
 * The syntax tree of expressions. Every field is readonly, and `at` is the offset in the text that a message points at: of an
 * operator the operator itself, of anything else where it begins.
 */
import type {Value} from './value.ts';

interface Placed {
  readonly at: number;
}

export type Node =
  | (Placed & {readonly kind: 'literal'; readonly value: Value})
  | (Placed & {readonly kind: 'name'; readonly name: string})
  /** `#`, `#index` or `#acc` of a predicate. */
  | (Placed & {readonly kind: 'pointer'; readonly name: string})
  | (Placed & {readonly kind: 'unary'; readonly operator: UnaryOperator; readonly value: Node})
  | (Placed & {readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node})
  /** Without `then` (`a ?: b`) it is the value of the test. */
  | (Placed & {readonly kind: 'conditional'; readonly test: Node; readonly then?: Node; readonly otherwise: Node})
  | Member
  /** Where `?.` ends: it is nil as a whole where one of its links is. */
  | (Placed & {readonly kind: 'chain'; readonly value: Node})
  | (Placed & {readonly kind: 'slice'; readonly value: Node; readonly from?: Node; readonly to?: Node})
  | Call
  | (Placed & {readonly kind: 'method'; readonly of: Member; readonly arguments: readonly Node[]})
  | Predicate
  | (Placed & {readonly kind: 'array'; readonly items: readonly Node[]})
  | (Placed & {readonly kind: 'map'; readonly entries: readonly {readonly key: Node; readonly value: Node}[]})
  | (Placed & {readonly kind: 'let'; readonly name: string; readonly value: Node; readonly body: Node})
  /** Its last one is what it gives. */
  | (Placed & {readonly kind: 'sequence'; readonly items: readonly Node[]});

export interface Member extends Placed {
  readonly kind: 'member';
  readonly value: Node;
  readonly property: Node;
  readonly isOptional: boolean;
}

export interface Call extends Placed {
  readonly kind: 'call';
  readonly name: string;
  readonly arguments: readonly Node[];
}

/** What a function such as `any` asks about each element. */
export interface Predicate extends Placed {
  readonly kind: 'predicate';
  readonly body: Node;
}

export type UnaryOperator = 'not' | '-' | '+';
export type BinaryOperator = (typeof binaryOperators)[number];
export const binaryOperators = [
  'or',
  'and',
  '==',
  '!=',
  '<',
  '>',
  '<=',
  '>=',
  'in',
  'matches',
  'contains',
  'startsWith',
  'endsWith',
  '..',
  '+',
  '-',
  '*',
  '/',
  '%',
  '**',
  '??',
] as const;
