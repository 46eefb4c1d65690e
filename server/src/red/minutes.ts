/** Rates are kept by the minute: the windows that they can be asked for. */
import {type UnixNano, unixNano, unixNanoFromMillis} from '../base/index.ts';

const minute = 60_000_000_000n;

/** Minutes are counted up to 2106, where ClickHouse's `DateTime` ends; later times count in the last one. Seconds since 1970. */
export const latestMinute = Date.UTC(2106, 0, 1) / 1000;

/** The range widened to whole minutes, but not beyond now (milliseconds). */
export function wholeMinutes(start: bigint, end: bigint, now: number): {start: UnixNano; end: UnixNano} {
  const nanos = unixNanoFromMillis(now);
  const whole = ((end + minute - 1n) / minute) * minute;
  return {start: unixNano((start / minute) * minute), end: unixNano(whole > nanos && end <= nanos ? nanos : whole)};
}

/** Equal stretches of whole minutes: point `i` covers `stepSeconds` from `start` + `i` × `stepSeconds` on. */
export interface PointTimes {
  readonly start: UnixNano;
  readonly stepSeconds: number;
  readonly count: number;
}

/** At most `points` of them over the range, which begins with a minute. */
export function pointTimes({start, end}: {start: UnixNano; end: UnixNano}, points: number): PointTimes {
  const minutes = Number((end - start + minute - 1n) / minute);
  const step = Math.max(1, Math.ceil(minutes / points));
  return {start, stepSeconds: 60 * step, count: Math.ceil(minutes / step)};
}
