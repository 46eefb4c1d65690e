/** Converters that ask for types, change them, and look at lists and maps. */

import {toHex, utf8Bytes} from '../base/index.ts';
import type {SpanBatch} from '../model/index.ts';
import {equal} from './compare.ts';
import {likeBool, likeDouble, likeInt} from './convert.ts';
import {OttlError} from './faults.ts';
import {converter, type FunctionDefinition, needs} from './function.ts';
import {likeString} from './text.ts';
import {Duration, Id, isList, Time, typeOf, type Value} from './value.ts';

const one = {value: needs('any')} as const;

/**
 * Nil of nil; of a value that is like none it is an error, as in the Collector, whatever its reference says: a `set` would wipe
 * an attribute that does not fit.
 */
const like =
  <T extends Value>(what: string, convert: (value: Value) => T | undefined) =>
  (value: Value): T | undefined => {
    const converted = convert(value);
    if (converted !== undefined || value === undefined) return converted;
    throw new OttlError(`expected what is like ${what}, found ${typeOf(value)}`);
  };
const toBool = like('a bool', likeBool);
const toInt = like('an int', likeInt);
const toDouble = like('a double', likeDouble);
const toDigits = like('bytes', hexOf);

const is = (name: string, what: string, test: (value: Value) => boolean): FunctionDefinition =>
  converter(
    name,
    `Whether the value is ${what}.`,
    one,
    ({value}) =>
      (frame) =>
        test(value.get(frame)),
  );

function isEmpty(value: Value): boolean {
  if (value === undefined) return true;
  if (value instanceof Map) return value.size === 0;
  if (isList(value) || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Id) return value.bytes.every((byte) => byte === 0);
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Time) return false;
  return value === '' || value === 0 || value === 0n || value === false;
}

function lengthOf(value: Value): bigint {
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value));
  if (value instanceof Map) return BigInt(value.size);
  if (isList(value) || value instanceof Uint8Array) return BigInt(value.length);
  throw new OttlError(`a value of type ${typeOf(value)} has no length`);
}

/** Where the value begins in a text (counted in bytes), or stands in a list; -1 where it does not. */
function indexOf(target: Value, value: Value): bigint {
  if (typeof target === 'string') {
    if (typeof value !== 'string') throw new OttlError(`expected string, found ${typeOf(value)}`);
    const at = target.indexOf(value);
    return at < 0 ? -1n : BigInt(Buffer.byteLength(target.slice(0, at)));
  }
  if (!isList(target)) throw new OttlError(`expected string or list, found ${typeOf(target)}`);
  return BigInt(target.findIndex((each) => equal(each, value)));
}

/** The value's bytes in hexadecimal digits; undefined for what has none. */
function hexOf(value: Value): string | undefined {
  if (typeof value === 'string') return toHex(utf8Bytes(value));
  if (typeof value === 'boolean') return value ? '01' : '00';
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Id) return toHex(value.bytes);
  const bytes = new Uint8Array(8);
  if (typeof value === 'bigint') new DataView(bytes.buffer).setBigInt64(0, value);
  else if (typeof value === 'number') new DataView(bytes.buffer).setFloat64(0, value);
  else return undefined;
  return toHex(bytes);
}

function logarithm(value: Value): number {
  const number = likeDouble(value);
  if (number === undefined) throw new OttlError(`a value of type ${typeOf(value)} is no number`);
  if (number <= 0) throw new OttlError(`the logarithm of ${number} is not defined`);
  return Math.log(number);
}

export const typeConverters: readonly FunctionDefinition[] = [
  is('IsBool', 'a bool', (value) => typeof value === 'boolean'),
  is('IsDouble', 'a double', (value) => typeof value === 'number'),
  is('IsInt', 'an int', (value) => typeof value === 'bigint'),
  is('IsString', 'a string', (value) => typeof value === 'string'),
  is('IsMap', 'a map', (value) => value instanceof Map),
  is('IsList', 'a list', isList),
  is('IsEmpty', 'nil, or the empty value of its type', isEmpty),
  converter(
    'Bool',
    'The value as a bool; an error where it is like none.',
    one,
    ({value}) =>
      (frame) =>
        toBool(value.get(frame)),
  ),
  converter(
    'Int',
    'The value as an int; an error where it is like none.',
    one,
    ({value}) =>
      (frame) =>
        toInt(value.get(frame)),
  ),
  converter(
    'Double',
    'The value as a double; an error where it is like none.',
    one,
    ({value}) =>
      (frame) =>
        toDouble(value.get(frame)),
  ),
  converter(
    'String',
    'The value as a string.',
    one,
    ({value}) =>
      (frame) =>
        likeString(value.get(frame)),
  ),
  converter(
    'Len',
    'The length of a string in bytes, of a list or of a map.',
    {target: needs('any')},
    ({target}) =>
      (frame) =>
        lengthOf(target.get(frame)),
  ),
  converter(
    'Hex',
    'The bytes of the value in hexadecimal digits; an error where it has none, and of nil an empty string.',
    one,
    ({value}) =>
      (frame) =>
        toDigits(value.get(frame)) ?? '',
  ),
  converter(
    'Log',
    'The natural logarithm of what is like a number.',
    one,
    ({value}) =>
      (frame) =>
        logarithm(value.get(frame)),
  ),
  converter(
    'Index',
    'The place of a value in a string or list, or -1.',
    {target: needs('any'), value: needs('any')},
    ({target, value}) =>
      (frame) =>
        indexOf(target.get(frame), value.get(frame)),
  ),
  converter(
    'ContainsValue',
    'Whether a list has the item.',
    {target: needs('list'), item: needs('any')},
    ({target, item}) =>
      (frame) => {
        const wanted = item.get(frame);
        return target.get(frame).some((each) => equal(each, wanted));
      },
  ),
  converter(
    'Coalesce',
    'The first of the values that is not nil.',
    {values: needs('list')},
    ({values}) =>
      (frame) =>
        values.get(frame).find((each) => each !== undefined),
  ),
  converter('Keys', 'The keys of a map.', {target: needs('map')}, ({target}) => (frame) => [
    ...target.get(frame).keys(),
  ]),
  converter('Values', 'The values of a map.', {target: needs('map')}, ({target}) => (frame) => [
    ...target.get(frame).values(),
  ]),
  converter(
    'IsRootSpan',
    'Whether the span has no parent.',
    {},
    () => (frame) => (frame.batch as SpanBatch).spans.columns.parentSpanId.isEmpty(frame.row),
    {contexts: ['span'], varies: true},
  ),
];
