/** The search of Jaeger's own page, so that links written for it lead to the same here. */

import {type PageContext, readContext} from './context.ts';
import {type ExploreUrl, readExploreUrl} from './explore-url.ts';
import {type RawQuery, read} from './query-string.ts';
import {lastToMs, spansOfTime} from './time-range.ts';

/** `/search?service=&operation=&tags={"k":"v"}&minDuration=&maxDuration=&start=&end=&lookback=&limit=`, microseconds since 1970. */
export function readJaegerSearch(query: RawQuery): PageContext & ExploreUrl {
  const tags = [...readTags(read.text(query.tags)), ...readOlderTags(query.tag)];
  const status = tags.find(([key]) => key === 'error')?.[1] === 'true' ? 'error' : undefined;
  const lookback = read.text(query.lookback);
  const [start, end] = [query.start, query.end].map(readMicros);
  const ours = {
    service: query.service,
    operation: query.operation === 'all' ? undefined : query.operation,
    attribute: tags.filter(([key]) => key !== 'error').map(([key, value]) => `${key}=${value}`),
    status,
    min: query.minDuration,
    max: query.maxDuration,
    limit: query.limit,
    ...rangeOf(lookback, start, end),
  };
  return {...readContext(ours), ...withoutUndefined(readExploreUrl(ours))};
}

function readTags(text: string | undefined): (readonly [key: string, value: string])[] {
  if (text === undefined) return [];
  try {
    const tags: unknown = JSON.parse(text);
    return typeof tags === 'object' && tags !== null
      ? Object.entries(tags).map(([key, value]) => [key, String(value)] as const)
      : [];
  } catch {
    return []; // as if it were not there, like everything in an address that cannot be read
  }
}

/** `tag=error:true`, repeated: as Jaeger's page had it before `tags`. */
function readOlderTags(value: unknown): (readonly [key: string, value: string])[] {
  return (read.list(value, (one) => one.indexOf(':') > 0) ?? []).map((one) => {
    const at = one.indexOf(':');
    return [one.slice(0, at), one.slice(at + 1)] as const;
  });
}

/** Jaeger's page has more lengths than this one, and writes beside each when it began and ended. */
function rangeOf(lookback: string | undefined, start: string | undefined, end: string | undefined): object {
  if (lookback === undefined || lookback === 'custom') return {start, end};
  const hours = {m: 1 / 60, h: 1, d: 24, w: 168};
  const [, count, unit] = /^(\d{1,4})([mhdw])$/.exec(lookback) ?? [];
  if (count === undefined) return {start, end};
  const wanted = Number(count) * hours[unit as keyof typeof hours];
  const lengths = spansOfTime.map((last) => [last, lastToMs(last) / 3_600_000] as const);
  const [same] = lengths.find(([, length]) => Math.abs(length - wanted) < 1e-6) ?? [];
  if (same === undefined && start !== undefined && end !== undefined) return {start, end};
  return {last: same ?? lengths.find(([, length]) => length >= wanted)?.[0] ?? spansOfTime.at(-1)};
}

function readMicros(value: unknown): string | undefined {
  const text = read.text(value);
  return text !== undefined && /^\d{12,17}$/.test(text) ? new Date(Number(text) / 1000).toISOString() : undefined;
}

const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
