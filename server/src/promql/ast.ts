/**
 * The syntax tree of PromQL. Every field is readonly, and every node has its place in the text: `at` to `end`. Facts: Prometheus 3's
 * grammar (`promql/parser`).
 */
import type {Pattern} from '../regexp/index.ts';

export interface Placed {
  readonly at: number;
  readonly end: number;
}

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | Binary
  | Unary
  | Parenthesis;

export interface NumberLiteral extends Placed {
  readonly kind: 'number';
  /** Of one that is written as a duration (`5m`) its seconds. */
  readonly value: number;
  readonly isDuration: boolean;
}
export interface StringLiteral extends Placed {
  readonly kind: 'string';
  readonly value: string;
}
export interface Parenthesis extends Placed {
  readonly kind: 'parenthesis';
  readonly inner: Expression;
}
export interface Unary extends Placed {
  readonly kind: 'unary';
  readonly sign: '+' | '-';
  readonly operand: Expression;
}

// Selectors.

export const nameLabel = '__name__';

export const matcherSigns = ['=', '!=', '=~', '!~'] as const;
export type MatcherSign = (typeof matcherSigns)[number];
export interface Matcher extends Placed {
  readonly label: string;
  readonly sign: MatcherSign;
  readonly value: string;
  /** Of `=~` and `!~`: it has to fit the whole value. */
  readonly pattern?: Pattern;
}

export interface Modifiers {
  /** How far back is looked. */
  readonly offset?: Duration;
  /** At which moment, whatever the question's: milliseconds since 1970, or an end of the question's range. */
  readonly moment?: number | 'start' | 'end';
  /** How a range's ends are found where no sample lies on them. */
  readonly extension?: 'anchored' | 'smoothed';
}

export interface VectorSelector extends Placed, Modifiers {
  readonly kind: 'vector';
  /** The metric before the braces; empty without one. */
  readonly name: string;
  /** Those in the braces, in their order, and the one of the name before them as the last. */
  readonly matchers: readonly Matcher[];
}
/** A range of each series. Modifiers stand behind the range, and are not in `selector`. */
export interface MatrixSelector extends Placed, Modifiers {
  readonly kind: 'matrix';
  readonly selector: VectorSelector;
  readonly range: Duration;
}
export interface Subquery extends Placed, Modifiers {
  readonly kind: 'subquery';
  readonly inner: Expression;
  readonly range: Duration;
  /** By default the server's evaluation interval. */
  readonly step?: Duration;
}

/** What stands in brackets or behind `offset`; a number is in seconds. */
export type Duration = NumberLiteral | DurationUnary | DurationBinary | DurationCall | DurationParenthesis;
export interface DurationUnary extends Placed {
  readonly kind: 'durationUnary';
  readonly sign: '+' | '-';
  readonly operand: Duration;
}
export const arithmeticSigns = ['+', '-', '*', '/', '%', '^'] as const;
export type ArithmeticSign = (typeof arithmeticSigns)[number];
export interface DurationBinary extends Placed {
  readonly kind: 'durationBinary';
  readonly sign: ArithmeticSign;
  readonly left: Duration;
  readonly right: Duration;
}
/** `step()` and `range()` of the question; the lesser or the greater of two. */
export interface DurationCall extends Placed {
  readonly kind: 'durationCall';
  readonly name: 'step' | 'range' | 'min_of' | 'max_of';
  readonly operands: readonly Duration[];
}
export interface DurationParenthesis extends Placed {
  readonly kind: 'durationParenthesis';
  readonly inner: Duration;
}

// What is done with series.

export interface Call extends Placed {
  readonly kind: 'call';
  readonly name: string;
  readonly operands: readonly Expression[];
}

export const aggregators = [
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
] as const;
export type Aggregator = (typeof aggregators)[number];
export const parametricAggregators: ReadonlySet<string> = new Set<Aggregator>([
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
]);

export interface Aggregation extends Placed {
  readonly kind: 'aggregation';
  readonly name: Aggregator;
  readonly operand: Expression;
  readonly parameter?: Expression;
  /** Labels that groups are made by, or all but these. */
  readonly labels: readonly string[];
  readonly isWithout: boolean;
}

export const comparisonSigns = ['==', '!=', '<', '<=', '>', '>='] as const;
export type ComparisonSign = (typeof comparisonSigns)[number];
export const setOperators = ['and', 'or', 'unless'] as const;
export type SetOperator = (typeof setOperators)[number];
export const isComparison = (operator: BinaryOperator): operator is ComparisonSign =>
  (comparisonSigns as readonly string[]).includes(operator);
export const isSetOperator = (operator: BinaryOperator): operator is SetOperator =>
  (setOperators as readonly string[]).includes(operator);
export type BinaryOperator = ArithmeticSign | 'atan2' | ComparisonSign | '</' | '>/' | SetOperator;

export interface Binary extends Placed {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  /** Of a comparison: 0 or 1 instead of leaving out. */
  readonly isBool: boolean;
  readonly matching: Matching;
}
export interface Matching {
  readonly labels: readonly string[];
  /** Whether these labels decide, or all others. */
  readonly isOn: boolean;
  /** Which side may have many series a match; undefined for neither. */
  readonly many: 'left' | 'right' | undefined;
  /** Labels of the other side that the many take. */
  readonly include: readonly string[];
  /** What stands for a series that the side does not have. */
  readonly fillLeft?: number;
  readonly fillRight?: number;
}

/** Without the parentheses around it. */
export function bare(node: Expression): Expression {
  let inner = node;
  while (inner.kind === 'parenthesis') inner = inner.inner;
  return inner;
}

/** The type of what an expression comes to. */
export function typeOf(expression: Expression, returns: (name: string) => ValueType): ValueType {
  switch (expression.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'vector':
    case 'aggregation':
      return 'vector';
    case 'matrix':
    case 'subquery':
      return 'matrix';
    case 'call':
      return returns(expression.name);
    case 'parenthesis':
      return typeOf(expression.inner, returns);
    case 'unary':
      return typeOf(expression.operand, returns);
    case 'binary':
      return typeOf(expression.left, returns) === 'scalar' && typeOf(expression.right, returns) === 'scalar'
        ? 'scalar'
        : 'vector';
  }
}
