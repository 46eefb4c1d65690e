/** Searching traces, newest first: window by window from the end (see `read-windows.ts`), until there is enough. */
import {type TenantId, type TraceId, type UnixNano, unixNano, unixNanoFromMillis} from '../base/index.ts';
import {
  type Budget,
  checkFilterSize,
  type FoundTraces,
  type SpanCondition,
  type TraceFilter,
  type TraceQuery,
} from '../query/index.ts';
import {spanWhere} from './read-conditions.ts';
import {fittingIds, hasTraceConditions} from './read-extents.ts';
import {isKnownToRates} from './read-minutes.ts';
import {type Narrowed, narrowed} from './read-narrow.ts';
import type {Queries} from './read-query.ts';
import {windows} from './read-windows.ts';

/** `now` in milliseconds since 1970. */
export async function findNewest(
  queries: Queries,
  tenant: TenantId,
  asked: TraceQuery,
  now: number,
  budget: Budget,
): Promise<FoundTraces> {
  checkFilterSize(asked);
  const search = await narrowed(queries, tenant, asked, {budget, inWindows: true});
  const wanted = search.limit + 1;
  /** Of each trace, the latest start of a span that fits. */
  let found: Found[] = [];
  for (const step of searchSteps(search)) {
    // A trace that is older than enough others cannot be among the newest.
    const oldest = found.length < wanted ? undefined : found.at(-1)?.time;
    const start = oldest !== undefined && oldest > (search.start ?? 0n) ? oldest : search.start;
    found = newest([...found, ...(await findInWindows(queries, tenant, {...step, start}, now, budget))], wanted);
  }
  const listed = found.slice(0, search.limit);
  return {
    ids: listed.map(({id}) => id),
    starts: new Map(listed.map(({id, time}) => [id, time])),
    more: found.length > search.limit,
  };
}

interface Found {
  readonly id: TraceId;
  readonly time: UnixNano;
}

/**
 * The search itself, and before it one for those alternatives alone that the rates know, where there are such: it costs little
 * and spares the search a look at what is older than its finds. Two at most, however many alternatives there are.
 */
export function searchSteps<Search extends TraceFilter>(search: Search): Search[] {
  const mixed = search.conditions.filter((condition) => splitByRates(condition) !== undefined);
  if (mixed.length === 0) return [search];
  const narrowed = (part: 'known' | 'rest') => ({
    ...search,
    conditions: search.conditions.map((condition) => splitByRates(condition)?.[part] ?? condition),
  });
  // Where one condition is mixed, the second search is for what the first did not look for: no filter knows a status.
  return [narrowed('known'), mixed.length === 1 ? narrowed('rest') : search];
}

/** The alternatives that the rates know, and the others; undefined where there are not both. */
function splitByRates(condition: SpanCondition): {known: SpanCondition; rest: SpanCondition} | undefined {
  if (condition.type !== 'any') return undefined;
  const known = condition.of.filter(isKnownToRates);
  const rest = condition.of.filter((one) => !isKnownToRates(one));
  if (known.length === 0 || rest.length === 0) return undefined;
  return {known: {type: 'any', of: known}, rest: {type: 'any', of: rest}};
}

async function findInWindows(
  queries: Queries,
  tenant: TenantId,
  search: Narrowed<TraceQuery>,
  now: number,
  budget: Budget,
): Promise<readonly Found[]> {
  const wanted = search.limit + 1;
  let found: Found[] = [];
  const {trace} = search;
  const ofTraces = trace !== undefined && hasTraceConditions(trace);
  const known = ofTraces ? undefined : wanted * 4;
  const since = (): UnixNano | undefined => (found.length < wanted ? undefined : found.at(-1)?.time);
  for await (const window of windows(queries, tenant, search, {now, spans: known, since, budget})) {
    const where = spanWhere(tenant, window.filter).add(window.sql);
    if (ofTraces) where.add(`trace_id IN (${fittingIds(where, tenant, trace, window, unixNanoFromMillis(now))})`);
    const rows = await queries.rows(
      {
        sql:
          'SELECT lower(hex(trace_id)) AS id, toString(toUnixTimestamp64Nano(max(start_time))) AS time ' +
          `FROM spans_11 ${where.clauses} GROUP BY trace_id ORDER BY max(start_time) DESC LIMIT ${wanted + found.length}`,
        parameters: where.parameters,
        budget,
      },
      {id: 'text', time: 'text'},
    );
    // A trace may reach into an older window: it was found by its newest span already.
    found = newest(
      [...found, ...rows.map(({id, time}) => ({id: id as TraceId, time: unixNano(BigInt(time))}))],
      wanted,
    );
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
