import type {SpanContext, TraceState} from '@opentelemetry/api';
import {emptyTraceState} from './trace-state.ts';

/**
 * Consistent probability sampling (OpenTelemetry specification, "TraceState: Probability Sampling"): every participant
 * compares the same 56 random bits of a trace with its own rejection threshold, and the lowest probability travels as
 * `ot=th:…` in tracestate, so that a span says how many it stands for.
 *
 * Thresholds are kept as hexadecimal digits without trailing zeros, exactly as `th` has them ('0' keeps everything);
 * text comparison is then numeric comparison.
 */
export type Threshold = string;

export const keepAll: Threshold = '0';

/** The threshold of a probability above 0: four significant digits beyond leading `f`s, as the specification advises. */
export function thresholdOf(probability: number): Threshold {
  if (probability >= 1) return keepAll;
  const digits = Math.min(12, 4 + Math.floor(-Math.log2(probability) / 4));
  const scale = 16 ** digits;
  const rejected = Math.min(scale - 1, Math.round((1 - probability) * scale));
  return trim(rejected.toString(16).padStart(digits, '0'));
}

/** The probability a threshold stands for: 1/p is what one sampled span counts for. */
export function probabilityOf(threshold: Threshold): number {
  return 1 - Number.parseInt(threshold.padEnd(12, '0').slice(0, 12), 16) / 16 ** 12;
}

/** The trace's randomness as 14 digits: `rv` where given, else the last 56 bits of the trace id. */
export function randomnessOf(traceId: string, state: OtState): string {
  return state.rv ?? traceId.slice(-14);
}

/** Whether a trace with this randomness is kept. */
export const keeps = (threshold: Threshold, randomness: string): boolean => randomness >= threshold;

/** The fields that Weft reads of the `ot` entry of tracestate; `rest` keeps the others as they came. */
export type OtState = {readonly th?: Threshold; readonly rv?: string; readonly rest: readonly string[]};

const nothing: OtState = {rest: []};

export function readOt(spanContext: SpanContext | undefined): OtState {
  const text = spanContext?.traceState?.get('ot');
  if (text === undefined) return nothing;
  const state: {th?: string; rv?: string; rest: string[]} = {rest: []};
  for (const field of text.split(';')) {
    const value = field.slice(3);
    if (field.startsWith('th:') && /^[0-9a-f]{1,14}$/.test(value)) state.th = trim(value);
    else if (field.startsWith('rv:') && /^[0-9a-f]{14}$/.test(value)) state.rv = value;
    else if (!field.startsWith('th:') && !field.startsWith('rv:') && field !== '') state.rest.push(field);
  }
  return state;
}

/** The parent's tracestate with `th` set, or removed when `undefined`; the same object when nothing changes. */
export function withThreshold(
  spanContext: SpanContext | undefined,
  state: OtState,
  th: Threshold | undefined,
): TraceState | undefined {
  const before = spanContext?.traceState;
  if (state.th === th) return before;
  const fields = [
    ...(th === undefined ? [] : [`th:${th}`]),
    ...(state.rv === undefined ? [] : [`rv:${state.rv}`]),
    ...state.rest,
  ];
  const base = before ?? emptyTraceState();
  return fields.length === 0 ? base.unset('ot') : base.set('ot', fields.join(';'));
}

const trim = (digits: string): string => digits.replace(/0+$/, '') || '0';
