/** The flags by which a command is told of a time, read alike by all of them. */
import {expectedSince, sinceNanos} from '../base/index.ts';
import {type Flag, UsageError, type Values} from './command.ts';

export const rangeFlags = {
  since: {value: 'TIME', default: '1h', help: 'What began in this time up to now, such as 15m or 24h'},
  start: {value: 'MOMENT', help: 'From here on, such as 2026-01-02T03:04:05Z, instead of --since'},
  end: {value: 'MOMENT', help: 'Up to here (default: now)'},
} as const satisfies Record<string, Flag>;

/** As the API takes it: `end` is left out where it is now. Throws `UsageError`. */
export function rangeOf(values: Values): {readonly start: string; readonly end?: string} {
  const [start, end] = [values.text('start'), values.text('end')];
  const until = end === undefined ? {} : {end};
  if (start !== undefined) return {start, ...until};
  const last = end === undefined ? Date.now() : Date.parse(end);
  if (Number.isNaN(last)) throw new UsageError(`--end ${end}: expected a moment such as 2026-01-02T03:04:05Z`);
  return {start: `${sinceOf(values, last)}`, ...until};
}

/** Nanoseconds since 1970. The flag has a value. */
export function sinceOf(values: Values, untilMillis: number): bigint {
  const since = values.text('since') as string;
  const start = sinceNanos(since, untilMillis);
  if (start === undefined) throw new UsageError(`--since: ${expectedSince(since)}`);
  return start;
}

/** Both ends as nanoseconds since 1970, for routes that need them. */
export function closedRangeOf(values: Values): {readonly start: string; readonly end: string} {
  return {end: `${BigInt(Date.now()) * 1_000_000n}`, ...rangeOf(values)};
}
