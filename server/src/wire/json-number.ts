/** Numbers as OTLP's JSON has them: 64-bit integers exactly, in quotes or bare. */
import {utf8} from '../base/index.ts';
import type {JsonReader} from './json-reader.ts';

/** The last integer, as two unsigned words (two's complement). */
export interface Words {
  low: number;
  high: number;
}

/**
 * Reads an integer of `min … max` into `words`: digits, in quotes or not; `1.0` and `1e3` too, as protobuf's mapping allows,
 * since some encoders write every number so. Throws MalformedError.
 */
export function readInteger(reader: JsonReader, words: Words, range: IntegerRange): void {
  const start = readNumberText(reader, range.name);
  const {bytes, from, to} = reader;
  if (to > from && to - from <= 20) {
    // Digits alone, the usual case: two words of 32 bits, no bigint.
    let low = 0;
    let high = 0;
    let at = from;
    for (; at < to; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      low = low * 10 + digit;
      high = high * 10 + Math.floor(low / 4294967296);
      low >>>= 0;
    }
    if (at === to && high <= range.maxHigh && (high !== 0 || low <= range.maxLow)) {
      words.low = low;
      words.high = high;
      return;
    }
  }
  const value = parseInteger(utf8(bytes, from, to - from));
  if (value === undefined || value < range.min || value > range.max) {
    reader.at = start;
    reader.expected(range.name);
  }
  words.low = Number(value & 0xffff_ffffn);
  words.high = Number((value >> 32n) & 0xffff_ffffn);
}

export interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
  /** The largest upper word, and the largest lower word where the upper one is 0. */
  readonly maxHigh: number;
  readonly maxLow: number;
  readonly name: string;
}
const max32 = 0xffff_ffff;
export const int32: IntegerRange = {
  min: -(2n ** 31n),
  max: 2n ** 31n - 1n,
  maxHigh: 0,
  maxLow: 0x7fff_ffff,
  name: 'a 32-bit integer',
};
export const uint32: IntegerRange = {
  min: 0n,
  max: 2n ** 32n - 1n,
  maxHigh: 0,
  maxLow: max32,
  name: 'an unsigned 32-bit integer',
};
export const int64: IntegerRange = {
  min: -(2n ** 63n),
  max: 2n ** 63n - 1n,
  maxHigh: 0x7fff_ffff,
  maxLow: max32,
  name: 'a 64-bit integer',
};
export const uint64: IntegerRange = {
  min: 0n,
  max: 2n ** 64n - 1n,
  maxHigh: max32,
  maxLow: max32,
  name: 'an unsigned 64-bit integer',
};

/** Reads a double: a number, its digits in quotes, or `"NaN"`, `"Infinity"`, `"-Infinity"`. Throws MalformedError. */
export function readDouble(reader: JsonReader): number {
  const start = readNumberText(reader, 'a number');
  const text = utf8(reader.bytes, reader.from, reader.to - reader.from);
  if (numberPattern.test(text)) {
    const value = Number(text);
    if (Number.isFinite(value)) return value;
  } else {
    const value = namedDoubles[text];
    if (value !== undefined) return value;
  }
  reader.at = start;
  return reader.expected('a double');
}

const numberPattern = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const namedDoubles: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** Reads a number or a string into `from … to` and returns where the token started. */
function readNumberText(reader: JsonReader, what: string): number {
  const byte = reader.peek();
  const start = reader.at;
  if (byte === 0x22) reader.string();
  else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) reader.number();
  else reader.expected(what);
  return start;
}

/** The integer that a decimal number is; undefined where it is none, or far out of range. */
function parseInteger(text: string): bigint | undefined {
  if (text.length > 400) return undefined;
  if (/^-?\d{1,20}$/.test(text)) return BigInt(text);
  if (!numberPattern.test(text)) return undefined;
  const [mantissa = '', exponentText = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = BigInt(whole + fraction);
  if (digits === 0n) return 0n;
  const exponent = Number(exponentText) - fraction.length;
  if (exponent >= 0) return exponent > 20 ? undefined : digits * 10n ** BigInt(exponent);
  if (exponent < -text.length) return undefined;
  const divisor = 10n ** BigInt(-exponent);
  return digits % divisor === 0n ? digits / divisor : undefined;
}
