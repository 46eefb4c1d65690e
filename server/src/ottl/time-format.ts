/** Moments as people write them. */
import type {Time} from './value.ts';

export interface CivilTime {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly yearDay: number;
}

/** The parts of a moment in its own zone. */
export function civil({nanos, zone}: Time): CivilTime {
  const shifted = nanos + BigInt(zone.offsetSeconds) * 1_000_000_000n;
  let millis = shifted / 1_000_000n;
  if (shifted < 0n && millis * 1_000_000n !== shifted) millis--;
  const date = new Date(Number(millis));
  const nanosecond = Number(((shifted % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
  const year = date.getUTCFullYear();
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanosecond,
    weekday: date.getUTCDay(),
    yearDay:
      Math.floor((Date.UTC(year, date.getUTCMonth(), date.getUTCDate()) - Date.UTC(year, 0, 1)) / 86_400_000) + 1,
  };
}

export const pad = (value: number, width: number, by = '0'): string =>
  (value < 0 ? '-' : '') + String(Math.abs(value)).padStart(width, by);

/** `+01:00`, with what stands between hours, minutes and seconds. */
export function formatOffset(seconds: number, separator: string, parts: 1 | 2 | 3 = 2): string {
  const total = Math.abs(seconds);
  const numbers = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60].slice(0, parts);
  return (seconds < 0 ? '-' : '+') + numbers.map((each) => pad(each, 2)).join(separator);
}

/** RFC 3339 with as many digits of the fraction as there are. */
export function formatRfc3339(time: Time): string {
  const {year, month, day, hour, minute, second, nanosecond} = civil(time);
  const fraction = nanosecond === 0 ? '' : `.${pad(nanosecond, 9).replace(/0+$/, '')}`;
  const zone = time.zone.offsetSeconds === 0 ? 'Z' : formatOffset(time.zone.offsetSeconds, ':');
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}${fraction}${zone}`;
}

/** Nanoseconds since 1970 of a civil time in UTC. */
export function nanosOf(
  year: number,
  month: number,
  day: number,
  hour = 0,
  minute = 0,
  second = 0,
  nanosecond = 0,
): bigint {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, 0);
  return BigInt(date.getTime()) * 1_000_000n + BigInt(nanosecond);
}
