/** Values as texts, in the three ways that OTTL has: a value's own text, text-like arguments, and JSON. */
import {goDuration, toHex, utf8Bytes} from '../base/index.ts';
import {OttlError} from './faults.ts';
import {formatRfc3339} from './time-format.ts';
import {type Duration, Id, isList, Time, type Value, type ValueMap} from './value.ts';

/** As the model's own text of a value: doubles as JSON writes them, bytes in Base64, maps and lists as JSON. */
export function asString(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return base64(value);
  if (value instanceof Map || isList(value)) return toJson(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return scalarText(value);
}

/** As an argument that takes what is like a text: doubles as JSON writes them, bytes and ids in hexadecimal digits; nil stays. */
export function likeString(value: Value): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (typeof value === 'number') return jsonDouble(value);
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Map || isList(value)) return toJson(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return scalarText(value);
}

/** An exponent has two digits at least. */
function jsonDouble(value: number): string {
  if (!Number.isFinite(value)) throw new OttlError(`JSON has no ${plainDouble(value)}`);
  return Object.is(value, -0) ? '-0' : String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

export function scalarText(value: Id | Time | Duration): string {
  if (value instanceof Id) return toHex(value.bytes);
  return value instanceof Time ? formatRfc3339(value) : goDuration(value.nanos);
}

export const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

/** JSON with sorted keys, as Go writes it, but for the escapes of HTML. */
export function toJson(value: Value): string {
  if (value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : JSON.stringify(String(value));
  if (isList(value)) return `[${value.map(toJson).join(',')}]`;
  if (value instanceof Map) {
    const entries = [...value].sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${toJson(each)}`).join(',')}}`;
  }
  return JSON.stringify(asString(value));
}

/** JSON to a value: numbers become doubles, as OTTL has it. Throws SyntaxError. */
export function fromJson(text: string): Value {
  return fromPlain(JSON.parse(text));
}

export function fromPlain(plain: unknown): Value {
  if (plain === null || plain === undefined) return undefined;
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (typeof plain === 'object') {
    const map: ValueMap = new Map();
    for (const [key, value] of Object.entries(plain)) map.set(key, fromPlain(value));
    return map;
  }
  return plain as string | number | boolean;
}

/** A double in decimal digits without an exponent, with as few digits as tell it apart (Go's format `f`). */
export function plainDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return Object.is(value, -0) ? '-0' : text;
  const [, sign = '', first = '', rest = '', exponent = ''] = match;
  const digits = first + rest;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, '0').slice(0, point) + (digits.length > point ? `.${digits.slice(point)}` : '');
}

/** Whether the byte goes on with a character of UTF-8 that began before it. */
export const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Bytes of a value that is like bytes: bytes, an id, or a text. */
export function likeBytes(value: Value): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (value instanceof Id) return value.bytes;
  const text = likeString(value);
  return text === undefined ? undefined : utf8Bytes(text);
}
