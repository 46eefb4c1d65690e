/** The search of Jaeger's own page, so that links written for it lead to the same here. */

import {type PageContext, readContext} from './context.ts';
import {type ExploreUrl, mostListed, readExploreUrl} from './explore-url.ts';
import {type RawQuery, readerOf} from './query-string.ts';
import {type Last, lastToMs, spansOfTime} from './time-range.ts';
import type {UnreadUrl} from './unread.ts';

/** `/search?service=&operation=&tags={"k":"v"}&minDuration=&maxDuration=&start=&end=&lookback=&limit=`, microseconds since 1970. */
export function readJaegerSearch(query: RawQuery): PageContext & ExploreUrl & UnreadUrl {
  const from = readerOf(query);
  const tags = [...(from.parsed('tags', readTags) ?? []), ...(from.list('tag', readOlderTag) ?? [])];
  const status = tags.find(([key]) => key === 'error')?.[1] === 'true' ? 'error' : undefined;
  const [start, end] = [from.parsed('start', readMicros), from.parsed('end', readMicros)];
  const operation = from.text('operation');
  const ours = {
    service: from.text('service'),
    operation: operation === 'all' ? undefined : operation,
    attribute: tags.filter(([key]) => key !== 'error').map(([key, value]) => `${key}=${value}`),
    status,
    min: from.text('minDuration'),
    max: from.text('maxDuration'),
    limit: from.integer('limit', 1, mostListed),
    ...rangeOf(from.parsed('lookback', readLookback), start, end),
  };
  const unread = from.unread();
  return {
    ...readContext(ours),
    ...withoutUndefined(readExploreUrl(ours)),
    ...(Object.keys(unread).length === 0 ? {} : {unread}),
  };
}

type Tag = readonly [key: string, value: string];

function readTags(text: string): readonly Tag[] | undefined {
  try {
    const tags: unknown = JSON.parse(text);
    return typeof tags === 'object' && tags !== null
      ? Object.entries(tags).map(([key, value]) => [key, String(value)] as const)
      : undefined;
  } catch {
    return undefined;
  }
}

/** `tag=error:true`, repeated: as Jaeger's page had it before `tags`. */
function readOlderTag(text: string): readonly Tag[] | undefined {
  const at = text.indexOf(':');
  return at > 0 ? [[text.slice(0, at), text.slice(at + 1)]] : undefined;
}

/** A length in hours, or from and to in the address. */
function readLookback(text: string): number | 'custom' | undefined {
  if (text === 'custom') return text;
  const hours = {m: 1 / 60, h: 1, d: 24, w: 168};
  const [, count, unit] = /^(\d{1,4})([mhdw])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * hours[unit as keyof typeof hours];
}

/** Jaeger's page has more lengths than this one, and writes beside each when it began and ended. */
function rangeOf(
  lookback: number | 'custom' | undefined,
  start: string | undefined,
  end: string | undefined,
): {readonly last?: Last | undefined; readonly start?: string | undefined; readonly end?: string | undefined} {
  if (lookback === undefined || lookback === 'custom') return {start, end};
  const lengths = spansOfTime.map((last) => [last, lastToMs(last) / 3_600_000] as const);
  const [same] = lengths.find(([, length]) => Math.abs(length - lookback) < 1e-6) ?? [];
  if (same === undefined && start !== undefined && end !== undefined) return {start, end};
  return {last: same ?? lengths.find(([, length]) => length >= lookback)?.[0] ?? spansOfTime.at(-1)};
}

const readMicros = (text: string): string | undefined =>
  /^\d{12,16}$/.test(text) ? new Date(Number(text) / 1000).toISOString() : undefined;

const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
