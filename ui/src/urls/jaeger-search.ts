/** The search of Jaeger's own page, so that links written for it lead to the same here. */

import {type PageContext, readContext} from './context.ts';
import {type ExploreUrl, readExploreUrl} from './explore-url.ts';
import {type RawQuery, read} from './query-string.ts';

/** `/search?service=&operation=&tags={"k":"v"}&minDuration=&maxDuration=&start=&end=&lookback=&limit=`, microseconds since 1970. */
export function readJaegerSearch(query: RawQuery): PageContext & ExploreUrl {
  const tags = readTags(read.text(query.tags));
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
    ...(lookback === undefined || lookback === 'custom'
      ? {start, end}
      : {last: lookback === '24h' ? '1d' : lookback === '48h' ? '2d' : lookback}),
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

function readMicros(value: unknown): string | undefined {
  const text = read.text(value);
  return text !== undefined && /^\d{12,17}$/.test(text) ? new Date(Number(text) / 1000).toISOString() : undefined;
}

const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
