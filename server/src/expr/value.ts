/** Values of expressions, and what operators do with them. */

/** Go's: `undefined` is nil, a bigint an int of 64 bits, a number a float. */
export type Value = undefined | boolean | bigint | number | string | readonly Value[] | ReadonlyMap<Value, Value>;

/** `any` is a value that is known when the expression runs only. */
export type Kind = 'nil' | 'bool' | 'int' | 'float' | 'string' | 'array' | 'map' | 'any';

/** An expression met a value that it cannot work on. */
export class ExprError extends Error {
  override readonly name = 'ExprError';
  /** Where in the text the part stands that it happened in. */
  position: number | undefined;
}

export function kindOf(value: Value): Exclude<Kind, 'any'> {
  switch (typeof value) {
    case 'undefined':
      return 'nil';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float';
    case 'string':
      return 'string';
    default:
      return Array.isArray(value) ? 'array' : 'map';
  }
}

/** How deep a value may nest that is looked through as a whole. */
const maxDepth = 500;

/** One level deeper; throws where that is too deep. */
export function deeper(depth: number): number {
  if (depth >= maxDepth) throw new ExprError(`a value nests deeper than ${maxDepth} levels`);
  return depth + 1;
}

export const int64 = (value: bigint): bigint => BigInt.asIntN(64, value);
export const isNumber = (value: Value): value is bigint | number =>
  typeof value === 'bigint' || typeof value === 'number';

/** Numbers are equal across int and float, but within maps, where Go compares types too. */
export function equal(a: Value, b: Value, isStrict = false, depth = 0): boolean {
  if (a === b) return true;
  // biome-ignore lint/suspicious/noDoubleEquals: 1n == 1.
  if (isNumber(a) && isNumber(b)) return !isStrict && a == b;
  if (Array.isArray(a)) {
    const level = deeper(depth);
    return (
      Array.isArray(b) && a.length === b.length && a.every((each, index) => equal(each, b[index], isStrict, level))
    );
  }
  if (!(a instanceof Map && b instanceof Map) || a.size !== b.size) return false;
  const level = deeper(depth);
  for (const [key, value] of a) if (!b.has(key) || !equal(value, b.get(key), true, level)) return false;
  return true;
}

export function isLess(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return a < b;
  if (typeof a === 'string' && typeof b === 'string') return isTextLess(a, b);
  throw new ExprError(`\`<\` does not compare ${kindOf(a)} with ${kindOf(b)}`);
}

/** By code points, as Go's bytes do; UTF-16 differs beyond its first plane. */
function isTextLess(a: string, b: string): boolean {
  if (!/[\ud800-\udfff]/.test(a + b)) return a < b;
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

type Arithmetic = '+' | '-' | '*' | '/' | '%' | '**';

export function calculate(operator: Arithmetic, a: Value, b: Value): Value {
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b;
  if (!isNumber(a) || !isNumber(b)) throw mismatch(operator, kindOf(a), kindOf(b));
  if (operator === '/') return Number(a) / Number(b);
  if (operator === '**') return Number(a) ** Number(b);
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    if (operator === '+') return int64(a + b);
    if (operator === '-') return int64(a - b);
    if (operator === '*') return int64(a * b);
    if (b === 0n) throw new ExprError('division by zero');
    return a % b;
  }
  if (operator === '%') throw mismatch(operator, kindOf(a), kindOf(b));
  const [x, y] = [Number(a), Number(b)];
  return operator === '+' ? x + y : operator === '-' ? x - y : x * y;
}

export const mismatch = (operator: string, left: Kind, right: Kind): ExprError =>
  new ExprError(`\`${operator}\` does not work on ${left} and ${right}`);

/** An index or a bound: a float loses what is behind its point. */
export function toIndex(value: Value): number {
  if (!isNumber(value)) throw new ExprError(`expected a number, found ${kindOf(value)}`);
  return Math.trunc(Number(value));
}

/** Bytes of the text in UTF-8, which indexes count. */
export const byteLength = (text: string): number => Buffer.byteLength(text);

/** An element of an array, a byte of a text, what a map has under a key (nil where nothing is). */
export function fetch(from: Value, key: Value): Value {
  if (from instanceof Map) return from.get(key);
  if (typeof from !== 'string' && !Array.isArray(from))
    throw new ExprError(`${kindOf(from)} has no \`${String(key)}\``);
  const length = typeof from === 'string' ? byteLength(from) : from.length;
  const written = toIndex(key);
  const index = written < 0 ? length + written : written;
  if (!(index >= 0 && index < length))
    throw new ExprError(`the index ${written} lies outside of an array of ${length}`);
  if (typeof from === 'string') return BigInt(Buffer.from(from)[index] as number);
  return from[index];
}

/** Bounds beyond the value are its ends; negative ones count from its end. */
export function slice(value: Value, from: Value, to: Value): Value {
  if (typeof value !== 'string' && !Array.isArray(value)) throw new ExprError(`${kindOf(value)} cannot be sliced`);
  const length = typeof value === 'string' ? byteLength(value) : value.length;
  const bound = (index: number): number => Math.min(length, Math.max(0, index < 0 ? length + index : index));
  const end = to === undefined ? length : bound(toIndex(to));
  const start = Math.min(end, from === undefined ? 0 : bound(toIndex(from)));
  if (typeof value !== 'string') return value.slice(start, end);
  return length === value.length ? value.slice(start, end) : Buffer.from(value).subarray(start, end).toString();
}

export function isIn(needle: Value, haystack: Value): boolean {
  if (haystack === undefined) return false;
  if (haystack instanceof Map) {
    if (typeof needle !== 'string' && needle !== undefined) throw mismatch('in', kindOf(needle), 'map');
    return haystack.has(needle ?? '');
  }
  if (Array.isArray(haystack)) return haystack.some((each) => equal(each, needle));
  throw mismatch('in', kindOf(needle), kindOf(haystack));
}
