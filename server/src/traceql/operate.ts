/**
 * Operators on values, with Tempo's meaning: what has no value fits no comparison, an array fits where one of its elements does (for
 * `!=` and `!~` all of them), integers stay integers, and any other arithmetic is of floats. Tempo ends a query where a value turns out
 * to be of a wrong type, or at a division by zero; here the result is nil, and that span does not fit.
 */
import {compareText} from '../query/index.ts';
import {compilePattern} from '../regexp/index.ts';
import type {FieldOperator} from './ast.ts';
import {
  type ArrayValue,
  boolean,
  isArray,
  isNumeric,
  nil,
  no,
  toNumber,
  type Value,
  type Whole,
  whole,
  yes,
} from './value.ts';

const elementTypes = {'int[]': 'int', 'float[]': 'float', 'string[]': 'string', 'boolean[]': 'boolean'} as const;
export const elementType = (type: string): string | undefined =>
  Object.hasOwn(elementTypes, type) ? elementTypes[type as keyof typeof elementTypes] : undefined;

/** Whether values of the types can be operands of one operator, whichever it is. */
export function typesMatch(left: string, right: string): boolean {
  if (left === 'attribute' || right === 'attribute' || left === 'nil' || right === 'nil') return true;
  if (left === right || (isNumeric(left) && isNumeric(right))) return true;
  const [leftElement, rightElement] = [elementType(left), elementType(right)];
  if (leftElement !== undefined) return typesMatch(leftElement, right);
  return rightElement !== undefined && typesMatch(left, rightElement);
}

const comparisons: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);

export function operatorTakes(operator: FieldOperator, type: string): boolean {
  if (type === 'attribute') return true;
  const element = elementType(type) ?? type;
  const isEquality = operator === '=' || operator === '!=';
  if (element === 'boolean') return isEquality || operator === '&&' || operator === '||';
  if (element === 'string') return comparisons.has(operator) || operator === '=~' || operator === '!~';
  if (isNumeric(element)) return operator !== '&&' && operator !== '||' && operator !== '=~' && operator !== '!~';
  return isEquality;
}

/** Whether a text fits a regular expression as a whole; `.` is any character. */
export type Fits = (text: string) => boolean;
export function wholeMatch(pattern: string): Fits {
  const compiled = compilePattern(`^(?s:${pattern})$`);
  // Checked before: what does not compile by itself never comes here.
  return typeof compiled === 'string' ? () => false : (text) => compiled.test(text);
}

export function applyUnary(operator: '-' | '!', value: Value): Value {
  if (value.type === 'several')
    return {type: 'several', values: value.values.map((each) => applyUnary(operator, each))};
  if (operator === '!') return value.type === 'boolean' ? boolean(!value.value) : nil;
  if (value.type === 'float') return {type: 'float', value: -value.value};
  if (value.type !== 'int' && value.type !== 'duration') return nil;
  // Not `-value`: the negation of 0 is no whole number.
  return {type: value.type, value: typeof value.value === 'number' ? 0 - value.value : whole(-value.value)};
}

/** Of `=~` and `!~`, `fits` is the right side, compiled. */
export function applyBinary(operator: FieldOperator, left: Value, right: Value, fits?: Fits): Value {
  if (operator === '&&') return boolean(isTrue(left) && isTrue(right));
  if (operator === '||') return boolean(isTrue(left) || isTrue(right));
  if (left.type === 'several' || right.type === 'several') return ofSeveral(operator, left, right, fits);
  if (!typesMatch(left.type, right.type)) return no;
  if (!operatorTakes(operator, left.type) || !operatorTakes(operator, right.type)) return no;
  if (isArray(left) || isArray(right)) return ofArray(operator, left, right, fits);
  if (left.type === 'string' && right.type === 'string')
    return boolean(ofTexts(operator, left.value, right.value, fits));
  if (left.type === 'int' && right.type === 'int') return ofIntegers(operator, left.value, right.value);
  if (operator === '=') return boolean(areEqual(left, right));
  if (operator === '!=') return boolean(left.type !== 'nil' && right.type !== 'nil' && !areEqual(left, right));
  return ofFloats(operator, toNumber(left), toNumber(right));
}

/** A condition that is nil, or no condition, does not hold. */
export const isTrue = (value: Value): boolean =>
  value.type === 'several' ? value.values.some(isTrue) : value.type === 'boolean' && value.value;

/** Comparisons hold where they do for one of the values; arithmetic is of each. */
function ofSeveral(operator: FieldOperator, left: Value, right: Value, fits: Fits | undefined): Value {
  const lefts = left.type === 'several' ? left.values : [left];
  const rights = right.type === 'several' ? right.values : [right];
  const values = lefts.flatMap((one) => rights.map((other) => applyBinary(operator, one, other, fits)));
  return comparisons.has(operator) || operator === '=~' || operator === '!~'
    ? boolean(values.some(isTrue))
    : {type: 'several', values};
}

function ofArray(operator: FieldOperator, left: Value, right: Value, fits: Fits | undefined): Value {
  if (isArray(left) && isArray(right)) {
    if (operator !== '=' && operator !== '!=') return nil;
    return boolean(sameElements(left, right) === (operator === '='));
  }
  if (!comparisons.has(operator) && operator !== '=~' && operator !== '!~') return nil;
  const array = (isArray(left) ? left : right) as ArrayValue;
  const each = (element: Value): boolean =>
    isTrue(isArray(left) ? applyBinary(operator, element, right, fits) : applyBinary(operator, left, element, fits));
  const isOfAll = operator === '!=' || operator === '!~';
  return boolean(isOfAll ? array.elements.every(each) : array.elements.some(each));
}

const sameElements = (left: ArrayValue, right: ArrayValue): boolean =>
  left.elements.length === right.elements.length &&
  left.elements.every((element, i) => areEqual(element, right.elements[i] as Value));

function ofTexts(operator: FieldOperator, left: string, right: string, fits: Fits | undefined): boolean {
  if (operator === '=') return left === right;
  if (operator === '!=') return left !== right;
  if (operator === '=~') return (fits ?? wholeMatch(right))(left);
  if (operator === '!~') return !(fits ?? wholeMatch(right))(left);
  return ordered(operator, compareText(left, right), 0);
}

function ordered(operator: FieldOperator, left: Whole, right: Whole): boolean {
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '=':
      // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number that are the same
      return left == right;
    default:
      // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number that are the same
      return left != right;
  }
}

function ofIntegers(operator: FieldOperator, left: Whole, right: Whole): Value {
  if (comparisons.has(operator)) return boolean(ordered(operator, left, right));
  // biome-ignore lint/suspicious/noDoubleEquals: 0 or 0n
  if ((operator === '/' || operator === '%') && right == 0) return nil;
  if (typeof left === 'number' && typeof right === 'number') {
    const value = integer(operator, left, right);
    if (Number.isSafeInteger(value)) return {type: 'int', value: value + 0};
  }
  return {type: 'int', value: bigInteger(operator, BigInt(left), BigInt(right))};
}

function integer(operator: FieldOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return Math.trunc(left / right) + 0;
    case '%':
      return (left % right) + 0;
    default:
      return Math.trunc(left ** right) + 0;
  }
}

function bigInteger(operator: FieldOperator, left: bigint, right: bigint): Whole {
  switch (operator) {
    case '+':
      return whole(left + right);
    case '-':
      return whole(left - right);
    case '*':
      return whole(left * right);
    case '/':
      return whole(left / right);
    case '%':
      return whole(left % right);
    default: {
      // Through a double, as in Go: beyond 64 bits it is the smallest integer.
      const power = Math.trunc(Number(left) ** Number(right));
      return whole(Math.abs(power) < 2 ** 63 ? BigInt(power) : -(2n ** 63n));
    }
  }
}

function ofFloats(operator: FieldOperator, left: number, right: number): Value {
  if (comparisons.has(operator)) return floatComparison(operator, left, right) ? yes : no;
  switch (operator) {
    case '+':
      return {type: 'float', value: left + right};
    case '-':
      return {type: 'float', value: left - right};
    case '*':
      return {type: 'float', value: left * right};
    case '/':
      return {type: 'float', value: left / right};
    case '%':
      return {type: 'float', value: left % right};
    default:
      return {type: 'float', value: left ** right};
  }
}

const floatComparison = (operator: FieldOperator, left: number, right: number): boolean =>
  !Number.isNaN(left) && !Number.isNaN(right) && ordered(operator, left, right);

export function areEqual(left: Value, right: Value): boolean {
  if (left.type === 'nil' || right.type === 'nil' || left.type === 'several' || right.type === 'several') return false;
  if (isArray(left) || isArray(right)) return isArray(left) && isArray(right) && sameElements(left, right);
  if (isNumeric(left.type) && isNumeric(right.type)) {
    if (left.type === 'float' || right.type === 'float') return toNumber(left) === toNumber(right);
    // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number that are the same
    return left.value == right.value;
  }
  return left.type === right.type && left.value === right.value;
}

/** The order of types among values that are of different ones. */
const typeOrder = [
  'nil',
  'int',
  'float',
  'string',
  'boolean',
  'int[]',
  'float[]',
  'string[]',
  'boolean[]',
  'duration',
  'status',
  'kind',
];

/** Negative, 0 or positive: for `min` and `max`. */
export function compareValues(left: Value, right: Value): number {
  if (left.type !== right.type) {
    if (isNumeric(left.type) && isNumeric(right.type)) return toNumber(left) - toNumber(right);
    return typeOrder.indexOf(left.type) - typeOrder.indexOf(right.type);
  }
  if (left.type === 'string' && right.type === 'string') return compareText(left.value, right.value);
  if (isArray(left) && isArray(right)) return compareElements(left.elements, right.elements);
  const [a, b] = [orderOf(left), orderOf(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareElements(left: readonly Value[], right: readonly Value[]): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareValues(left[i] as Value, right[i] as Value);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

const orderOf = (value: Value): Whole =>
  value.type === 'int' || value.type === 'float' || value.type === 'duration' ? value.value : Number(isTrue(value));
