/**
 * Thresholds and randomness of OpenTelemetry's consistent probability sampling ("TraceState: Probability Sampling"): 56 bits
 * each, as two halves of 28 bits, because a double holds 53. An item is kept where its randomness is at least the threshold.
 */
import type {Lent, SpanBatch} from '../model/index.ts';
import {readTraceState, TraceState} from './trace-state.ts';

export interface Bits56 {
  readonly high: number;
  readonly low: number;
}

const half = 2 ** 28;
const whole = 2 ** 56;
const hexDigits = 14;

export const keepAll: Bits56 = {high: 0, low: 0};
/** Above every randomness. */
export const keepNone: Bits56 = {high: half, low: 0};
/** The randomness that every threshold but `keepNone` keeps. */
export const keptAlways: Bits56 = {high: half - 1, low: half - 1};
/** The smallest probability that a threshold expresses. */
export const minProbability = 1 / whole;

export const isBelow = (a: Bits56, b: Bits56): boolean => a.high < b.high || (a.high === b.high && a.low < b.low);

/** The share of items that a threshold keeps. Added up from what is kept, so that a tiny share is exact. */
export const thresholdProbability56 = ({high, low}: Bits56): number => ((half - high) * half - low) / whole;

/**
 * The threshold of a probability, with at most `precision` significant hexadecimal digits: leading zeros, or `f`s, do not count.
 * `keepNone` where the probability is too small to be expressed.
 */
export function probabilityThreshold(probability: number, precision = hexDigits): Bits56 {
  if (!(probability >= minProbability)) return keepNone;
  if (probability >= 1) return keepAll;
  const digits = Math.min(hexDigits, precision + Math.max(leadingDigits(probability), leadingDigits(1 - probability)));
  let bits = BigInt(whole) - BigInt(Math.round(probability * whole));
  const shift = BigInt(4 * (hexDigits - digits));
  if (shift > 0n) bits = ((bits + (1n << (shift - 1n))) >> shift) << shift;
  return {high: Number(bits >> 28n), low: Number(bits & BigInt(half - 1))};
}

/** How many hexadecimal digits of a fraction are zero before the first that is not. */
function leadingDigits(fraction: number): number {
  let digits = 0;
  for (let rest = fraction; rest > 0 && rest < 1 / 16; rest *= 16) digits++;
  return digits;
}

/** As `th` writes it: no trailing zeros, and `0` for all. */
export function thresholdText({high, low}: Bits56): string {
  return `${hex28(high)}${hex28(low)}`.replace(/0+$/, '') || '0';
}

/** As `rv` writes it: 14 digits. */
export const randomnessText = ({high, low}: Bits56): string => `${hex28(high)}${hex28(low)}`;

const hex28 = (value: number): string => value.toString(16).padStart(7, '0');

/** The last 56 bits of a trace id whose first byte is at `at`. */
export function traceIdRandomness(bytes: Uint8Array, at: number): Bits56 {
  const byte = (index: number): number => bytes[at + index] as number;
  return {
    high: byte(9) * 2 ** 20 + (byte(10) << 12) + (byte(11) << 4) + (byte(12) >>> 4),
    low: (byte(12) & 15) * 2 ** 24 + (byte(13) << 16) + (byte(14) << 8) + byte(15),
  };
}

const scratch = new TraceState();

/** The probability with which a span was kept so far, as its tracestate says (`ot=th:`); 1 where it says nothing. */
export function spanProbability(batch: Lent<SpanBatch>, row: number): number {
  const {traceState} = batch.spans.columns;
  return traceStateProbability(batch.heap.bytes, traceState.start(row), traceState.size(row));
}

/** The same of the tracestate itself. */
export function traceStateProbability(bytes: Uint8Array, start: number, length: number): number {
  if (length === 0) return 1;
  readTraceState(bytes, start, length, scratch);
  return scratch.hasThreshold ? thresholdProbability56(scratch.threshold) : 1;
}
