/** The comparison rules of OTTL: types that do not go together are unequal, and in no order. */
import type {ComparisonOperator} from './ast.ts';
import {Duration, Id, isList, Time, type Value} from './value.ts';

/** Negative, zero or positive as of a sort; undefined where the two are not in order. NaN is unequal to all. */
function order(a: Value, b: Value): number | undefined {
  if (typeof a === 'bigint') {
    if (typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0;
    return typeof b === 'number' ? orderNumbers(Number(a), b) : undefined;
  }
  if (typeof a === 'number') {
    if (typeof b === 'number') return orderNumbers(a, b);
    return typeof b === 'bigint' ? orderNumbers(a, Number(b)) : undefined;
  }
  if (typeof a === 'string') return typeof b === 'string' ? orderTexts(a, b) : undefined;
  if (typeof a === 'boolean') return typeof b === 'boolean' ? Number(a) - Number(b) : undefined;
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? Buffer.compare(a, b) : undefined;
  if (a instanceof Time) return b instanceof Time ? Number(a.nanos - b.nanos) : undefined;
  if (a instanceof Duration) return b instanceof Duration ? Number(a.nanos - b.nanos) : undefined;
  return undefined;
}

const orderNumbers = (a: number, b: number): number | undefined => (a < b ? -1 : a > b ? 1 : a === b ? 0 : undefined);

/** Go compares the bytes of texts. Beyond the surrogates UTF-16 has another order. */
function orderTexts(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return place(x) - place(y);
  }
  return a.length - b.length;
}

const place = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

export function equal(a: Value, b: Value): boolean {
  if (a === b) return !(typeof a === 'number' && Number.isNaN(a));
  if (a === undefined || b === undefined) return false;
  if (a instanceof Id) return b instanceof Id && Buffer.compare(a.bytes, b.bytes) === 0;
  if (a instanceof Map || isList(a)) return deepEqual(a, b);
  return order(a, b) === 0;
}

/** As reflect.DeepEqual: inside maps and lists an int is no double. */
function deepEqual(a: Value, b: Value): boolean {
  if (a instanceof Map) {
    if (!(b instanceof Map) || a.size !== b.size) return false;
    for (const [key, value] of a) if (!b.has(key) || !deepEqual(value, b.get(key))) return false;
    return true;
  }
  if (isList(a)) return isList(b) && a.length === b.length && a.every((each, index) => deepEqual(each, b[index]));
  return typeof a === typeof b && equal(a, b);
}

export function compare(operator: ComparisonOperator, a: Value, b: Value): boolean {
  if (operator === '==') return equal(a, b);
  if (operator === '!=') return !equal(a, b);
  const by = order(a, b);
  if (by === undefined) return false;
  switch (operator) {
    case '<':
      return by < 0;
    case '<=':
      return by <= 0;
    case '>':
      return by > 0;
    case '>=':
      return by >= 0;
  }
}

/** The same of two numbers, of which neither is NaN. */
export function compareNumbers(operator: ComparisonOperator, a: number, b: number): boolean {
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

/** The operator that says the same with its sides swapped. */
export const mirrored: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};
