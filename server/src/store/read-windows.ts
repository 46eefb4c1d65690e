/**
 * Where in time to look for spans, without looking at spans: the rates by the minute say in which minutes spans that may fit lie,
 * and how many there are. Windows of these minutes begin at the end and grow, so that what is common is found in the first and
 * what is rare costs few queries more than one.
 */
import type {TenantId} from '../base/index.ts';
import type {Budget, SpanCondition, SpanFilter} from '../query/index.ts';
import {durationStep, latestMinute} from '../red/index.ts';
import {textIs} from './attribute-sql.ts';
import {bucketOf, conditionSql, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {bucketNanos} from './schema-spans.ts';
import type {RecentSegment} from './span-changes.ts';

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
  filter: SpanFilter,
  now: number,
  budget: Budget,
): AsyncGenerator<Minute> {
  const first = filter.start === undefined ? 0 : seconds(filter.start);
  const last = filter.end === undefined ? latestMinute : seconds(filter.end);
  const newest = Math.min(last, Math.floor(now / 1000));
  const wholeMinute = (time: number): number => Math.max(0, time - (time % 60));
  let before = last + 1;
  for (const from of [wholeMinute(newest - hour), wholeMinute(newest - 25 * hour), 0]) {
    while (before > first) {
      const start = Math.max(from, first);
      if (start >= before) break;
      const page = await readMinutes(queries, tenant, filter, start, before, budget);
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
  filter: SpanFilter,
  from: number,
  before: number,
  budget: Budget,
): Promise<Minute[]> {
  const where = new Where(tenant)
    .add(`minute >= toStartOfMinute(toDateTime(${from}, 'UTC'))`)
    .add(`minute < ${before}`);
  const matches = ratesCondition(where, filter);
  const recent = recentMinutes(queries.recent(), from, before);
  const known = await queries.rows(
    {
      sql:
        `SELECT toUInt32(minute) AS minute, sum(spans) AS total, sumIf(spans, ${matches}) AS matching ` +
        `FROM span_rates WHERE ${where.sql} GROUP BY minute HAVING matching > 0 ORDER BY minute DESC LIMIT ${minutesAtOnce}`,
      parameters: where.parameters,
      budget,
    },
    {minute: 'number', total: 'number', matching: 'number'},
  );
  const last = known.length < minutesAtOnce ? from : (known.at(-1)?.minute ?? from);
  const unknown = recent.filter(({minute}) => minute >= last && !known.some((one) => one.minute === minute));
  return unknown.length === 0 ? known : [...known, ...unknown].sort((a, b) => b.minute - a.minute);
}

/**
 * Minutes of spans that the rates do not know yet, newest first. Of segments whose spans lie far apart the last two hours, since within
 * seconds the rates know them all.
 */
function recentMinutes(segments: readonly RecentSegment[], from: number, before: number): Minute[] {
  const totals = new Map<number, number>();
  for (const {first, last, spans} of segments) {
    const end = Math.min(before - 1, minuteOfBucket(last));
    const begin = Math.max(from - (from % 60), minuteOfBucket(first), end - (end % 60) - 2 * hour);
    for (let minute = begin; minute <= end; minute += 60) totals.set(minute, (totals.get(minute) ?? 0) + spans);
  }
  return [...totals].map(([minute, total]) => ({minute, total, matching: total})).sort((a, b) => b.minute - a.minute);
}

const minuteOfBucket = (bucket: number): number => {
  const seconds = bucket * bucketSeconds;
  return Math.min(latestMinute, seconds - (seconds % 60));
};

/** How many spans fit, as far as the rates tell: never fewer than do, but for what they do not know yet. */
export async function countKnown(
  queries: Queries,
  tenant: TenantId,
  filter: SpanFilter,
  budget: Budget,
): Promise<number> {
  const where = new Where(tenant);
  if (filter.start !== undefined) {
    where.add(`minute >= toStartOfMinute(toDateTime(${seconds(filter.start)}, 'UTC'))`);
  }
  if (filter.end !== undefined) where.add(`minute <= ${seconds(filter.end)}`);
  where.add(ratesCondition(where, filter));
  const [row] = await queries.rows(
    {sql: `SELECT sum(spans) AS known FROM span_rates WHERE ${where.sql}`, parameters: where.parameters, budget},
    {known: 'number'},
  );
  return row?.known ?? 0;
}

/** The filter's conditions as far as the rates know them: never stricter than the filter. */
function ratesCondition(where: Where, filter: SpanFilter): string {
  const terms = ['true'];
  if (filter.service !== undefined) terms.push(textIs(where, 'service', filter.service));
  if (filter.operation !== undefined) terms.push(textIs(where, 'name', filter.operation));
  if (filter.minDurationNano !== undefined) terms.push(`duration_step >= ${durationStep(filter.minDurationNano) - 1}`);
  if (filter.maxDurationNano !== undefined) terms.push(`duration_step <= ${durationStep(filter.maxDurationNano) + 1}`);
  // The columns of the rates are called as those of the spans.
  for (const condition of filter.conditions) if (isKnownToRates(condition)) terms.push(conditionSql(where, condition));
  return terms.join(' AND ');
}

/** Whether the rates know all conditions, so that their counts are those of spans that fit. */
const isExact = (filter: SpanFilter): boolean => filter.conditions.every(isKnownToRates);

export const isKnownToRates = (condition: SpanCondition): boolean =>
  condition.type === 'any'
    ? condition.of.every(isKnownToRates)
    : condition.type === 'not'
      ? isKnownToRates(condition.condition)
      : condition.type === 'kind' ||
        condition.type === 'status' ||
        (condition.type === 'field' && (condition.field === 'service' || condition.field === 'operation'));

/** Rows that a first window may read, and how much larger each later one may be. */
const firstWindowRows = 30_000;
const windowGrowth = 8;
const bucketSeconds = Number(bucketNanos / 1_000_000_000n);
const bucketsPerMinute = 60 / bucketSeconds;

/** Buckets that follow one another, and what they are thought to hold. */
interface Stretch {
  readonly first: number;
  readonly last: number;
  readonly total: number;
  readonly matching: number;
}

/** A condition on `bucket`, and the first and last one that it lets pass. */
export interface Window {
  readonly sql: string;
  readonly first: number;
  readonly last: number;
}

/**
 * Together they cover every minute in which spans may fit, newest first. The first one holds about `spans` that fit, as far as
 * that is known beforehand; undefined where the filter is not all that is asked for.
 */
export async function* windows(
  queries: Queries,
  tenant: TenantId,
  filter: SpanFilter,
  {now, spans, budget}: {readonly now: number; readonly spans: number | undefined; readonly budget: Budget},
): AsyncGenerator<Window> {
  const exact = spans !== undefined && isExact(filter);
  let room = firstWindowRows;
  let enough = spans ?? 0;
  let pending: Stretch[] = [];
  let rows = 0;
  let matching = 0;
  for await (const minute of minutes(queries, tenant, filter, now, budget)) {
    // A minute may hold millions: then its tens of seconds are looked through one by one.
    for (const stretch of rows + minute.total > room ? tensOf(minute) : [wholeOf(minute)]) {
      pending.push(stretch);
      rows += stretch.total;
      matching += stretch.matching;
      if (rows < room && !(exact && matching >= enough)) continue;
      yield windowOf(pending);
      pending = [];
      rows = 0;
      matching = 0;
      room *= windowGrowth;
      enough *= windowGrowth;
    }
  }
  if (pending.length > 0) yield windowOf(pending);
}

function wholeOf({minute, total, matching}: Minute): Stretch {
  const first = minute / bucketSeconds;
  return {first, last: lastBucket(minute, first + bucketsPerMinute - 1), total, matching};
}

function tensOf({minute, total, matching}: Minute): Stretch[] {
  const first = minute / bucketSeconds;
  return Array.from({length: bucketsPerMinute}, (_, i) => {
    const bucket = first + bucketsPerMinute - 1 - i;
    const share = {total: total / bucketsPerMinute, matching: matching / bucketsPerMinute};
    return {first: bucket, last: i === 0 ? lastBucket(minute, bucket) : bucket, ...share};
  });
}

/** More ranges than this cost more to tell apart than what lies between them. */
const maxRanges = 100;

/** Neighbouring stretches are joined. */
function windowOf(stretches: readonly Stretch[]): Window {
  const ranges: {first: number; last: number}[] = [];
  for (const {first, last} of stretches) {
    const newer = ranges.at(-1);
    if (newer !== undefined && newer.first === last + 1) newer.first = first;
    else ranges.push({first, last});
  }
  const oldest = ranges.at(-1)?.first ?? 0;
  const newest = ranges[0]?.last ?? 0;
  const listed = ranges.length > maxRanges ? [{first: oldest, last: newest}] : ranges;
  const sql = `(${listed.map(({first, last}) => `bucket BETWEEN ${first} AND ${last}`).join(' OR ')})`;
  return {sql, first: oldest, last: newest};
}

/** The last minute holds all later times. */
const lastBucket = (minute: number, bucket: number): number => (minute >= latestMinute ? 2 ** 32 - 1 : bucket);

const seconds = (nanos: bigint): number =>
  Math.min(latestMinute, Number((bucketOf(nanos) * bucketNanos) / 1_000_000_000n));
