/** Times of other protocols as the two words of nanoseconds, without a bigint for each. */
import type {U64Column} from '../model/index.ts';

const word = 2 ** 32;

/** A 64-bit integer in two's complement. */
export interface Words64 {
  /** Unsigned. */
  low: number;
  /** Unsigned too: its top bit is the sign. */
  high: number;
}

/** Multiplies microseconds in place to nanoseconds. False where the product leaves 0 … 2^63 - 1 (1970 to 2262). */
export function microsToNanos(value: Words64): boolean {
  const low = value.low * 1000;
  const high = value.high * 1000 + Math.floor(low / word);
  value.low = low >>> 0;
  value.high = high >>> 0;
  return high < 2 ** 31;
}

/** Sets `value` to `seconds * 1e9 + nanos`. False where it leaves 0 … 2^63 - 1. */
export function secondsToNanos(value: Words64, seconds: number, nanos: number): boolean {
  if (!(seconds >= 0 && seconds < 2 ** 34)) return false;
  const upper = Math.floor(seconds / 65536) * 1e9;
  const low = (upper % 65536) * 65536 + (seconds % 65536) * 1e9 + nanos;
  const high = Math.floor(upper / 65536) + Math.floor(low / word);
  value.low = low >>> 0;
  value.high = high >>> 0;
  return high >= 0 && high < 2 ** 31;
}

/** Writes a duration's nanoseconds behind a start: `end = start + duration`. False where the end leaves 0 … 2^63 - 1. */
export function setEnd(end: U64Column, row: number, start: Words64, duration: Words64): boolean {
  const low = start.low + duration.low;
  const high = start.high + duration.high + (low >= word ? 1 : 0);
  end.setPair(row, low >>> 0, high >>> 0);
  return high >>> 0 < 2 ** 31;
}

/** Microseconds between two rows of time, rounded to the nearest; negative where the second is the earlier one. */
export function microsBetween(from: bigint, to: bigint): bigint {
  const nanos = to - from;
  return nanos < 0n ? -((-nanos + 500n) / 1000n) : (nanos + 500n) / 1000n;
}

/** A whole number of nanoseconds, which may be negative, as words. */
export function setNanos(value: Words64, nanos: number): void {
  const high = Math.floor(nanos / word);
  value.low = nanos - high * word;
  value.high = high >>> 0;
}
