/** A span of time, as chosen by a person and as asked of the API. */
import {msToNanos} from '../format/index.ts';
import {type RawQuery, type Reader, readerOf} from './query-string.ts';

/** Offered by name; any other length can be written. */
export const spansOfTime = ['5m', '15m', '1h', '3h', '12h', '1d', '2d', '7d'] as const satisfies readonly Last[];
/** A length of time in the largest unit that it is a whole number of: one text for each. */
export type Last = `${number}${LastUnit}`;
export type LastUnit = keyof typeof sizes;
export const defaultLast: Last = '1h';

const sizes = {s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000} as const;
const written: Readonly<Record<string, number>> = {...sizes, sec: sizes.s, min: sizes.m, w: 7 * sizes.d};
/** Ten years: nothing is kept for longer. */
const longest = 3650 * sizes.d;

/** Reads `45m`, `90 min`, `1h30m`, `2d`, `1w`. Undefined for what is no length of whole seconds from one of them to ten years. */
export function readLast(text: string): Last | undefined {
  const bare = text.trim().toLowerCase();
  if (!/^(?:\d{1,9}\s*(?:s|sec|m|min|h|d|w)\s*)+$/.test(bare)) return undefined;
  let length = 0;
  for (const [, count, unit] of bare.matchAll(/(\d+)\s*([a-z]+)/g)) length += Number(count) * written[unit!]!;
  if (length < sizes.s || length > longest) return undefined;
  const [unit, size] = (Object.entries(sizes) as [LastUnit, number][]).findLast(([, each]) => length % each === 0)!;
  return `${length / size}${unit}`;
}

export const splitLast = (last: Last): {readonly count: number; readonly unit: LastUnit} => ({
  count: Number.parseInt(last, 10),
  unit: last.at(-1) as LastUnit,
});

/** `last`, or `start` and `end` (ISO moments); neither is `defaultLast`. */
export interface RangeUrl {
  readonly last?: Last | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

export function readRange(query: RawQuery | Reader): RangeUrl {
  const from = readerOf(query);
  const start = from.parsed('start', readMoment);
  const end = from.parsed('end', readMoment);
  const last = from.parsed('last', readLast);
  if (start !== undefined && end !== undefined && start < end) {
    return {start: new Date(start).toISOString(), end: new Date(end).toISOString()};
  }
  // One without the other, or one that is after the other, is no time.
  from.refuse('start');
  from.refuse('end');
  return last === undefined || last === defaultLast ? {} : {last};
}

/** ISO 8601, with a day that its month has: `Date` takes 30 February for 2 March, and a bare number for a year or a month. */
function readMoment(text: string): number | undefined {
  const [day] = /^\d{4}-\d\d-\d\d(?![^T ])/.exec(text) ?? [];
  const midnight = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day!)) return undefined;
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? undefined : moment;
}

export function lastToMs(last: Last): number {
  const {count, unit} = splitLast(last);
  return count * sizes[unit];
}

/** Milliseconds since 1970. A relative range ends at `now`. */
export function rangeInMs(range: RangeUrl, now: number): {readonly from: number; readonly to: number} {
  if (range.start !== undefined && range.end !== undefined)
    return {from: Date.parse(range.start), to: Date.parse(range.end)};
  return {from: now - lastToMs(range.last ?? defaultLast), to: now};
}

export function rangeInNanos(range: RangeUrl, now: number): {start: string; end: string} {
  const {from, to} = rangeInMs(range, now);
  return {start: msToNanos(from), end: msToNanos(to)};
}

/** Where to look for the like of a moment (milliseconds since 1970): the last hour for what is of it, else half an hour around. */
export function rangeAround(moment: number, now = Date.now()): RangeUrl {
  const half = 30 * 60_000;
  return now - moment < 2 * half ? {} : absoluteRange(moment - half, moment + half);
}

export const isAbsolute = (range: RangeUrl): boolean => range.start !== undefined;

export function absoluteRange(from: number, to: number): RangeUrl {
  const start = Math.floor(from);
  return {
    start: new Date(start).toISOString(),
    end: new Date(Math.max(start + 1, Math.ceil(to))).toISOString(),
    last: undefined,
  };
}
