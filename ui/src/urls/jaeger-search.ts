/** The search of Jaeger's own page, so that links written for it lead to the same here. */

import {type PageContext, readContext} from './context.ts';
import {type ExploreUrl, mostListed, readExploreUrl} from './explore-url.ts';
import {type RawQuery, readerOf} from './query-string.ts';
import {type Last, readLast} from './time-range.ts';
import type {UnreadUrl} from './unread.ts';

/** `/search?service=&operation=&tags={"k":"v"}&minDuration=&maxDuration=&start=&end=&lookback=&limit=`, microseconds since 1970. */
export function readJaegerSearch(query: RawQuery): PageContext & ExploreUrl & UnreadUrl {
  const from = readerOf(query);
  const tags = [...(from.parsed('tags', readTags) ?? []), ...(from.list('tag', readOlderTag) ?? [])];
  const status = tags.find(([key]) => key === 'error')?.[1] === 'true' ? 'error' : undefined;
  const [start, end] = [from.parsed('start', readMicros), from.parsed('end', readMicros)];
  const lookback = from.parsed('lookback', readLookback);
  const operation = from.text('operation');
  const ours = {
    service: from.text('service'),
    operation: operation === 'all' ? undefined : operation,
    attribute: tags.filter(([key]) => key !== 'error').map(([key, value]) => `${key}=${value}`),
    status,
    min: from.text('minDuration'),
    max: from.text('maxDuration'),
    limit: from.integer('limit', 1, mostListed),
    // Jaeger's page writes beside a length when it began and ended.
    ...(lookback === undefined || lookback === 'custom' ? {start, end} : {last: lookback}),
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

/** A length, or from and to in the address. */
const readLookback = (text: string): Last | 'custom' | undefined => (text === 'custom' ? text : readLast(text));

const readMicros = (text: string): string | undefined =>
  /^\d{12,16}$/.test(text) ? new Date(Number(text) / 1000).toISOString() : undefined;

const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
