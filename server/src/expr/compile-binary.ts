/** Operators between two values. */
import {compilePattern, type Pattern} from '../regexp/index.ts';
import type {BinaryOperator} from './ast.ts';
import type {Frame} from './frame.ts';
import {truth} from './functions-predicate.ts';
import type {Evaluate, Part} from './part.ts';
import {
  calculate,
  ExprError,
  equal,
  isIn,
  isLess,
  isNumber,
  type Kind,
  kindOf,
  mismatch,
  toIndex,
  type Value,
} from './value.ts';

interface Made<Row> {
  readonly gives: Kind;
  readonly run: Evaluate<Row>;
}
type Apply = (a: Value, b: Value, frame: Frame<never>) => Value;

/** Throws ExprError where the operator does not work on what the sides are known to be. */
export function compileBinary<Row>(operator: BinaryOperator, left: Part<Row>, right: Part<Row>): Made<Row> {
  if (!works(operator, left.gives, right.gives)) throw mismatch(operator, left.gives, right.gives);
  const a = left.run as (frame: Frame<Row>) => Value;
  const b = right.run as (frame: Frame<Row>) => Value;
  switch (operator) {
    case 'and':
      return {gives: 'bool', run: (frame) => truth(a(frame)) && truth(b(frame))};
    case 'or':
      return {gives: 'bool', run: (frame) => truth(a(frame)) || truth(b(frame))};
    case '??':
      return {gives: left.gives === right.gives ? left.gives : 'any', run: (frame) => a(frame) ?? b(frame)};
    case 'matches':
      return {gives: 'bool', run: matching(a, right)};
    default: {
      const apply = applied[operator];
      const gives = given(operator, left.gives, right.gives);
      return {gives, run: (frame) => apply(a(frame), b(frame), frame as unknown as Frame<never>)};
    }
  }
}

const isNumeric = (kind: Kind): boolean => kind === 'int' || kind === 'float' || kind === 'any';
const isText = (kind: Kind): boolean => kind === 'string' || kind === 'any';

function works(operator: BinaryOperator, a: Kind, b: Kind): boolean {
  switch (operator) {
    case 'and':
    case 'or':
      return [a, b].every((kind) => kind === 'bool' || kind === 'any');
    case '??':
      return true;
    case '==':
    case '!=':
      return a === b || [a, b].some((kind) => kind === 'any' || kind === 'nil') || (isNumeric(a) && isNumeric(b));
    case 'in':
      return b === 'any' || b === 'array' || (b === 'map' && isText(a));
    case 'matches':
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return isText(a) && isText(b);
    case '+':
    case '<':
    case '>':
    case '<=':
    case '>=':
      return (isNumeric(a) && isNumeric(b)) || (isText(a) && isText(b));
    case '..':
    case '%':
      return [a, b].every((kind) => kind === 'int' || kind === 'any');
    default:
      return isNumeric(a) && isNumeric(b);
  }
}

function given(operator: BinaryOperator, a: Kind, b: Kind): Kind {
  if (operator === '/' || operator === '**') return 'float';
  if (operator === '%') return 'int';
  if (operator === '..') return 'array';
  if (operator !== '+' && operator !== '-' && operator !== '*') return 'bool';
  if (a === 'any' || b === 'any') return 'any';
  return a === b ? a : 'float';
}

/** A text question, which is false of nil. */
const ofTexts =
  (operator: string, ask: (a: string, b: string) => boolean): Apply =>
  (a, b) => {
    if (a === undefined || b === undefined) return false;
    if (typeof a !== 'string' || typeof b !== 'string') throw mismatch(operator, kindOf(a), kindOf(b));
    return ask(a, b);
  };

const comparing =
  (operator: string, ask: (a: Value, b: Value) => boolean): Apply =>
  (a, b, frame) => {
    // Middles of chains run twice, and chains within them again.
    frame.spend(1);
    if (typeof a === 'string' ? typeof b !== 'string' : !(isNumber(a) && isNumber(b)))
      throw mismatch(operator, kindOf(a), kindOf(b));
    // Not a number is neither less nor greater.
    return !Number.isNaN(a) && !Number.isNaN(b) && ask(a, b);
  };

const calculating =
  (operator: Parameters<typeof calculate>[0]): Apply =>
  (a, b, frame) => {
    const value = calculate(operator, a, b);
    if (typeof value === 'string') frame.spend(value.length);
    return value;
  };

function range(from: Value, to: Value, frame: Frame<never>): Value {
  const [first, last] = [toIndex(from), toIndex(to)];
  const size = Math.max(0, last - first + 1);
  frame.spend(size);
  return Array.from({length: size}, (_, index) => BigInt(first + index));
}

const applied: Readonly<Record<Exclude<BinaryOperator, 'and' | 'or' | '??' | 'matches'>, Apply>> = {
  '==': (a, b) => equal(a, b),
  '!=': (a, b) => !equal(a, b),
  '<': comparing('<', isLess),
  '>': comparing('>', (a, b) => isLess(b, a)),
  '<=': comparing('<=', (a, b) => !isLess(b, a)),
  '>=': comparing('>=', (a, b) => !isLess(a, b)),
  in: (a, b, frame) => {
    if (Array.isArray(b)) frame.spend(b.length);
    return isIn(a, b);
  },
  contains: ofTexts('contains', (a, b) => a.includes(b)),
  startsWith: ofTexts('startsWith', (a, b) => a.startsWith(b)),
  endsWith: ofTexts('endsWith', (a, b) => a.endsWith(b)),
  '..': range,
  '+': calculating('+'),
  '-': calculating('-'),
  '*': calculating('*'),
  '/': calculating('/'),
  '%': calculating('%'),
  '**': calculating('**'),
};

/** A pattern that is written is compiled once; one that is computed, where it is another than last time. */
function matching<Row>(text: (frame: Frame<Row>) => Value, right: Part<Row>): Evaluate<Row> {
  let last: Pattern | undefined;
  const patternOf = (written: string): Pattern => {
    if (last?.text === written) return last;
    const compiled = compilePattern(written);
    if (typeof compiled === 'string') throw new ExprError(compiled);
    last = compiled;
    return compiled;
  };
  if (right.isConstant) {
    const written = right.run(undefined as unknown as Frame<Row>);
    if (typeof written === 'string') patternOf(written);
  }
  return (frame) => {
    const [value, pattern] = [text(frame), right.run(frame) as Value];
    if (value === undefined || pattern === undefined) return false;
    if (typeof value !== 'string' || typeof pattern !== 'string')
      throw mismatch('matches', kindOf(value), kindOf(pattern));
    return patternOf(pattern).test(value);
  };
}
