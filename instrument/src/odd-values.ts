/**
 * Programs pass what they have: `undefined`, numbers for names, proxies that are revoked, getters that throw. Nothing of
 * that may throw into the program or cost more than itself: not the span it is set on, not the batch that span is in.
 */
import {type Attributes, type AttributeValue, type Context, diag} from '@opentelemetry/api';

/** `value` as text, also where it refuses to be one. A list is not spelled out: it may hold itself many times over. */
export function textOf(value: unknown, otherwise = 'unprintable'): string {
  if (typeof value === 'string') return value;
  try {
    return value == null || Array.isArray(value) ? otherwise : String(value);
  } catch {
    return otherwise;
  }
}

const silentMillis = 60_000;
const saidAt = new Map<string, number>();

/** Says on standard error that `what` failed; the same at most once a minute. `what` must be one of few. */
export function complain(what: string, error: unknown): void {
  const now = performance.now();
  if (now - (saidAt.get(what) ?? Number.NEGATIVE_INFINITY) < silentMillis) return;
  saidAt.set(what, now);
  diag.warn(`${what}: ${textOf(error)}`);
}

/** Runs `act`; where it throws, says so and returns `otherwise`. */
export function guarded<T>(what: string, act: () => T, otherwise: T): T {
  try {
    return act();
  } catch (error) {
    complain(what, error);
    return otherwise;
  }
}

/** `object[key]`, or `undefined` where it cannot be had. */
export function readProperty(object: unknown, key: string): unknown {
  try {
    return (object as Record<string, unknown> | null | undefined)?.[key];
  } catch (error) {
    complain('a property that cannot be read is left out', error);
    return undefined;
  }
}

/** Whether it is a context as far as can be told without using it. */
export const isContext = (value: unknown): value is Context => typeof readProperty(value, 'getValue') === 'function';

/** No valid attribute. */
export const unusable: unique symbol = Symbol('unusable');

/** Protobuf's readers stop at 100 nested messages: a span is in the fourth, a map is three. */
const deepest = 30;
/** More than anybody reads; a list that holds itself twice would double with each level. */
const mostValues = 100_000;

/**
 * A copy of an attribute's value that is plain all the way down, with texts of at most `maxLength`, or `unusable`. Takes and
 * refuses what the SDK does (`isAnyValue` of `@opentelemetry/core`), and refuses what throws, nests too deep or has no end.
 */
export function cleanValue(value: unknown, maxLength = Number.POSITIVE_INFINITY): AttributeValue | typeof unusable {
  try {
    return copyOf(value, maxLength, 0, {left: mostValues}) as AttributeValue;
  } catch {
    return unusable;
  }
}

function copyOf(value: unknown, maxLength: number, depth: number, budget: {left: number}): unknown {
  if (--budget.left < 0 || depth > deepest) throw new RangeError('too much');
  switch (typeof value) {
    case 'string':
      return value.length <= maxLength ? value : value.slice(0, maxLength);
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      break;
    default:
      throw new TypeError(`a ${typeof value} is no value`);
  }
  if (value === null) return value;
  if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value, 0, maxLength);
  const inner = (item: unknown): unknown =>
    item === undefined ? undefined : copyOf(item, maxLength, depth + 1, budget);
  if (Array.isArray(value)) {
    if (value.length > budget.left) throw new RangeError('too much');
    return Array.from(value, inner);
  }
  if (value.constructor !== Object && value.constructor !== undefined) throw new TypeError('no plain object');
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const item = inner((value as Record<string, unknown>)[key]);
    if (item !== undefined && key !== '__proto__') copy[key] = item;
  }
  return copy;
}

/** The usable ones of attributes, in an object that nobody else has. */
export function plainAttributes(given: unknown): Attributes {
  const plain: Attributes = {};
  if (typeof given !== 'object' || given === null) return plain;
  for (const key of guarded('attributes that cannot be listed are left out', () => Object.keys(given), [])) {
    const value = cleanValue(readProperty(given, key));
    if (value !== unusable && key !== '__proto__') plain[key] = value;
  }
  return plain;
}
