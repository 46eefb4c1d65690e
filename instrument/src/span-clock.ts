import type {HrTime} from '@opentelemetry/api';

/** Where spans take their time from: unix time with the resolution of the monotonic clock, in one reading of it. */
export type SpanClock = {
  /** The milliseconds to add to `monotonic` (a value of `performance.now()`) for unix time. */
  offsetAt(monotonic: number): number;
};

const checkMillis = 1_000;
const toleranceMillis = 1;

/**
 * The offset stays the same until the two clocks have come apart (the wall clock was set, the machine slept), which is
 * looked at once a second. Spans of a process are therefore in order to the microsecond, where whole milliseconds of
 * the wall clock would let a child start before its parent.
 */
export function createSpanClock(
  monotonicNow: () => number = () => performance.now(),
  wallNow: () => number = () => Date.now(),
  offset: number = performance.timeOrigin,
): SpanClock {
  let current = offset;
  let checkAt = Number.NEGATIVE_INFINITY;
  return {
    offsetAt(monotonic) {
      if (monotonic < checkAt) return current;
      const now = monotonicNow();
      checkAt = now + checkMillis;
      const ahead = current + now - wallNow(); // Between 0 and 1 when they agree: the wall clock shows whole milliseconds.
      if (ahead < -toleranceMillis || ahead > 1 + toleranceMillis) current -= ahead - 0.5;
      return current;
    },
  };
}

/** Unix time as OpenTelemetry has it. The two parts are added apart: their sum in one number would lose nanoseconds. */
export function hrTimeOf(offset: number, monotonic: number): HrTime {
  const seconds = Math.floor(offset / 1_000);
  const nanos = Math.round((offset - seconds * 1_000 + monotonic) * 1e6);
  const carry = Math.floor(nanos / 1e9);
  return [seconds + carry, nanos - carry * 1e9];
}
