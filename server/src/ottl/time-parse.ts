/** Times by formats of `strptime`, as the Collector has them: read and written. */
import {OttlError} from './faults.ts';
import {civil, formatOffset, nanosOf, pad} from './time-format.ts';
import {Time, utc, type Zone} from './value.ts';

/** Formats that stand for others. */
const composed: Readonly<Record<string, string>> = {
  D: '%m/%d/%Y',
  x: '%m/%d/%Y',
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  c: '%a %b %d %H:%M:%S %Y',
  v: '%e-%b-%Y',
};

interface Directive {
  /** The letter behind `%`; undefined for a text that stands for itself. */
  readonly letter?: string;
  readonly text: string;
}

const letters = 'YymoqbhBdegaAHIlpPMSLfszZijkwnt%';

/** The parts of a format; a text that says why it is none. */
export function directives(format: string): readonly Directive[] | string {
  const parts: Directive[] = [];
  for (let at = 0; at < format.length; at++) {
    if (format[at] !== '%') {
      parts.push({text: format[at] as string});
      continue;
    }
    const letter = format[++at];
    if (letter === undefined) return 'the format ends in a `%`';
    const longer = composed[letter];
    if (longer !== undefined) parts.push(...(directives(longer) as readonly Directive[]));
    else if (letter === 'n' || letter === 't' || letter === '%')
      parts.push({text: {n: '\n', t: '\t', '%': '%'}[letter]});
    else if (letters.includes(letter)) parts.push({letter, text: `%${letter}`});
    else return `the format has an unknown \`%${letter}\``;
  }
  return parts;
}

interface Names {
  readonly months: readonly string[];
  readonly shortMonths: readonly string[];
  readonly days: readonly string[];
  readonly shortDays: readonly string[];
  readonly am: readonly string[];
  readonly pm: readonly string[];
}

const known = new Map<string, Names | undefined>();

/** Names of months and days in a language (a BCP 47 tag); undefined where there is none of that tag. */
export function namesOf(locale: string): Names | undefined {
  if (known.has(locale)) return known.get(locale);
  let names: Names | undefined;
  try {
    if (Intl.DateTimeFormat.supportedLocalesOf(locale).length > 0) names = namesIn(locale);
  } catch {
    names = undefined;
  }
  known.set(locale, names);
  return names;
}

function namesIn(locale: string): Names {
  const list = (count: number, date: (index: number) => Date, options: Intl.DateTimeFormatOptions): string[] => {
    const type = Object.keys(options)[0] as 'month' | 'weekday';
    const format = new Intl.DateTimeFormat(locale, {
      ...options,
      timeZone: 'UTC',
      ...(type === 'month' ? {day: 'numeric'} : {}),
    });
    return Array.from({length: count}, (_, index) => {
      const parts = format.formatToParts(date(index));
      return (parts.find((part) => part.type === type)?.value ?? '').replace(/\.$/, '');
    });
  };
  const month = (index: number): Date => new Date(Date.UTC(2024, index, 1));
  const day = (index: number): Date => new Date(Date.UTC(2024, 8, 1 + index));
  const period = (hour: number): string => {
    const parts = new Intl.DateTimeFormat(locale, {hour: 'numeric', hour12: true, timeZone: 'UTC'}).formatToParts(
      new Date(Date.UTC(2024, 0, 1, hour)),
    );
    return parts.find((part) => part.type === 'dayPeriod')?.value ?? '';
  };
  return {
    months: list(12, month, {month: 'long'}),
    shortMonths: list(12, month, {month: 'short'}),
    days: list(7, day, {weekday: 'long'}),
    shortDays: list(7, day, {weekday: 'short'}),
    am: ['AM', 'am', 'a.m.', period(1)],
    pm: ['PM', 'pm', 'p.m.', period(13)],
  };
}

interface Fields {
  year?: number;
  month?: number;
  day?: number;
  hour?: number;
  minute?: number;
  second?: number;
  nanosecond?: number;
  isPm?: boolean;
  offset?: number;
  zone?: string;
}

/** Reads a moment. Without a zone in the text it is of `zone`; without a year, of this year (or the last, where that is nearer). */
export function parseTime(text: string, parts: readonly Directive[], zone: string, locale: string, now: number): Time {
  const names = namesOf(locale) as Names;
  const fields: Fields = {};
  let at = 0;
  const fail = (wanted: string): never => {
    throw new OttlError(
      `cannot read ${JSON.stringify(text)} as a time: expected ${wanted} at ${JSON.stringify(text.slice(at))}`,
    );
  };
  const number = (most: number, wanted: string, spaces = false): number => {
    const found = new RegExp(`${spaces ? ' ?' : ''}(\\d{1,${most}})`, 'y');
    found.lastIndex = at;
    const match = found.exec(text) ?? fail(wanted);
    at += match[0].length;
    return Number(match[1]);
  };
  const fraction = (digits: number): void => {
    const found = new RegExp(`\\d{1,${digits}}`, 'y');
    found.lastIndex = at;
    const match = found.exec(text) ?? fail('a fraction of a second');
    at += match[0].length;
    fields.nanosecond = Number(match[0].padEnd(digits, '0')) * 10 ** (9 - digits);
  };
  const name = (lists: readonly (readonly string[])[], wanted: string): number => {
    const rest = text.slice(at).toLowerCase();
    const found = lists
      .flatMap((list) => list.map((each, index) => ({each: each.toLowerCase(), index})))
      .filter(({each}) => each !== '' && rest.startsWith(each))
      .sort((a, b) => b.each.length - a.each.length)[0];
    if (found === undefined) return fail(wanted);
    at += found.each.length;
    if (text[at] === '.' && lists.length > 0 && found.each.length < 5) at++;
    return found.index;
  };
  const offset = (pattern: RegExp): void => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return fail('an offset of a zone');
    at += match[0].length;
    const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
    const total = match[0] === 'Z' ? 0 : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    fields.offset = sign === '-' ? -total : total;
  };
  for (const {letter, text: literal} of parts) {
    switch (letter) {
      case undefined:
        if (literal === ' ') {
          // As Go reads layouts: a space stands for any number of them.
          if (text[at] !== ' ') fail('a space');
          while (text[at] === ' ') at++;
        } else if (text[at] === literal) at++;
        else fail(JSON.stringify(literal));
        break;
      case 'Y':
        fields.year = number(4, 'a year');
        break;
      case 'y': {
        const year = number(2, 'a year');
        fields.year = year + (year >= 69 ? 1900 : 2000);
        break;
      }
      case 'm':
      case 'o':
      case 'q':
        fields.month = number(2, 'a month', letter === 'o');
        break;
      case 'b':
      case 'h':
      case 'B':
        fields.month = name([names.months, names.shortMonths], 'the name of a month') + 1;
        break;
      case 'd':
      case 'e':
      case 'g':
        fields.day = number(2, 'a day', letter !== 'd');
        break;
      case 'a':
      case 'A':
        name([names.days, names.shortDays], 'the name of a day');
        break;
      case 'H':
      case 'I':
      case 'l':
        fields.hour = number(2, 'an hour', letter === 'l');
        break;
      case 'p':
      case 'P':
        // The forenoon's names come first.
        fields.isPm = name([[...names.am, ...names.pm]], 'AM or PM') >= names.am.length;
        break;
      case 'M':
        fields.minute = number(2, 'a minute');
        break;
      case 'S':
        fields.second = number(2, 'a second');
        break;
      case 'L':
        fraction(3);
        break;
      case 'f':
        fraction(6);
        break;
      case 's':
        fraction(9);
        break;
      case 'z':
        offset(/Z|([+-])(\d{2}):?(\d{2})/y);
        break;
      case 'i':
        offset(/([+-])(\d{2})/y);
        break;
      case 'j':
        offset(/([+-])(\d{2}):(\d{2})/y);
        break;
      case 'k':
        offset(/([+-])(\d{2}):(\d{2}):(\d{2})/y);
        break;
      case 'w':
        offset(/([+-])(\d{2})(\d{2})(\d{2})/y);
        break;
      case 'Z': {
        const match = /^[A-Za-z]{2,5}/.exec(text.slice(at)) ?? fail('the abbreviation of a zone');
        at += match[0].length;
        fields.zone = match[0];
        break;
      }
    }
  }
  if (at < text.length) fail('the end');
  return moment(fields, zone, now, fail);
}

function moment(fields: Fields, zone: string, now: number, fail: (wanted: string) => never): Time {
  const {month = 1, day = 1, minute = 0, second = 0, nanosecond = 0} = fields;
  let {hour = 0} = fields;
  if (fields.isPm !== undefined) hour = (hour % 12) + (fields.isPm ? 12 : 0);
  const year = fields.year ?? 0;
  const days = new Date(Date.UTC(year === 0 ? 2024 : year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > days || hour > 23 || minute > 59 || second > 59)
    fail('a time that exists');
  const at = (of: number): Time => {
    const local = nanosOf(of, month, day, hour, minute, second, nanosecond);
    const its: Zone =
      fields.offset !== undefined
        ? {name: fields.zone ?? formatOffset(fields.offset, ''), offsetSeconds: fields.offset}
        : fields.zone !== undefined
          ? abbreviated(fields.zone, local, fail)
          : zoneAt(zone, local);
    return new Time(local - BigInt(its.offsetSeconds) * 1_000_000_000n, its);
  };
  if (year !== 0) return at(year);
  const thisYear = new Date(now).getUTCFullYear();
  const guess = at(thisYear);
  return guess.nanos > BigInt(now + 7 * 86_400_000) * 1_000_000n ? at(thisYear - 1) : guess;
}

/** The zone of an abbreviation that the time zone database has as a name: EST, CET. Others could mean several, and are refused. */
function abbreviated(name: string, localNanos: bigint, fail: (wanted: string) => never): Zone {
  try {
    return {...zoneAt(name, localNanos), name};
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return fail(`a zone that the time zone database has, not ${name}`);
  }
}

/** The zone's offset at a civil time; throws RangeError where there is no such zone. */
export function zoneAt(zone: string, localNanos: bigint): Zone {
  if (zone === 'UTC' || zone === '') return utc;
  const local = Number(localNanos / 1_000_000n);
  const first = offsetAt(zone, local);
  const offset = offsetAt(zone, local - first * 1000);
  return {name: zone, offsetSeconds: offset};
}

/** Seconds that the zone is ahead of UTC at a moment. */
function offsetAt(zone: string, millis: number): number {
  const parts = new Intl.DateTimeFormat('en', {timeZone: zone, timeZoneName: 'longOffset'}).formatToParts(
    new Date(millis),
  );
  const text = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const match = /GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?/.exec(text);
  if (match === null) return 0;
  const total = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return match[1] === '-' ? -total : total;
}

/** The moment as a format says. */
export function formatTime(time: Time, parts: readonly Directive[]): string {
  const names = namesOf('en') as Names;
  const at = civil(time);
  const {offsetSeconds, name} = time.zone;
  const digits = (all: number): string => pad(at.nanosecond, 9).slice(0, all).replace(/0+$/, '');
  let written = '';
  for (const {letter, text} of parts) {
    // As in Go: without zeros at its end, and nothing at all, not even its point, where it is zero.
    if (letter === 'L' || letter === 'f' || letter === 's') {
      const fraction = digits({L: 3, f: 6, s: 9}[letter]);
      written = fraction === '' ? written.replace(/[.,]$/, '') : written + fraction;
    } else written += directive(letter, text);
  }
  return written;

  function directive(letter: string | undefined, text: string): string {
    switch (letter) {
      case undefined:
        return text;
      case 'Y':
        return pad(at.year, 4);
      case 'y':
        return pad(at.year % 100, 2);
      case 'm':
        return pad(at.month, 2);
      case 'o':
        return pad(at.month, 2, ' ');
      case 'q':
        return String(at.month);
      case 'b':
      case 'h':
        return (names.months[at.month - 1] as string).slice(0, 3);
      case 'B':
        return names.months[at.month - 1] as string;
      case 'd':
        return pad(at.day, 2);
      case 'e':
        return pad(at.day, 2, ' ');
      case 'g':
        return String(at.day);
      case 'a':
        return names.shortDays[at.weekday] as string;
      case 'A':
        return names.days[at.weekday] as string;
      case 'H':
        return pad(at.hour, 2);
      case 'I':
        return pad(at.hour % 12 || 12, 2);
      case 'l':
        return String(at.hour % 12 || 12);
      case 'p':
        return at.hour < 12 ? 'AM' : 'PM';
      case 'P':
        return at.hour < 12 ? 'am' : 'pm';
      case 'M':
        return pad(at.minute, 2);
      case 'S':
        return pad(at.second, 2);
      case 'z':
        return formatOffset(offsetSeconds, '');
      case 'Z':
        return name;
      case 'i':
        return formatOffset(offsetSeconds, '', 1);
      case 'j':
        return formatOffset(offsetSeconds, ':');
      case 'k':
        return formatOffset(offsetSeconds, ':', 3);
      case 'w':
        return formatOffset(offsetSeconds, '', 3);
      default:
        return text;
    }
  }
}
