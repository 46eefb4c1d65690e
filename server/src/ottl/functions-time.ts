/** Converters of times and durations. */
import {OttlError} from './faults.ts';
import {ArgumentFault, converter, type FunctionDefinition, may, needs} from './function.ts';
import {type CivilTime, civil} from './time-format.ts';
import {directives, formatTime, namesOf, parseTime, zoneAt} from './time-parse.ts';
import {Duration, Time} from './value.ts';

const part = (name: string, field: keyof CivilTime, what: string): FunctionDefinition =>
  converter(
    name,
    `${what} of a time, in its zone.`,
    {time: needs('time')},
    ({time}) =>
      (frame) =>
        BigInt(civil(time.get(frame))[field]),
  );

const unix = (name: string, nanos: bigint, what: string): FunctionDefinition =>
  converter(
    name,
    `A time as ${what} since 1970.`,
    {time: needs('time')},
    ({time}) =>
      (frame) =>
        floor(time.get(frame).nanos, nanos),
  );

const whole = (name: string, nanos: bigint, what: string): FunctionDefinition =>
  converter(
    name,
    `A duration as whole ${what}.`,
    {duration: needs('duration')},
    ({duration}) =>
      (frame) =>
        duration.get(frame).nanos / nanos,
  );

const broken = (name: string, nanos: number, what: string): FunctionDefinition =>
  converter(
    name,
    `A duration as ${what}, a double.`,
    {duration: needs('duration')},
    ({duration}) =>
      (frame) =>
        Number(duration.get(frame).nanos) / nanos,
  );

/** Towards the past, as Go's Unix has it. */
const floor = (value: bigint, unit: bigint): bigint =>
  value < 0n && value % unit !== 0n ? value / unit - 1n : value / unit;

const units: Readonly<Record<string, number>> = {ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9};

/** As Go's ParseDuration: `-1.5h`, `10m3s`; undefined where the text is none. */
function parseGoDuration(text: string): Duration | undefined {
  const match = /^([+-]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (match === null) return undefined;
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit] of (match[2] as string).matchAll(
    /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g,
  )) {
    const size = units[unit as string] as number;
    nanos += BigInt(whole || '0') * BigInt(size);
    if (fraction !== '') nanos += BigInt(Math.trunc(Number(`0.${fraction}`) * size));
  }
  if (nanos >= 2n ** 63n) return undefined;
  return new Duration(match[1] === '-' ? -nanos : nanos);
}

/** Nanoseconds from Go's zero time (the year 1) to 1970: what Truncate counts from. */
const zeroTime = 62_135_596_800n * 1_000_000_000n;

function format(parameter: string, text: string) {
  const parts = directives(text);
  if (typeof parts === 'string') throw new ArgumentFault(parameter, parts);
  return parts;
}

export const timeConverters: readonly FunctionDefinition[] = [
  part('Year', 'year', 'The year'),
  part('Month', 'month', 'The month, from 1,'),
  part('Day', 'day', 'The day of the month'),
  part('Hour', 'hour', 'The hour'),
  part('Minute', 'minute', 'The minute'),
  part('Second', 'second', 'The second'),
  part('Nanosecond', 'nanosecond', 'The nanosecond in the second'),
  part('Weekday', 'weekday', 'The day of the week, 0 for Sunday,'),
  unix('UnixNano', 1n, 'nanoseconds'),
  unix('UnixMicro', 1_000n, 'microseconds'),
  unix('UnixMilli', 1_000_000n, 'milliseconds'),
  unix('UnixSeconds', 1_000_000_000n, 'seconds'),
  whole('Nanoseconds', 1n, 'nanoseconds'),
  whole('Microseconds', 1_000n, 'microseconds'),
  whole('Milliseconds', 1_000_000n, 'milliseconds'),
  broken('Seconds', 1e9, 'seconds'),
  broken('Minutes', 60e9, 'minutes'),
  broken('Hours', 3600e9, 'hours'),
  converter('Now', 'The present time.', {}, () => () => new Time(BigInt(Date.now()) * 1_000_000n), {varies: true}),
  converter(
    'Duration',
    'A duration from its text: `1.5s`, `10m`.',
    {duration: needs('string')},
    ({duration}) =>
      (frame) => {
        const text = duration.get(frame);
        const parsed = parseGoDuration(text);
        if (parsed === undefined) throw new OttlError(`${JSON.stringify(text)} is no duration`);
        return parsed;
      },
  ),
  converter(
    'Unix',
    'A time from seconds, and nanoseconds, since 1970.',
    {seconds: needs('int'), nanoseconds: may('int')},
    ({seconds, nanoseconds}) =>
      (frame) =>
        new Time(seconds.get(frame) * 1_000_000_000n + (nanoseconds?.get(frame) ?? 0n)),
  ),
  converter(
    'TruncateTime',
    'A time rounded down to a multiple of a duration.',
    {time: needs('time'), duration: needs('duration')},
    ({time, duration}) =>
      (frame) => {
        const at = time.get(frame);
        const {nanos} = duration.get(frame);
        return nanos <= 0n ? at : new Time(at.nanos - ((at.nanos + zeroTime) % nanos), at.zone);
      },
  ),
  converter(
    'Time',
    'A time from its text by a format of `strptime`; UTC, unless the text or `location` says otherwise.',
    {
      target: needs('string'),
      format: needs('literal string'),
      location: may('literal string'),
      locale: may('literal string'),
    },
    ({target, format: text, location = '', locale = 'en'}) => {
      if (text === '') throw new ArgumentFault('format', 'expected a format, found an empty text');
      const parts = format('format', text);
      try {
        zoneAt(location, 0n);
      } catch {
        throw new ArgumentFault('location', `there is no time zone ${JSON.stringify(location)}`);
      }
      if (namesOf(locale) === undefined)
        throw new ArgumentFault('locale', `there is no language ${JSON.stringify(locale)}`);
      return (frame) => parseTime(target.get(frame), parts, location, locale, Date.now());
    },
    {varies: true},
  ),
  converter(
    'FormatTime',
    'A time as a format of `strptime` says.',
    {time: needs('time'), format: needs('literal string')},
    ({time, format: text}) => {
      if (text === '') throw new ArgumentFault('format', 'expected a format, found an empty text');
      const parts = format('format', text);
      return (frame) => formatTime(time.get(frame), parts);
    },
  ),
];
