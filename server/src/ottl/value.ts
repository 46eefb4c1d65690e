/** The values that OTTL computes with, and their way from and to the values of attributes. */
import {type AnyValue, type KeyValue, maxNesting} from '../model/index.ts';
import {OttlError} from './faults.ts';

/** Go's nil is `undefined`, int64 a bigint, float64 a number. */
export type Value =
  | undefined
  | string
  | boolean
  | bigint
  | number
  | Uint8Array
  | Id
  | Time
  | Duration
  | readonly Value[]
  | ValueMap;

/** In the order of its entries. Whoever computed a map may change it: no attribute does by that. */
export type ValueMap = Map<string, Value>;

/** A trace, span or profile id; other bytes are never equal to one. */
export class Id {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** A moment, and the zone in which it is shown: UTC where none is given. */
export class Time {
  /** Nanoseconds since 1970. */
  readonly nanos: bigint;
  readonly zone: Zone;
  constructor(nanos: bigint, zone: Zone = utc) {
    this.nanos = nanos;
    this.zone = zone;
  }
}

export interface Zone {
  readonly name: string;
  readonly offsetSeconds: number;
}
export const utc: Zone = {name: 'UTC', offsetSeconds: 0};

export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = BigInt.asIntN(64, nanos);
  }
}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** The word for a value's type in messages. */
export function typeOf(value: Value): string {
  if (value === undefined) return 'nil';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'double';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Id) return 'id';
  if (value instanceof Time) return 'time';
  if (value instanceof Duration) return 'duration';
  return value instanceof Map ? 'map' : 'list';
}

export function fromAny(any: AnyValue): Value {
  switch (any.type) {
    case 'empty':
      return undefined;
    case 'array':
      return any.value.map(fromAny);
    case 'map':
      return mapFromAny(any.value);
    default:
      return any.value;
  }
}

export function mapFromAny(entries: readonly KeyValue[]): ValueMap {
  const map: ValueMap = new Map();
  // Of two equal keys the first is the one that a look-up finds.
  for (const {key, value} of entries) if (!map.has(key)) map.set(key, fromAny(value));
  return map;
}

/** The value as an attribute's; throws OttlError where no attribute can hold it. */
export function toAny(value: Value, depth = 0): AnyValue {
  if (depth > maxNesting) throw new OttlError(`the value nests deeper than ${maxNesting} levels`);
  if (value === undefined) return {type: 'empty'};
  if (typeof value === 'string') return {type: 'string', value};
  if (typeof value === 'boolean') return {type: 'bool', value};
  if (typeof value === 'bigint') return {type: 'int', value};
  if (typeof value === 'number') return {type: 'double', value};
  if (value instanceof Uint8Array) return {type: 'bytes', value};
  if (isList(value)) return {type: 'array', value: value.map((each) => toAny(each, depth + 1))};
  if (value instanceof Map) return {type: 'map', value: mapToAny(value, depth)};
  const hint = value instanceof Id ? '; write its `.string`' : '';
  throw new OttlError(`an attribute cannot hold a value of type ${typeOf(value)}${hint}`);
}

const mapToAny = (map: ValueMap, depth = 0): KeyValue[] =>
  [...map].map(([key, value]) => ({key, value: toAny(value, depth + 1)}));

/** A copy that shares nothing that can change. */
export function clone(value: Value): Value {
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, clone(each)]));
  return isList(value) ? value.map(clone) : value;
}

/** `value[key]`, as Go's contexts have it: nil for a key that a map lacks, an error for an index beyond a list. */
function indexValue(value: Value, key: Value): Value {
  if (value instanceof Map) {
    if (typeof key !== 'string') throw new OttlError(`a map is indexed by a string, not by ${typeOf(key)}`);
    return value.get(key);
  }
  if (isList(value)) {
    if (typeof key !== 'bigint') throw new OttlError(`a list is indexed by an int, not by ${typeOf(key)}`);
    if (key < 0n || key >= BigInt(value.length))
      throw new OttlError(`index ${key} is out of bounds: the list has ${value.length} elements`);
    return value[Number(key)];
  }
  throw new OttlError(`a value of type ${typeOf(value)} cannot be indexed`);
}

/** Reads through `keys`; nil where a map on the way lacks its key. */
export function readIndexed(value: Value, keys: readonly Value[], from = 0): Value {
  let at = value;
  for (let i = from; i < keys.length; i++) {
    if (at === undefined) return undefined;
    at = indexValue(at, keys[i]);
  }
  return at;
}

/** The most elements that writing beyond a list's end makes. */
const maxNewElements = 10_000n;

/** The value with `keys` from `from` on set to `to`; maps and lists that are missing on the way are made. */
export function writeIndexed(value: Value, keys: readonly Value[], to: Value, from: number): Value {
  if (from === keys.length) return to;
  const key = keys[from];
  if (value instanceof Map) {
    if (typeof key !== 'string') throw new OttlError(`a map is indexed by a string, not by ${typeOf(key)}`);
    return new Map(value).set(key, writeIndexed(value.get(key), keys, to, from + 1));
  }
  if (isList(value)) {
    if (typeof key !== 'bigint') throw new OttlError(`a list is indexed by an int, not by ${typeOf(key)}`);
    if (key < 0n || key >= BigInt(value.length))
      throw new OttlError(`index ${key} is out of bounds: the list has ${value.length} elements`);
    return value.with(Number(key), writeIndexed(value[Number(key)], keys, to, from + 1));
  }
  if (value !== undefined) throw new OttlError(`a value of type ${typeOf(value)} cannot be indexed`);
  if (typeof key === 'string') return new Map([[key, writeIndexed(undefined, keys, to, from + 1)]]);
  if (typeof key !== 'bigint' || key < 0n || key > maxNewElements)
    throw new OttlError('an index is a string, or an int from 0');
  const list: Value[] = new Array(Number(key)).fill(undefined);
  list.push(writeIndexed(undefined, keys, to, from + 1));
  return list;
}
