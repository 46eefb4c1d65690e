/** Functions from one kind of value to another. */
import {goFloat, goFloatText, goInt} from '../base/index.ts';
import type {Builtin} from './function.ts';
import {deeper, ExprError, int64, kindOf, type Value} from './value.ts';

function toInt(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  const read = typeof value === 'string' ? goInt(value) : undefined;
  if (read !== undefined) return read;
  if (typeof value === 'number' && Number.isFinite(value)) return int64(BigInt(Math.trunc(value)));
  throw new ExprError(`\`int\` reads no number in ${shown(value)}`);
}

function toFloat(value: Value): number {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  const read = typeof value === 'string' ? goFloat(value) : undefined;
  if (read === undefined) throw new ExprError(`\`float\` reads no number in ${shown(value)}`);
  return read;
}

const shown = (value: Value): string => (typeof value === 'string' ? JSON.stringify(value) : kindOf(value));

/** As Go's `%v`: `[1 2]`, `map[a:1]`. */
function text(value: Value, depth = 0): string {
  if (value === undefined) return '<nil>';
  if (typeof value === 'number') return goFloatText(value);
  if (Array.isArray(value)) return `[${value.map((each) => text(each, deeper(depth))).join(' ')}]`;
  if (!(value instanceof Map)) return String(value);
  const entries = [...value].map(([key, each]) => [text(key), text(each, deeper(depth))] as const);
  return `map[${entries
    .sort(byKey)
    .map((entry) => entry.join(':'))
    .join(' ')}]`;
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Node has it, the types do not know it yet: digits that `JSON.stringify` writes as they are. */
const rawJson = (digits: string): unknown => (JSON as typeof JSON & {rawJSON(text: string): unknown}).rawJSON(digits);

/** A value as `JSON.stringify` takes it. */
function plain(value: Value, depth = 0): unknown {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return rawJson(String(value));
  if (typeof value === 'number' && !Number.isFinite(value)) throw new ExprError('JSON has no word for such a number');
  if (Array.isArray(value)) return value.map((each) => plain(each, deeper(depth)));
  if (!(value instanceof Map)) return value;
  const entries = [...value].map(([key, each]) => [text(key), plain(each, deeper(depth))] as const);
  return Object.fromEntries(entries.sort(byKey));
}

function fromPlain(value: unknown, depth = 0): Value {
  if (value === null) return undefined;
  if (typeof value !== 'object') return value as Value;
  if (Array.isArray(value)) return value.map((each) => fromPlain(each, deeper(depth)));
  return new Map(Object.entries(value).map(([key, each]) => [key, fromPlain(each, deeper(depth))]));
}

function parseJson(written: string): Value {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    throw new ExprError('`fromJSON` takes JSON');
  }
  return fromPlain(value);
}

export const convertFunctions = {
  type: {parameters: ['any'], gives: 'string', call: ([value]) => kindOf(value)},
  int: {parameters: ['any'], gives: 'int', call: ([value]) => toInt(value)},
  float: {parameters: ['any'], gives: 'float', call: ([value]) => toFloat(value)},
  string: {
    parameters: ['any'],
    gives: 'string',
    call([value], frame) {
      const written = text(value);
      frame.spend(written.length);
      return written;
    },
  },
  toJSON: {
    parameters: ['any'],
    gives: 'string',
    call([value], frame) {
      const written = JSON.stringify(plain(value), undefined, 2).replace(
        /[<>&\u2028\u2029]/g,
        (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      frame.spend(written.length);
      return written;
    },
  },
  fromJSON: {
    parameters: ['string'],
    gives: 'any',
    call([written], frame) {
      frame.spend((written as string).length);
      return parseJson(written as string);
    },
  },
} satisfies Readonly<Record<string, Builtin>>;
