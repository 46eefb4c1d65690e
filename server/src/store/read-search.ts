/**
 * Searching traces, newest first, without reading what cannot be among the newest. The rates by the minute say in which minutes
 * spans that may fit lie, and how many; windows of these minutes are searched from the end, each larger than the last, until
 * there is enough.
 */
import {QueryError, type TenantId, type TraceId} from '../base/index.ts';
import {bucketOf, kindNames, type SpanFilter, spanWhere, statusNames, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {bucketNanos, stepsPerDoubling} from './schema-spans.ts';

export interface TraceSearch extends SpanFilter {
  readonly limit: number;
}

export interface FoundTraces {
  readonly ids: readonly TraceId[];
  readonly more: boolean;
}

/** How long a whole search may take. */
const searchSeconds = 30;

export async function findTraces(
  queries: Queries,
  tenant: TenantId,
  search: TraceSearch,
  now: number,
  signal: AbortSignal,
): Promise<FoundTraces> {
  const began = performance.now();
  /** Newest first: the order of windows, and within a window of the times. */
  const found = new Set<TraceId>();
  const wanted = search.limit + 1;
  for await (const window of windows(queries, tenant, search, now, signal)) {
    const seconds = searchSeconds - (performance.now() - began) / 1000;
    if (seconds < 0) throw new QueryError('timeout', `The search took longer than ${searchSeconds} s.`);
    const where = spanWhere(tenant, search).add(window.sql);
    const rows = await queries.rows(
      {
        sql:
          `SELECT lower(hex(trace_id)) AS id FROM spans WHERE ${where.sql} ` +
          `GROUP BY trace_id ORDER BY max(start_time) DESC LIMIT ${wanted + found.size}`,
        parameters: where.parameters,
        limits: {seconds: Math.ceil(seconds)},
        signal,
      },
      {id: 'text'},
    );
    for (const {id} of rows) found.add(id as TraceId);
    if (found.size >= wanted) break;
  }
  return {ids: [...found].slice(0, search.limit), more: found.size > search.limit};
}

/** A minute in which spans may fit: how many there are at all, how many of them fit as far as the rates tell. */
interface Minute {
  /** Seconds since 1970. */
  readonly minute: number;
  readonly total: number;
  readonly matching: number;
}

const hour = 3600;
const minutesAtOnce = 5000;

/** Minutes that may hold what is wanted, newest first; the last hour first, since that is where one mostly looks. */
async function* minutes(
  queries: Queries,
  tenant: TenantId,
  search: TraceSearch,
  now: number,
  signal: AbortSignal,
): AsyncGenerator<Minute> {
  const first = search.start === undefined ? 0 : seconds(search.start);
  const last = search.end === undefined ? latestMinute : seconds(search.end);
  const newest = Math.min(last, Math.floor(now / 1000));
  let before = last + 1;
  for (const from of [newest - hour, newest - 25 * hour, 0]) {
    while (before > first) {
      const start = Math.max(from, first);
      if (start >= before) break;
      const page = await readMinutes(queries, tenant, search, start, before, signal);
      yield* page;
      if (page.length < minutesAtOnce) {
        before = start;
        break;
      }
      before = page.at(-1)?.minute ?? start;
    }
  }
}

async function readMinutes(
  queries: Queries,
  tenant: TenantId,
  search: TraceSearch,
  from: number,
  before: number,
  signal: AbortSignal,
): Promise<Minute[]> {
  const where = new Where(tenant)
    .add(`minute >= toStartOfMinute(toDateTime(${from}, 'UTC'))`)
    .add(`minute < ${before}`);
  const matches = ratesCondition(where, search);
  return queries.rows(
    {
      sql:
        `SELECT toUInt32(minute) AS minute, sum(spans) AS total, sumIf(spans, ${matches}) AS matching ` +
        `FROM span_rates WHERE ${where.sql} GROUP BY minute HAVING matching > 0 ORDER BY minute DESC LIMIT ${minutesAtOnce}`,
      parameters: where.parameters,
      signal,
    },
    {minute: 'number', total: 'number', matching: 'number'},
  );
}

/** What the rates know of the conditions: never stricter than they are. */
function ratesCondition(where: Where, search: TraceSearch): string {
  const terms = ['true'];
  if (search.service !== undefined) terms.push(`service = ${where.bind(search.service)}`);
  if (search.operation !== undefined) terms.push(`name = ${where.bind(search.operation)}`);
  if (search.minDurationNano !== undefined) terms.push(`duration_step >= ${durationStep(search.minDurationNano) - 1}`);
  if (search.maxDurationNano !== undefined) terms.push(`duration_step <= ${durationStep(search.maxDurationNano) + 1}`);
  for (const condition of search.conditions) {
    if (condition.type === 'kind') terms.push(`kind = ${kindNames.indexOf(condition.kind)}`);
    if (condition.type === 'status') terms.push(`status_code = ${statusNames.indexOf(condition.status)}`);
  }
  return terms.join(' AND ');
}

/** The step of the rates' histogram that a duration falls in, see `schema-spans.ts`; rounding may put it one off. */
export const durationStep = (nanos: bigint): number =>
  Math.min(255, Math.max(0, Math.floor(Math.log2(Math.max(Number(nanos), 1) / 1000) * stepsPerDoubling)));

/** Whether the rates know all conditions, so that their counts are those of spans that fit. */
const isExact = (search: TraceSearch): boolean =>
  search.conditions.every(({type}) => type === 'kind' || type === 'status');

/** Rows that a first window may read; each later one four times as many. */
const firstWindowRows = 250_000;
const windowGrowth = 4;
/** A window of more rows is not worth its memory. */
const largestWindow = 64_000_000;
const bucketSeconds = Number(bucketNanos / 1_000_000_000n);

interface Window {
  readonly sql: string;
}

async function* windows(
  queries: Queries,
  tenant: TenantId,
  search: TraceSearch,
  now: number,
  signal: AbortSignal,
): AsyncGenerator<Window> {
  const exact = isExact(search);
  let budget = firstWindowRows;
  let enough = (search.limit + 1) * 4;
  let pending: Minute[] = [];
  let rows = 0;
  let matching = 0;
  for await (const minute of minutes(queries, tenant, search, now, signal)) {
    pending.push(minute);
    rows += minute.total;
    matching += minute.matching;
    if (rows < budget && !(exact && matching >= enough)) continue;
    // A single minute may hold millions: its ten seconds are looked through one by one.
    if (pending.length === 1 && rows > budget * 2 && !exact) yield* tens(minute.minute);
    else yield windowOf(pending);
    pending = [];
    rows = 0;
    matching = 0;
    budget = Math.min(budget * windowGrowth, largestWindow);
    enough *= windowGrowth;
  }
  if (pending.length > 0) yield windowOf(pending);
}

function* tens(minute: number): Generator<Window> {
  const first = minute / bucketSeconds;
  for (let bucket = first + 60 / bucketSeconds - 1; bucket >= first; bucket--)
    yield between(bucket, lastBucket(minute, bucket));
}

/** Beyond this many buckets in a list, reading those in between is cheaper than telling them apart. */
const maxListed = 1200;

function windowOf(list: readonly Minute[]): Window {
  const perMinute = 60 / bucketSeconds;
  const newest = (list[0] as Minute).minute;
  const oldest = (list.at(-1) as Minute).minute;
  const span = (newest - oldest) / 60 + 1;
  const listed = list.length * perMinute;
  const last = lastBucket(newest, newest / bucketSeconds + perMinute - 1);
  if (span === list.length || listed > maxListed || newest >= latestMinute)
    return between(oldest / bucketSeconds, last);
  const buckets = list.flatMap(({minute}) => Array.from({length: perMinute}, (_, i) => minute / bucketSeconds + i));
  return {sql: `bucket IN (${buckets.join(', ')})`};
}

const between = (first: number, last: number): Window => ({sql: `bucket BETWEEN ${first} AND ${last}`});

/** Later times than `DateTime` knows are counted in its last minute. */
const latestMinute = Date.UTC(2106, 0, 1) / 1000;
const lastBucket = (minute: number, bucket: number): number => (minute >= latestMinute ? 2 ** 32 - 1 : bucket);

const seconds = (nanos: bigint): number =>
  Math.min(latestMinute, Number((bucketOf(nanos) * bucketNanos) / 1_000_000_000n));
