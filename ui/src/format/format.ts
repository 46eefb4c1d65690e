/** Every number, duration and moment on the page in one language: made once a language, by Intl. */
import {type DecimalWriter, durationTicks, formatDuration} from './duration.ts';
import {nanosToMs, relativeParts} from './time.ts';

export type Format = ReturnType<typeof createFormat>;

/** `locale` as in `en`, `zh-Hant`, `zh-Hans`; `timeZone` defaults to the reader's own. */
export function createFormat(locale: string, timeZone?: string) {
  const decimals = new Map<number, Intl.NumberFormat>();
  const decimal: DecimalWriter = (value, digits) => {
    let writer = decimals.get(digits);
    if (writer === undefined) {
      writer = new Intl.NumberFormat(locale, {minimumFractionDigits: digits, maximumFractionDigits: digits});
      decimals.set(digits, writer);
    }
    return writer.format(value);
  };
  const zone = timeZone === undefined ? {} : {timeZone};
  const moment = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(locale, {...zone, hourCycle: 'h23', ...options});
  const clock = {hour: '2-digit', minute: '2-digit', second: '2-digit'} as const;
  const clockSeconds = moment(clock);
  const clockMillis = moment({...clock, fractionalSecondDigits: 3});
  const hourMinute = moment({hour: '2-digit', minute: '2-digit'});
  const monthDay = moment({month: 'short', day: 'numeric'});
  const dayClock = moment({month: 'short', day: 'numeric', ...clock});
  const dated = moment({year: 'numeric', month: 'short', day: 'numeric', ...clock, fractionalSecondDigits: 3});
  const offset = moment({hour: '2-digit', timeZoneName: 'shortOffset'});
  // By itself, Intl puts the distance from UTC in brackets in one Chinese and before the time of day in the other.
  const full = (milliseconds: number): string => {
    const zone = offset.formatToParts(milliseconds).find((part) => part.type === 'timeZoneName');
    return `${dated.format(milliseconds)} ${zone?.value}`;
  };
  const relative = new Intl.RelativeTimeFormat(locale, {style: 'narrow', numeric: 'always'});
  const compact = new Intl.NumberFormat(locale, {notation: 'compact', maximumSignificantDigits: 3});
  const dayOf = moment({year: 'numeric', month: 'numeric', day: 'numeric'});

  return {
    locale,
    /** 12,345 */
    count: (value: number): string => decimal(value, 0),
    /** 12.3K */
    compact: (value: number): string => compact.format(value),
    decimal,
    duration: (nanoseconds: number): string => formatDuration(nanoseconds, decimal),
    durationTicks: (from: number, to: number, count: number) => durationTicks(from, to, count, decimal),
    /** Two figures at least, never `0 %` for something or `100 %` for not all: 0.02 %, 3.4 %, 99.9 %. */
    percent: (share: number): string => `${percentText(share, decimal)} %`,
    /** From events a second: `12.3/s`, `4.5/min`, `2.0/h`, so that what is rare is no row of zeros. */
    rate: (perSecond: number): string => rateText(perSecond, decimal),
    bytes: (value: number): string => bytesText(value, decimal),
    /** Time of day; with the day when it is not today's. */
    time: (milliseconds: number, now = Date.now()): string =>
      (dayOf.format(milliseconds) === dayOf.format(now) ? clockSeconds : dayClock).format(milliseconds),
    /** A mark on a time axis whose marks stand `step` seconds apart. */
    tick: (milliseconds: number, step: number): string =>
      (step < 1 ? clockMillis : step < 60 ? clockSeconds : step < 86_400 ? hourMinute : monthDay).format(milliseconds),
    timeMillis: (milliseconds: number): string => clockMillis.format(milliseconds),
    /** With its day and its distance from UTC: what is read here may be compared with a clock elsewhere. */
    moment: full,
    momentOfNanos: (nanoseconds: string): string => full(nanosToMs(nanoseconds)),
    /** The rest of a time in milliseconds: `14:32`, from an hour on `2 h 5 min`; rounded up, so that it ends with `0:00`. */
    countdown: (milliseconds: number): string => {
      const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
      if (seconds >= 3600) return formatDuration(Math.ceil(seconds / 60) * 60e9, decimal);
      return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    },
    /** 12s ago; of a clock that is ahead, `in 12s`. */
    ago: (milliseconds: number, now: number): string => {
      const isAhead = milliseconds >= now + 1_000;
      const {count, unit} = isAhead ? relativeParts(now, milliseconds) : relativeParts(milliseconds, now);
      return relative.format(isAhead ? count : -count, unit);
    },
  };
}

function percentText(share: number, decimal: DecimalWriter): string {
  const value = share * 100;
  if (value === 0 || value === 100) return decimal(value, 0);
  if (value < 0.01) return `<${decimal(0.01, 2)}`;
  if (value > 99.9) return `>${decimal(99.9, 1)}`;
  return decimal(value, value < 0.995 ? 2 : value < 9.95 || value > 99 ? 1 : 0);
}

function rateText(perSecond: number, decimal: DecimalWriter): string {
  if (perSecond === 0) return `${decimal(0, 0)}/s`;
  const [value, unit] =
    perSecond >= 0.0995
      ? [perSecond, 's']
      : perSecond * 60 >= 0.0995
        ? [perSecond * 60, 'min']
        : [perSecond * 3600, 'h'];
  return `${decimal(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)}/${unit}`;
}

function bytesText(value: number, decimal: DecimalWriter): string {
  let size = value;
  let unit = 0;
  const names = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  while (size >= 999.5 && unit < names.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${decimal(size, unit === 0 || size >= 99.95 ? 0 : 1)} ${names[unit]}`;
}
