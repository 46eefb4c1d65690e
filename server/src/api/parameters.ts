/**
 * Query parameters of Weft's own API: declared once in a route's table, read with the right types, documented from the same
 * table. A failure names the parameter that is wrong and what was expected.
 */
import {parseDuration, type UnixNano, unixNano} from '../base/index.ts';
import {ApiFailure, allOf, shorten} from './errors.ts';
import type {Phrase, PhraseName} from './failure-texts.ts';

/** Every value of every key, in the order sent. */
export type Query = Readonly<Record<string, readonly string[]>>;

/** Of an address or a form, every value of every key: parameters may be repeated. */
export function parseQuery(text: string): Record<string, string[]> {
  const query: Record<string, string[]> = Object.create(null);
  for (const [key, value] of new URLSearchParams(text)) (query[key] ??= []).push(value);
  return query;
}

/** The first value, as Go's `url.Values.Get`: empty where there is none. */
export const first = (query: Query, name: string): string => query[name]?.[0] ?? '';

export interface Parameter<T> {
  readonly description: string;
  /** The form of a value, to stand after "expected". */
  readonly expected: Phrase;
  readonly repeatable: boolean;
  readonly required: boolean;
  /** How the value used where none is given reads, for the documentation. */
  readonly default: string | undefined;
  /** Undefined where the text is not what is expected. Throws `ApiFailure` where it knows better what is wrong. */
  read(values: readonly string[], name: string): T | undefined;
  /** The value where the parameter is absent. */
  readonly absent: T | undefined;
}
export type Parameters = Readonly<Record<string, Parameter<unknown>>>;
// biome-ignore lint/suspicious/noExplicitAny: the type of an absent parameter is inferred from its declaration
export type Values<P extends Readonly<Record<string, Parameter<any>>>> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never;
};

/** Reads all parameters of a table. Throws `ApiFailure` for those that are wrong, missing or unknown. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function readParameters<P extends Readonly<Record<string, Parameter<any>>>>(table: P, query: Query): Values<P> {
  const known = Object.keys(table);
  const unknown = Object.keys(query).filter((name) => !Object.hasOwn(table, name));
  const [values] = allOf(
    () =>
      Object.fromEntries(
        allOf(
          ...known.map((name) => () => {
            const value = readParameter(name, table[name] as Parameter<unknown>, query[name] ?? []);
            return [name, value] as const;
          }),
        ),
      ),
    // A request may name any number of them.
    ...unknown.slice(0, maxUnknown).map((name) => () => {
      throw known.length === 0
        ? new ApiFailure('parameters_none', {parameter: name}, name)
        : new ApiFailure('parameter_unknown', {parameter: name, known: known.join(', ')}, name);
    }),
  );
  return values as Values<P>;
}
const maxUnknown = 5;

function readParameter(name: string, parameter: Parameter<unknown>, texts: readonly string[]): unknown {
  const given = parameter.repeatable ? texts : texts.filter((text) => text !== '');
  if (given.length === 0) {
    if (!parameter.required) return parameter.absent;
    throw new ApiFailure('parameter_missing', {parameter: name, expected: parameter.expected}, name);
  }
  if (given.length > 1 && !parameter.repeatable) {
    throw new ApiFailure('parameter_repeated', {parameter: name, times: given.length}, name);
  }
  const value = parameter.read(given, name);
  if (value !== undefined) return value;
  const shown = JSON.stringify(shorten(given.join(', ')));
  throw new ApiFailure('parameter_invalid', {parameter: name, given: shown, expected: parameter.expected}, name);
}

function one<T>(
  expected: Phrase,
  description: string,
  parse: (text: string) => T | undefined,
): Parameter<T | undefined> {
  return {
    description,
    expected,
    repeatable: false,
    required: false,
    default: undefined,
    read: (values) => parse(values[0] as string),
    absent: undefined,
  };
}

export const required = <T>(parameter: Parameter<T | undefined>): Parameter<T> =>
  ({...parameter, required: true}) as Parameter<T>;

export const withDefault = <T>(parameter: Parameter<T | undefined>, value: T, text = String(value)): Parameter<T> =>
  ({...parameter, default: text, absent: value}) as Parameter<T>;

export const text = (description: string): Parameter<string | undefined> =>
  one({phrase: 'text', values: {}}, description, (value) => value);

/** An empty parameter is as if it were not there, in every API of this kind: the empty text is written in quotes. */
export const unquotedEmpty = (value: string): string => (value === '""' ? '' : value);

export const oneOf = <T extends string>(options: readonly T[], description: string): Parameter<T | undefined> =>
  one({phrase: 'one_of', values: {options: options.join(', ')}}, description, (value) =>
    options.find((option) => option === value),
  );

export const integer = (minimum: number, maximum: number, description: string): Parameter<number | undefined> =>
  one({phrase: 'whole_number', values: {minimum, maximum}}, description, (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    return number >= minimum && number <= maximum ? number : undefined;
  });

/** Nanoseconds of `1.5s`, `200ms`, `1h30m`. */
export const duration = (description: string): Parameter<bigint | undefined> =>
  one({phrase: 'duration', values: {}}, description, parseDuration);

/** A moment: nanoseconds since 1970, or RFC 3339. */
export const moment = (description: string): Parameter<UnixNano | undefined> => ({
  ...one({phrase: 'moment', values: {}}, description, parseMoment),
  read([value], name) {
    const moment = parseMoment(value as string);
    if (moment !== undefined) checkUnit(moment, name);
    return moment;
  },
});

/** Units that others count moments in; Weft has no data of the days of 1970 that they would be as nanoseconds. */
const otherUnits: readonly {readonly unit: PhraseName; readonly nanos: bigint}[] = [
  {unit: 'unit_seconds', nanos: 1_000_000_000n},
  {unit: 'unit_milliseconds', nanos: 1_000_000n},
  {unit: 'unit_microseconds', nanos: 1000n},
];
/** From 2001 to 2106, in seconds. */
const [firstLikely, lastLikely] = [1_000_000_000n, 2n ** 32n];

/** Refuses the moments of 1970 that are likely ones of another unit: as nanoseconds they would ask for everything. */
function checkUnit(moment: UnixNano, parameter: string): void {
  for (const {unit, nanos} of otherUnits) {
    const meant = moment * nanos;
    if (meant < firstLikely * 1_000_000_000n || meant >= lastLikely * 1_000_000_000n) continue;
    const values = {
      parameter,
      given: `${moment}`,
      unit: {phrase: unit, values: {}},
      moment: new Date(Number(meant / 1_000_000n)).toISOString(),
      nanos: `${meant}`,
    };
    throw new ApiFailure('moment_unit', values, parameter);
  }
}

/** Any number of times; an empty one is as if it were not there. */
export const texts = (description: string): Parameter<readonly string[]> => ({
  description,
  expected: {phrase: 'text', values: {}},
  repeatable: true,
  required: false,
  default: undefined,
  read: (values) => values.filter((value) => value !== ''),
  absent: [],
});

/** Any number of times. */
export const severalOf = <T extends string>(options: readonly T[], description: string): Parameter<readonly T[]> => ({
  description,
  expected: {phrase: 'one_of', values: {options: options.join(', ')}},
  repeatable: true,
  required: false,
  default: undefined,
  read(values) {
    const found = values.flatMap((value) => options.find((option) => option === value) ?? []);
    return found.length === values.length ? found : undefined;
  },
  absent: [],
});

const latest = 2n ** 63n - 1n;

export function parseMoment(value: string): UnixNano | undefined {
  if (/^\d{1,19}$/.test(value)) {
    const nanos = BigInt(value);
    return nanos <= latest ? unixNano(nanos) : undefined;
  }
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/.exec(value);
  if (parts === null) return undefined;
  const [, seconds, fraction = '', zone] = parts;
  // A day that its month does not have is one of the next month to `Date`.
  const wall = new Date(`${seconds}Z`);
  if (Number.isNaN(wall.getTime()) || !wall.toISOString().startsWith(seconds as string)) return undefined;
  const millis = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(millis) || millis < 0) return undefined;
  const nanos = BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  return nanos <= latest ? unixNano(nanos) : undefined;
}
