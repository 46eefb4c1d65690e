/** Everything that the search page shows, as it stands in the address bar. Defaults are left out. */
import type {Parameters, SpanKindName, StatusName} from '../api/index.ts';
import {parseDuration, writeDuration} from '../format/index.ts';
import {type RawQuery, read} from './query-string.ts';
import {type RangeUrl, rangeInNanos, readRange} from './time-range.ts';

export const kinds = [
  'server',
  'client',
  'internal',
  'producer',
  'consumer',
  'unspecified',
] as const satisfies SpanKindName[];
export const statuses = ['error', 'ok', 'unset'] as const satisfies StatusName[];
export const limits = [20, 50, 100, 200, 500, 1500] as const;
export const defaultLimit = 100;
export const sorts = ['newest', 'longest', 'spans', 'errors'] as const;
export type Sort = (typeof sorts)[number];

/** The conditions that a trace must fit. */
export interface Conditions {
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  readonly kind?: SpanKindName | undefined;
  readonly status?: StatusName | undefined;
  /** Each `key=value`. */
  readonly attribute?: readonly string[] | undefined;
  /** Durations as a person writes them: `200ms`. */
  readonly min?: string | undefined;
  readonly max?: string | undefined;
}

export interface SearchUrl extends Conditions, RangeUrl {
  readonly limit?: number | undefined;
  readonly sort?: Sort | undefined;
  readonly live?: true | undefined;
}

export function readSearchUrl(query: RawQuery): SearchUrl {
  const limit = read.integer(query.limit, 1, 1500);
  const sort = read.oneOf(query.sort, sorts);
  return withoutUndefined({
    service: read.text(query.service),
    operation: read.text(query.operation),
    kind: read.oneOf(query.kind, kinds),
    status: read.oneOf(query.status, statuses),
    attribute: read.list(query.attribute, (one) => one.indexOf('=') > 0),
    min: read.text(query.min),
    max: read.text(query.max),
    ...readRange(query),
    limit: limit === defaultLimit ? undefined : limit,
    sort: sort === 'newest' ? undefined : sort,
    live: read.flag(query.live),
  });
}

/** The API's query for what the address bar says. A duration that cannot be read goes as it is, for the API to name the fault. */
export function searchParameters(url: SearchUrl, now: number): Parameters {
  return {
    ...conditionParameters(url),
    ...rangeInNanos(url, now),
    limit: url.limit ?? defaultLimit,
  };
}

function conditionParameters(url: Conditions): Parameters {
  return {
    service: url.service,
    operation: url.operation,
    kind: url.kind,
    status: url.status,
    attribute: url.attribute,
    minDuration: durationParameter(url.min),
    maxDuration: durationParameter(url.max),
  };
}

function durationParameter(text: string | undefined): string | undefined {
  const nanoseconds = text === undefined ? undefined : parseDuration(text);
  return nanoseconds === undefined ? text : writeDuration(nanoseconds);
}

/** The conditions in force, one entry for each that could be taken away by itself. */
export function listConditions(url: Conditions): Condition[] {
  const list: Condition[] = [];
  for (const key of ['service', 'operation', 'kind', 'status', 'min', 'max'] as const) {
    const value = url[key];
    if (value !== undefined) list.push({key, value, without: {...url, [key]: undefined}});
  }
  for (const value of url.attribute ?? []) {
    const rest = url.attribute?.filter((other) => other !== value) ?? [];
    list.push({key: 'attribute', value, without: {...url, attribute: rest.length > 0 ? rest : undefined}});
  }
  return list;
}

export interface Condition {
  readonly key: keyof Conditions;
  readonly value: string;
  readonly without: Conditions;
}

/** A trace id in any clothing: 16 or 32 hex digits, upper case, dashes, spaces around. Undefined when it is something else. */
export function readTraceId(text: string): string | undefined {
  const digits = text.trim().replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{32}$|^[0-9a-f]{16}$/.test(digits) && !/^0+$/.test(digits) ? digits.padStart(32, '0') : undefined;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
