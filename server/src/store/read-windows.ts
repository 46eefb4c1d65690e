/**
 * Where in time to look for spans, without looking at spans: the rates by the minute say in which minutes spans that may fit lie,
 * and how many there are. Windows of these minutes begin at the end and grow, so that what is common is found in the first and
 * what is rare costs few queries more than one.
 */
import {type TenantId, type UnixNano, unixNano} from '../base/index.ts';
import type {Budget, SpanFilter} from '../query/index.ts';
import {latestMinute} from '../red/index.ts';
import type {Minute} from './kept-rates.ts';
import {bucketParts, type Cell, type Cells, cellsOf, wholeBucket} from './read-bucket-parts.ts';
import {isExact, isFarApart, minutes} from './read-minutes.ts';
import {firstBucket, hintedIn, lastBucket, type Narrowed} from './read-narrow.ts';
import type {Queries} from './read-query.ts';
import {type Buckets, bucketsSql, overlaps, stretchesSql, stretchWindows} from './read-stretches.ts';
import {bucketNanos, bucketSeconds, latestBucket} from './schema-spans.ts';

/** Rows that a first window may read, and how much larger each later one may be. */
const firstWindowRows = 30_000;
const windowGrowth = 8;
const bucketsPerMinute = 60 / bucketSeconds;

/** Buckets that follow one another, and what they are thought to hold. */
interface Stretch extends Buckets {
  readonly total: number;
  readonly matching: number;
  /** Of a single bucket, what brought its spans, as far as it is known. */
  readonly cells?: readonly Cell[] | undefined;
}

/** A condition on `bucket` and perhaps `segment`, and the first and last bucket that it lets pass. */
export interface Window<Filter> {
  readonly sql: string;
  readonly first: number;
  readonly last: number;
  /** What spans are tested by in there: the filter, with all that is known of it for these buckets. */
  readonly filter: Filter;
}

interface WindowOptions {
  /** In milliseconds since 1970. */
  readonly now: number;
  /** How many spans that fit a first window is to hold, as far as that is known; undefined where the filter is not all. */
  readonly spans: number | undefined;
  /**
   * For the newest spans: the time that a span must have to be one of them, undefined while there are not enough. When there are, no
   * older window follows, and what is left of a bucket is asked for such spans only.
   */
  readonly since?: () => UnixNano | undefined;
  readonly budget: Budget;
}

/**
 * Together they cover everything in which spans may fit, newest first: but for the first one where some of the last segments have spans
 * that lie far apart.
 */
export async function* windows<Filter extends SpanFilter>(
  queries: Queries,
  tenant: TenantId,
  asked: Narrowed<Filter>,
  options: WindowOptions,
): AsyncGenerator<Window<Filter>> {
  const {narrow} = asked;
  const {since = () => undefined} = options;
  const range = {first: firstBucket(asked), last: lastBucket(asked)};
  /** For spans in these stretches of some buckets: without times, where all of their spans are in the range. */
  const filterIn = (stretches: readonly Buckets[], buckets: Buckets): Filter => ({
    ...asked,
    ...(stretches.every(({first, last}) => first > range.first && last < range.last) && {
      start: undefined,
      end: undefined,
    }),
    narrow: undefined,
    conditions: hintedIn(asked, buckets),
  });
  /** Whether none that is older than the bucket can be one of the newest. */
  const isEnough = (bucket: number): boolean => {
    const oldest = since();
    return oldest !== undefined && oldest >= BigInt(bucket) * bucketNanos;
  };
  const isAmong = narrow?.among !== undefined && narrow.from <= range.first;
  const apart = isAmong ? [] : queries.recent().filter((one) => isFarApart(one) && overlaps(one, range));
  const apartSql = stretchesSql(apart);
  const except = apart.length === 0 ? '' : ` AND NOT ${apartSql}`;
  if (apart.length > 0) {
    const buckets = {
      first: Math.min(...apart.map(({first}) => first)),
      last: Math.max(...apart.map(({last}) => last)),
    };
    yield {...buckets, sql: apartSql, filter: filterIn(apart, buckets)};
  }
  let rest: SpanFilter = asked;
  if (narrow?.among !== undefined) {
    const within = {first: Math.max(narrow.from, range.first), last: Math.min(latestBucket, range.last)};
    for (const {stretches, ...buckets} of stretchWindows(narrow.among, within)) {
      const isWhole = stretches.every(({first, last}) => first >= buckets.first && last <= buckets.last);
      const sql = isWhole ? stretchesSql(stretches) : `${bucketsSql([buckets])} AND ${stretchesSql(stretches)}`;
      yield {...buckets, sql: sql + except, filter: filterIn(stretches, buckets)};
      if (isEnough(buckets.first)) return;
    }
    if (isAmong) return;
    const end = BigInt(narrow.from) * bucketNanos - 1n;
    if (asked.end === undefined || asked.end > end) rest = {...asked, end: unixNano(end)};
  }
  for await (const {stretches, room} of minuteWindows(queries, tenant, rest, options)) {
    const buckets = {first: stretches.at(-1)?.first ?? 0, last: stretches[0]?.last ?? 0};
    const window = {...buckets, sql: bucketsSql(stretches) + except, filter: filterIn(stretches, buckets)};
    const [{cells} = {}] = stretches;
    if (cells === undefined) yield window;
    else {
      for (const sql of bucketParts(cells, room, () => since() !== undefined)) {
        const start = since();
        const filter = start === undefined ? window.filter : {...window.filter, start};
        yield {...window, sql: `${window.sql} AND ${sql}`, filter};
      }
    }
    if (isEnough(buckets.first)) return;
  }
}

/** Of every minute in which spans may fit, newest first. A stretch that has cells comes alone; `room` is for how many spans of it. */
async function* minuteWindows(
  queries: Queries,
  tenant: TenantId,
  filter: SpanFilter,
  {now, spans, since, budget}: WindowOptions,
): AsyncGenerator<{readonly stretches: readonly Stretch[]; readonly room: number}> {
  const wholeSpans = since === undefined ? Number.POSITIVE_INFINITY : (queries.memory.wholeBucket ?? wholeBucket);
  const exact = spans !== undefined && isExact(filter);
  let room = firstWindowRows;
  let enough = spans ?? 0;
  let pending: Stretch[] = [];
  let rows = 0;
  let matching = 0;
  for await (const minute of minutes(queries, tenant, filter, now, budget)) {
    // A minute may hold millions: then its tens of seconds are looked through one by one.
    const isLarge = minute.total > Math.min(room - rows, wholeSpans);
    const cells = isLarge && since !== undefined ? cellsIn(minute, queries, tenant, filter) : undefined;
    const list = isLarge ? tensOf(minute, cells, wholeSpans) : [wholeOf(minute)];
    for (const stretch of list) {
      if (stretch.cells !== undefined && pending.length > 0) {
        yield {stretches: pending, room};
        pending = [];
        [rows, matching] = [0, 0];
      }
      pending.push(stretch);
      rows += stretch.total;
      matching += stretch.matching;
      if (rows < room && stretch.cells === undefined && !(exact && matching >= enough)) continue;
      yield {stretches: pending, room: (room * wholeSpans) / wholeBucket};
      pending = [];
      rows = 0;
      matching = 0;
      room *= windowGrowth;
      enough *= windowGrowth;
    }
  }
  if (pending.length > 0) yield {stretches: pending, room};
}

function wholeOf({minute, total, matching}: Minute): Stretch {
  const first = minute / bucketSeconds;
  return {first, last: endOf(minute, first + bucketsPerMinute - 1), total, matching};
}

/** Cells of the minute within the filter's range. */
function cellsIn({minute}: Minute, queries: Queries, tenant: TenantId, filter: SpanFilter): Cells | undefined {
  if (minute >= latestMinute) return undefined;
  const first = minute / bucketSeconds;
  const last = Math.min(lastBucket(filter), first + bucketsPerMinute - 1);
  return cellsOf(queries, tenant, {first: Math.max(firstBucket(filter), first), last});
}

/** Those in which there are spans, where it is known; those with more than `wholeSpans` with their cells. */
function tensOf({minute, total, matching}: Minute, known: Cells | undefined, wholeSpans: number): Stretch[] {
  const first = minute / bucketSeconds;
  return Array.from({length: bucketsPerMinute}, (_, i): Stretch[] => {
    const bucket = first + bucketsPerMinute - 1 - i;
    const buckets = {first: bucket, last: i === 0 ? endOf(minute, bucket) : bucket};
    if (known === undefined)
      return [{...buckets, total: total / bucketsPerMinute, matching: matching / bucketsPerMinute}];
    const cells = known.get(bucket);
    if (cells === undefined) return [];
    const spans = cells.reduce((sum, cell) => sum + cell.spans, 0);
    const share = {total: spans, matching: (spans * matching) / total};
    return [{...buckets, ...share, cells: spans > wholeSpans ? cells : undefined}];
  }).flat();
}

/** The last minute holds all later times. */
const endOf = (minute: number, bucket: number): number => (minute >= latestMinute ? 2 ** 32 - 1 : bucket);
