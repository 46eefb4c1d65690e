/** Goes through the traces of `ExtentRows` as `extents` in `read-extents.ts` has ClickHouse do it: the same traces, the same values. */
import {arrivingNanos, type TraceConditions} from '../query/index.ts';
import {durationOf, type ExtentRows, type Halves, halvesOf, rowFlag} from './extent-rows.ts';
import {type ExtentValue, rowsOfStretch} from './extent-stretches.ts';

export interface ScanRange {
  /** Rows that ended before it are not looked at. */
  readonly from: bigint;
  /** Nor rows of later buckets. */
  readonly lastBucket: number;
  /** Whether one of its rows makes a trace fit; undefined where every trace does. */
  readonly fits: ((row: number) => boolean) | undefined;
  /** First rows of traces that fit whatever their rows say. */
  readonly also: ReadonlySet<number> | undefined;
  readonly conditions: TraceConditions | undefined;
  /** Nanoseconds since 1970. */
  readonly now: bigint;
}

/** Not all traces are wanted, but those that come first: others may be left out. */
export interface Wanted {
  /** The greatest comes first, of equal ones the latest. */
  readonly value: ExtentValue;
  /** Whether a trace with at most this value, and that began at most at this upper half of a time, comes too late. */
  isPast(value: number, startHigh: number): boolean;
}

/** A trace as a whole, of the rows that were looked at; one object for all. */
export interface ScannedTrace {
  /** Its first row. */
  row: number;
  startHigh: number;
  startLow: number;
  endHigh: number;
  endLow: number;
  /** Of `durationOf`. */
  duration: number;
  spans: number;
  errors: number;
  failed: boolean;
  /** No root, and its latest span ended about now. */
  arriving: boolean;
}

/** Calls `visit` for every trace that fits. */
export function scanExtents(
  rows: ExtentRows,
  {from, lastBucket, fits, also, conditions = {}, now}: ScanRange,
  visit: (trace: ScannedTrace) => void,
  wanted?: Wanted,
): void {
  const {bucket, startHigh, startLow, endHigh, endLow, spans, errors, flags, next} = rows;
  const bound = halvesOf(from < 0n ? 0n : from);
  const passes = traceTest(conditions);
  const arrivalFrom = halvesOf(max(now - arrivingNanos + 1n, 0n));
  const arrivalTo = halvesOf(now + arrivingNanos - 1n);
  const trace = {
    ...{row: 0, startHigh: 0, startLow: 0, endHigh: 0, endLow: 0},
    ...{duration: 0, spans: 0, errors: 0, failed: false, arriving: false},
  };
  const isOutside = (row: number): boolean => {
    const high = endHigh[row] as number;
    return (
      high < bound.high ||
      (high === bound.high && (endLow[row] as number) < bound.low) ||
      (bucket[row] as number) > lastBucket
    );
  };
  const take = (row: number): void => {
    trace.startHigh = startHigh[row] as number;
    trace.startLow = startLow[row] as number;
    trace.endHigh = endHigh[row] as number;
    trace.endLow = endLow[row] as number;
    trace.spans = spans[row] as number;
    trace.errors = errors[row] as number;
  };
  const finish = (first: number, root: number, headFailed: number): void => {
    trace.row = first;
    trace.duration = durationOf(trace.endHigh, trace.endLow, trace.startHigh, trace.startLow);
    trace.failed = root === 2 || (root === 0 && headFailed !== 0);
    trace.arriving = root === 0 && isBetween(trace.endHigh, trace.endLow, arrivalFrom, arrivalTo);
    if (passes(trace)) visit(trace);
  };
  const isFit = (row: number): boolean => fits === undefined || fits(row);
  /** A trace of several rows, of those that are in the range. */
  const visitJoined = (first: number): void => {
    let isFirst = true;
    let fit = also?.has(first) === true;
    let [root, headFailed] = [0, 0];
    for (let row = first; row >= 0; row = (next[row] as number) - 1) {
      if (isOutside(row)) continue;
      if (!fit && isFit(row)) fit = true;
      const flag = flags[row] as number;
      root = Math.max(root, flag & rowFlag.root);
      if (isFirst) {
        take(row);
        headFailed = flag & rowFlag.headFailed;
        isFirst = false;
        continue;
      }
      const order = (startHigh[row] as number) - trace.startHigh || (startLow[row] as number) - trace.startLow;
      if (order < 0) {
        trace.startHigh = startHigh[row] as number;
        trace.startLow = startLow[row] as number;
        headFailed = flag & rowFlag.headFailed;
      } else if (order === 0) headFailed &= flag;
      const [high, low] = [endHigh[row] as number, endLow[row] as number];
      if ((high - trace.endHigh || low - trace.endLow) > 0) {
        trace.endHigh = high;
        trace.endLow = low;
      }
      trace.spans += spans[row] as number;
      trace.errors += errors[row] as number;
    }
    if (!isFirst && fit) finish(first, root, headFailed);
  };

  const {stretches} = rows;
  const inRange: number[] = [];
  for (let stretch = 0; stretch * rowsOfStretch < rows.count; stretch++) {
    if (stretches.endsFrom(stretch, bound.high) && stretches.hasBuckets(stretch, 0, lastBucket)) inRange.push(stretch);
  }
  if (wanted !== undefined) stretches.byMost(inRange, wanted.value);
  for (const stretch of inRange) {
    if (wanted?.isPast(stretches.most[wanted.value][stretch] as number, stretches.startHigh[stretch] as number)) return;
    const to = Math.min(rows.count, (stretch + 1) * rowsOfStretch);
    for (let row = stretch * rowsOfStretch; row < to; row++) {
      const flag = flags[row] as number;
      if ((flag & rowFlag.first) === 0) continue;
      if (next[row] !== 0) {
        visitJoined(row);
        continue;
      }
      if (isOutside(row) || (!isFit(row) && also?.has(row) !== true)) continue;
      take(row);
      finish(row, flag & rowFlag.root, flag & rowFlag.headFailed);
    }
  }
}

/** As `traceConditions` in `read-extents.ts`. */
function traceTest({
  minDurationNano,
  maxDurationNano,
  minSpans = 0,
  outcomes = [],
}: TraceConditions): (trace: ScannedTrace) => boolean {
  const isTimed = minDurationNano !== undefined || maxDurationNano !== undefined;
  const least = minDurationNano === undefined ? Number.NEGATIVE_INFINITY : Number(minDurationNano);
  const most = maxDurationNano === undefined ? Number.POSITIVE_INFINITY : Number(maxDurationNano);
  const [failed, healed, clean] = (['failed', 'healed', 'clean'] as const).map((one) => outcomes.includes(one));
  return (trace) => {
    const {duration} = trace;
    if (duration < least || duration > most || trace.spans < minSpans) return false;
    if (isTimed && duration > Number.MAX_SAFE_INTEGER) {
      const exact = exactDuration(trace);
      if (exact < (minDurationNano ?? exact) || exact > (maxDurationNano ?? exact)) return false;
    }
    if (outcomes.length === 0) return true;
    if (trace.arriving) return false;
    return (trace.failed ? failed : trace.errors > 0 ? healed : clean) === true;
  };
}

type Extent = Pick<ScannedTrace, 'startHigh' | 'startLow' | 'endHigh' | 'endLow'>;
export const exactStart = ({startHigh, startLow}: Extent): bigint => (BigInt(startHigh) << 32n) | BigInt(startLow);
/** In nanoseconds. */
export const exactDuration = (trace: Extent): bigint =>
  BigInt.asIntN(64, ((BigInt(trace.endHigh) << 32n) | BigInt(trace.endLow)) - exactStart(trace));

const isBetween = (high: number, low: number, from: Halves, to: Halves): boolean =>
  (high > from.high || (high === from.high && low >= from.low)) &&
  (high < to.high || (high === to.high && low <= to.low));

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
