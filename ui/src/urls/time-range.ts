/** A span of time, as chosen by a person and as asked of the API. */
import {msToNanos} from '../format/index.ts';
import {type RawQuery, type Reader, readerOf} from './query-string.ts';

export const spansOfTime = ['5m', '15m', '1h', '3h', '12h', '1d', '2d', '7d'] as const;
export type Last = (typeof spansOfTime)[number];
export const defaultLast: Last = '1h';

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
  const last = from.oneOf('last', spansOfTime);
  if (start !== undefined && end !== undefined && start < end) {
    return {start: new Date(start).toISOString(), end: new Date(end).toISOString()};
  }
  // One without the other, or one that is after the other, is no time.
  from.refuse('start');
  from.refuse('end');
  return last === undefined || last === defaultLast ? {} : {last};
}

function readMoment(text: string): number | undefined {
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? undefined : moment;
}

const sizes = {m: 60_000, h: 3_600_000, d: 86_400_000} as const;

export function lastToMs(last: Last): number {
  return Number.parseInt(last, 10) * sizes[last.at(-1) as keyof typeof sizes];
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
