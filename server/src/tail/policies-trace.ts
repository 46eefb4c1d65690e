/** Policies that look at the fields of spans, or at the trace as a whole. */
import {sameBytes, utf8Bytes} from '../base/index.ts';
import {conditional, type Policy} from './policy.ts';
import {compare, firstRow, spansOf} from './round.ts';

export const alwaysSample = (): Policy => conditional(() => true);

/** Longer than `overMs` from the first start to the last end, and with `upToMs` above 0 no longer than that. Whole milliseconds count. */
export function latency(overMs: number, upToMs: number): Policy {
  return conditional((round, trace) => {
    const {start, end} = round.batch.spans.columns;
    let first = round.rows[round.starts[trace] as number] as number;
    let last = first;
    for (let i = round.starts[trace] as number; i < (round.starts[trace + 1] as number); i++) {
      const row = round.rows[i] as number;
      if (compare(start.words, row, first) < 0) first = row;
      if (compare(end.words, row, last) > 0) last = row;
    }
    const high = (end.words[2 * last + 1] as number) - (start.words[2 * first + 1] as number);
    const nanos = high * 2 ** 32 + ((end.words[2 * last] as number) - (start.words[2 * first] as number));
    const ms = Math.trunc(nanos / 1e6);
    return ms > overMs && (upToMs === 0 || ms <= upToMs);
  });
}

/** `codes` are OTLP's: 0 unset, 1 ok, 2 error. */
export function statusCode(codes: readonly number[]): Policy {
  return conditional((round, trace) => {
    const {statusCode: status} = round.batch.spans.columns;
    return firstRow(round, trace, (row) => codes.includes(status.get(row))) >= 0;
  });
}

export function spanCount(min: number, max: number): Policy {
  return conditional((round, trace) => {
    const count = spansOf(round, trace);
    return count >= min && (max === 0 || count <= max);
  });
}

/** The flag `sampled` of W3C Trace Context on any span. */
export function traceFlags(): Policy {
  return conditional((round, trace) => {
    const {flags} = round.batch.spans.columns;
    return firstRow(round, trace, (row) => (flags.get(row) & 1) !== 0) >= 0;
  });
}

/** A member of the tracestate with one of these values. */
export function traceState(key: string, values: readonly string[]): Policy {
  // A member may have 256 characters, `=` included.
  const members = values
    .filter((value) => value !== '' && key.length + value.length < 256)
    .map((value) => utf8Bytes(`${key}=${value}`));
  return conditional((round, trace) => {
    const {batch} = round;
    const column = batch.spans.columns.traceState;
    const hasMember = (row: number): boolean => {
      const length = column.size(row);
      if (length === 0) return false;
      const start = column.start(row);
      return hasOneOf(batch.heap.bytes, start, start + length, members);
    };
    return firstRow(round, trace, hasMember) >= 0;
  });
}

const [comma, space, tab] = [0x2c, 0x20, 0x09];

function hasOneOf(bytes: Uint8Array, start: number, end: number, members: readonly Uint8Array[]): boolean {
  for (let from = start; from < end; ) {
    let to = from;
    while (to < end && bytes[to] !== comma) to++;
    const next = to + 1;
    while (from < to && (bytes[from] === space || bytes[from] === tab)) from++;
    while (to > from && (bytes[to - 1] === space || bytes[to - 1] === tab)) to--;
    for (const member of members) if (sameBytes(bytes, from, to - from, member, 0, member.length)) return true;
    from = next;
  }
  return false;
}
