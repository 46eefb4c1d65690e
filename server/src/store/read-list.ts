/** The first traces of a search by any order, with their summaries. */
import {type TenantId, type TraceId, unixNano, unixNanoFromMillis} from '../base/index.ts';
import {
  type Budget,
  checkFilterSize,
  type FoundTraces,
  type ListedTraces,
  type TraceOrder,
  type TraceQuery,
  type TraceSummary,
} from '../query/index.ts';
import type {ExtentValue} from './extent-stretches.ts';
import {type Candidate, firstOfScan} from './kept-candidates.ts';
import {type Among, extent, extents, isArriving} from './read-extents.ts';
import {keptScan} from './read-kept-extents.ts';
import {narrowed} from './read-narrow.ts';
import type {Queries} from './read-query.ts';
import {findNewest} from './read-search.ts';
import {summaries} from './read-summaries.ts';

type WholeOrder = Exclude<TraceOrder, 'newest'>;

/** Orders by what a trace is as a whole. */
const wholeOrders: Readonly<
  Record<
    WholeOrder,
    {
      /** The value in the table of extents. */
      readonly sql: string;
      /** The same in a summary. */
      of(summary: TraceSummary): bigint;
      /** Whether a trace that is still arriving is left out. */
      readonly settled: boolean;
      /** What those are that come first, and mostly there are enough of them. */
      readonly among?: Among;
      /** The value where extents are kept in memory. */
      readonly kept: ExtentValue;
    }
  >
> = {
  longest: {sql: extent.duration, of: ({durationNano}) => durationNano, settled: true, kept: 'duration'},
  spans: {sql: 'span_count', of: ({spans}) => BigInt(spans), settled: false, kept: 'spans'},
  errors: {
    ...{sql: 'error_count', of: ({errors}) => BigInt(errors), settled: true},
    ...{among: 'hasErrors', kept: 'errors'},
  },
};

/** `now` in milliseconds since 1970. */
export async function listTraces(
  queries: Queries,
  tenant: TenantId,
  search: TraceQuery,
  now: number,
  budget: Budget,
): Promise<ListedTraces> {
  const {order = 'newest'} = search;
  if (order !== 'newest') return listWhole(queries, tenant, search, order, now, budget);
  const {ids, starts, more} = await findNewest(queries, tenant, search, now, budget);
  return {traces: await summaries(queries, tenant, ids, {now, budget, starts}), more};
}

/** The ids alone: by `newest` they cost less than their summaries. */
export async function findTraces(
  queries: Queries,
  tenant: TenantId,
  search: TraceQuery,
  now: number,
  budget: Budget,
): Promise<FoundTraces> {
  const {order = 'newest'} = search;
  if (order === 'newest') return findNewest(queries, tenant, search, now, budget);
  const {traces, more} = await listWhole(queries, tenant, search, order, now, budget);
  return {
    ids: traces.map(({traceId}) => traceId),
    starts: new Map(traces.map(({traceId, start}) => [traceId, start])),
    more,
  };
}

/** Beyond this many candidates the order is that of what arrived, copies included. */
const maxCandidates = 6000;

/**
 * The table counts a span that was sent again twice, and never too few. So its first traces are looked at themselves, and more of
 * them as long as one further down might come before one of those that are wanted.
 */
async function listWhole(
  queries: Queries,
  tenant: TenantId,
  asked: TraceQuery,
  order: WholeOrder,
  now: number,
  budget: Budget,
): Promise<ListedTraces> {
  checkFilterSize(asked);
  const search = await narrowed(queries, tenant, asked, {budget, inWindows: false});
  const {limit} = search;
  const orderedBy = wholeOrders[order].of;
  const known = new Map<TraceId, TraceSummary>();
  for (let count = limit + 1; ; count = Math.min(4 * count, maxCandidates)) {
    const candidates = await firstByTable({queries, tenant, search, order, now, budget}, count);
    // The last one only says whether there are more.
    const wanted = candidates.filter(({id}) => !known.has(id));
    const starts = new Map(wanted.map(({id, began}) => [id, began]));
    for (const one of await summaries(queries, tenant, [...starts.keys()], {now, budget, starts}))
      known.set(one.traceId, one);
    const exact = candidates.flatMap(({id}) => known.get(id) ?? []);
    const ordered = exact.toSorted(
      (a, b) =>
        descending(orderedBy(a), orderedBy(b)) || descending(a.start, b.start) || (a.traceId < b.traceId ? -1 : 1),
    );
    const last = ordered[limit - 1];
    const bound = candidates.at(-1)?.value ?? 0n;
    const isSure =
      candidates.length < count ||
      count >= maxCandidates ||
      candidates.every(
        ({id, value}) => known.get(id) === undefined || orderedBy(known.get(id) as TraceSummary) === value,
      ) ||
      (last !== undefined && orderedBy(last) > bound);
    if (isSure) return {traces: ordered.slice(0, limit), more: candidates.length > limit};
  }
}

interface Ask {
  readonly queries: Queries;
  readonly tenant: TenantId;
  readonly search: TraceQuery;
  readonly order: WholeOrder;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly budget: Budget;
}

async function firstByTable(ask: Ask, count: number): Promise<readonly Candidate[]> {
  const {order, search: filter, now} = ask;
  const scan = await keptScan({...ask, filter, now: unixNanoFromMillis(now)});
  if (scan !== undefined) return firstOfScan(scan, {...wholeOrders[order], count});
  const {among} = wholeOrders[ask.order];
  if (among === undefined) return readCandidates(ask, count);
  const first = await readCandidates(ask, count, among);
  return first.length === count ? first : readCandidates(ask, count);
}

/** With `among`, the first of those that are such. */
async function readCandidates(
  {queries, tenant, search, order, now, budget}: Ask,
  count: number,
  among?: Among,
): Promise<Candidate[]> {
  const {sql: value, settled} = wholeOrders[order];
  const nanos = unixNanoFromMillis(now);
  const settledOnly = settled ? `WHERE NOT ${isArriving(nanos)} ` : '';
  const first = `${settledOnly}ORDER BY ${value} DESC, ${extent.began} DESC, trace_key LIMIT ${count}`;
  const {sql, where} = extents(tenant, search, `${value} ${first}`, nanos, among);
  const rows = await queries.rows(
    {
      sql: `SELECT ${extent.id} AS id, toString(${extent.began}) AS start, toString(${value}) AS value FROM (${sql}) ${first}`,
      parameters: where.parameters,
      budget,
    },
    {id: 'text', start: 'text', value: 'text'},
  );
  return rows.map(({id, start, value}) => ({
    id: id as TraceId,
    began: unixNano(BigInt(start)),
    value: BigInt(value),
  }));
}

const descending = (a: bigint, b: bigint): number => (a > b ? -1 : a < b ? 1 : 0);
