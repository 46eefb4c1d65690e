import type {AnyValue} from '@opentelemetry/api';

/** Nested values deeper than this are cut: a log line's fields are a few levels deep, an ORM's entity is not. */
const depthLimit = 8;

/**
 * A value that a program logs as one that a log record can carry: what JSON would write of it, except that an error keeps its
 * name, message, stack and cause, and that a cycle, a throwing getter or a bigint loses only itself. Never throws. Absent
 * where JSON would leave the field out.
 *
 * @example logValue({error: new TypeError('no')}) // {error: {name: 'TypeError', message: 'no', stack: '…'}}
 */
export function logValue(value: unknown): AnyValue | undefined {
  return convert(value, []);
}

/** The fields of `value` that a log record can carry, each by itself. */
export function logFieldsOf(value: object, without: ReadonlySet<string> = new Set()): Record<string, AnyValue> {
  return fields(value, keysOf(value), [value], without);
}

/** The parts of an error that a record of it tells: `exception.type`, `.message` and `.stacktrace` in the end. */
export function exceptionOf(error: Error): {name: string; message: string; stack?: string} {
  const text = (key: 'name' | 'message' | 'stack'): string => {
    const value = read(error, key);
    return typeof value === 'string' ? value : '';
  };
  const stack = text('stack');
  return {name: text('name') || 'Error', message: text('message'), ...(stack === '' ? {} : {stack})};
}

/** `instanceof Error` for errors of another realm and for proxies too. Never throws. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
  } catch {
    return false;
  }
}

function convert(value: unknown, above: readonly object[]): AnyValue | undefined {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : object(value, above);
    default:
      return undefined; // A function, a symbol, nothing.
  }
}

function object(value: object, above: readonly object[]): AnyValue | undefined {
  if (above.includes(value)) return '[circular]';
  if (above.length >= depthLimit) return '[deep]';
  const path = [...above, value];
  try {
    if (value instanceof Uint8Array) return value;
    if (isError(value)) {
      const cause = convert(read(value, 'cause'), path);
      return {...fields(value, keysOf(value), path), ...exceptionOf(value), ...(cause == null ? {} : {cause})};
    }
    const {toJSON} = value as {toJSON?: unknown};
    if (typeof toJSON === 'function') return convert(toJSON.call(value), path);
    if (Array.isArray(value)) return value.map((item) => convert(item, path) ?? null);
    if (value instanceof Map) return fields(Object.fromEntries(value), [...value.keys()].map(String), path);
    if (value instanceof Set) return [...value].map((item) => convert(item, path) ?? null);
    return fields(value, keysOf(value), path);
  } catch {
    return '[unreadable]';
  }
}

function fields(
  value: object,
  keys: readonly string[],
  path: readonly object[],
  without?: ReadonlySet<string>,
): Record<string, AnyValue> {
  const result: Record<string, AnyValue> = {};
  for (const key of keys) {
    if (without?.has(key) === true) continue;
    const field = convert(read(value, key), path);
    if (field !== undefined) result[key] = field;
  }
  return result;
}

function keysOf(value: object): string[] {
  try {
    return Object.keys(value);
  } catch {
    return [];
  }
}

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return '[unreadable]';
  }
}
