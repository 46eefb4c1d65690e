/** Searching traces, newest first: window by window from the end (see `read-windows.ts`), until there is enough. */
import {QueryError, type TenantId, type TraceId, type UnixNano, unixNano} from '../base/index.ts';
import type {FoundTraces, SpanCondition, TraceQuery} from '../query/index.ts';
import {spanWhere} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {isExact, windows} from './read-windows.ts';

/** How long a whole search may take. */
const searchSeconds = 30;

export async function findTraces(
  queries: Queries,
  tenant: TenantId,
  search: TraceQuery,
  now: number,
  signal: AbortSignal,
): Promise<FoundTraces> {
  const wanted = search.limit + 1;
  const deadline = performance.now() + searchSeconds * 1000;
  /** Of each trace, the latest start of a span that fits. */
  let found: Found[] = [];
  for (const branch of branches(search)) {
    // What is older than enough others cannot be among the newest.
    const oldest = found.length < wanted ? undefined : found.at(-1)?.time;
    const start = oldest !== undefined && oldest > (search.start ?? 0n) ? oldest : search.start;
    found = newest(
      [...found, ...(await findInBranch(queries, tenant, {...branch, start}, {now, deadline, signal}))],
      wanted,
    );
  }
  return {ids: found.slice(0, search.limit).map(({id}) => id), more: found.length > search.limit};
}

interface Found {
  readonly id: TraceId;
  readonly time: UnixNano;
}

interface Asking {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/**
 * The alternatives of a search, each without alternatives: those that the rates know first, since they cost least and spare
 * the others a look at what is older.
 */
function branches(search: TraceQuery): TraceQuery[] {
  let lists: SpanCondition[][] = [[]];
  for (const condition of search.conditions) {
    const alternatives = condition.type === 'any' ? condition.of : [condition];
    lists = lists.flatMap((list) => alternatives.map((one) => [...list, one]));
  }
  const all = lists.map((conditions) => ({...search, conditions}));
  return [...all.filter(isExact), ...all.filter((one) => !isExact(one))];
}

async function findInBranch(
  queries: Queries,
  tenant: TenantId,
  search: TraceQuery,
  asking: Asking,
): Promise<readonly Found[]> {
  const wanted = search.limit + 1;
  let found: Found[] = [];
  for await (const window of windows(queries, tenant, search, {...asking, spans: wanted * 4})) {
    const seconds = Math.ceil((asking.deadline - performance.now()) / 1000);
    if (seconds <= 0) throw new QueryError('timeout', `The search took longer than ${searchSeconds} s.`);
    const where = spanWhere(tenant, search).add(window);
    const rows = await queries.rows(
      {
        sql:
          'SELECT lower(hex(trace_id)) AS id, toString(toUnixTimestamp64Nano(max(start_time))) AS time ' +
          `FROM spans ${where.clauses} GROUP BY trace_id ORDER BY max(start_time) DESC LIMIT ${wanted + found.length}`,
        parameters: where.parameters,
        limits: {seconds},
        signal: asking.signal,
      },
      {id: 'text', time: 'text'},
    );
    // A trace may reach into an older window: it was found by its newest span already.
    found = newest(
      [...found, ...rows.map(({id, time}) => ({id: id as TraceId, time: unixNano(BigInt(time))}))],
      wanted,
    );
    if (found.length >= wanted) break;
  }
  return found;
}

/** Every trace once, newest first, the first `count` of them. */
function newest(list: readonly Found[], count: number): Found[] {
  const sorted = list.toSorted((a, b) => (a.time > b.time ? -1 : a.time < b.time ? 1 : 0));
  const seen = new Set<TraceId>();
  const distinct = sorted.filter(({id}) => !seen.has(id) && seen.add(id));
  return distinct.slice(0, count);
}
