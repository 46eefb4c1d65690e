/** What lists say of traces: their extent, their services, how they ended. */
import {type TenantId, type TraceId, unixNano, unixNanoFromMillis} from '../base/index.ts';
import {readBlocks} from '../native/index.ts';
import {arrivingNanos, type Budget, type SpanStarts, type TraceSummary} from '../query/index.ts';
import {
  type FoldedTraces,
  foldedColumns,
  foldedNames,
  foldSpans,
  type HighestSpan,
  type TraceSums,
} from './fold-summaries.ts';
import type {Where} from './read-conditions.ts';
import {spansWithoutCopies} from './read-copies.ts';
import {findPlaces, type Places, placesOf, readFiles, whereTraces} from './read-places.ts';
import type {Queries} from './read-query.ts';
import {spanEnd, spanHead, spanRoot} from './schema-traces.ts';

const noParent = `toFixedString('', 8)`;

/** Spans of a list that are folded here; of more, ClickHouse makes the sums. */
const maxFolded = 10_000;

interface Asked {
  readonly queries: Queries;
  readonly tenant: TenantId;
  readonly budget: Budget;
}

/** In the order of `ids`. `now` in milliseconds since 1970; `foldUpTo` for tests. */
export async function summaries(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  {
    now,
    budget,
    starts,
    foldUpTo = maxFolded,
  }: {
    readonly now: number;
    readonly budget: Budget;
    readonly starts?: SpanStarts | undefined;
    readonly foldUpTo?: number;
  },
): Promise<TraceSummary[]> {
  const asked = {queries, tenant, budget};
  const places = await findPlaces(queries, tenant, ids, {starts, budget});
  if (places === undefined) return [];
  const folded = await readFolded(asked, places, foldUpTo);
  const {sums, highest} = folded ?? (await readSums(asked, places, ids));
  return ids.flatMap((id) => {
    const of = sums.get(id);
    return of === undefined ? [] : [summaryOf(id, of, highest.get(id), now)];
  });
}

function summaryOf(id: TraceId, sums: TraceSums, highest: HighestSpan | undefined, now: number): TraceSummary {
  const {start, durationNano, spans, errors, services} = sums;
  const rootArrived = sums.root > 0;
  const head = rootArrived ? undefined : highest;
  return {
    traceId: id,
    rootService: head?.service ?? sums.rootService,
    rootName: head?.name ?? sums.rootName,
    rootArrived,
    start: unixNano(start),
    durationNano,
    spans,
    errors,
    outcome: sums.failed ? 'failed' : errors > 0 ? 'healed' : 'clean',
    state: rootArrived ? 'complete' : isRecent(start + durationNano, now) ? 'arriving' : 'incomplete',
    services,
  };
}

function isRecent(nanos: bigint, now: number): boolean {
  const ago = unixNanoFromMillis(now) - nanos;
  return ago < arrivingNanos && ago > -arrivingNanos;
}

/** Undefined where the traces have more spans than are folded here. */
async function readFolded(
  {queries, tenant, budget}: Asked,
  places: Places,
  foldUpTo: number,
): Promise<Pick<FoldedTraces, 'sums' | 'highest'> | undefined> {
  const read = async (from: string, where: Where): Promise<FoldedTraces> => {
    const sql = `SELECT ${foldedColumns} FROM ${from} LIMIT ${foldUpTo + 1}`;
    const settings = {max_threads: 1};
    return foldSpans(readBlocks(await queries.native({sql, parameters: where.parameters, budget, settings})));
  };
  const where = whereTraces(tenant, places);
  const block = readFiles(queries, tenant, places, foldedNames);
  const {spans, sums, highest} = block ? foldSpans([block]) : await read(`spans_11 WHERE ${where.sql}`, where);
  if (spans > foldUpTo) return undefined;
  budget.spendRows(sums.size);
  const doubtful = [...sums].filter(([, {repeated}]) => repeated > 0).map(([id]) => id);
  const again = placesOf(places, doubtful);
  if (again === undefined) return {sums, highest};
  const whereAgain = whereTraces(tenant, again);
  const exact = await read(spansWithoutCopies(foldedColumns, whereAgain.sql), whereAgain);
  return {sums: new Map([...sums, ...exact.sums]), highest};
}

/** The same of traces that are too large to be read. */
async function readSums(
  asked: Asked,
  places: Places,
  ids: readonly TraceId[],
): Promise<Pick<FoldedTraces, 'sums' | 'highest'>> {
  const sums = await sumsRows(asked, places, false);
  const doubtful = placesOf(
    places,
    [...sums].filter(([, {repeated}]) => repeated > 0).map(([id]) => id),
  );
  // Of two rows of one trace, the later one.
  if (doubtful !== undefined) for (const [id, exact] of await sumsRows(asked, doubtful, true)) sums.set(id, exact);
  const rootless = placesOf(
    places,
    ids.filter((id) => sums.get(id)?.root === 0),
  );
  return {sums, highest: rootless === undefined ? new Map() : await readHighest(asked, rootless)};
}

async function sumsRows(
  {queries, tenant, budget}: Asked,
  places: Places,
  dropCopies: boolean,
): Promise<Map<TraceId, TraceSums>> {
  const where = whereTraces(tenant, places);
  const start = 'toUnixTimestamp64Nano(start_time)';
  const spans = dropCopies ? spansWithoutCopies(foldedColumns, where.sql) : `spans_11 WHERE ${where.sql}`;
  const rows = await queries.rows(
    {
      // `first_span` orders spans by how well they stand for the trace: roots first, then the earliest.
      sql: `
SELECT lower(hex(trace_id)) AS id, argMin(service, first_span) AS root_service, min(first_span).3 AS root_name,
  max(root) AS any_root, any_root = 2 OR (any_root = 0 AND min(head) % 2 = 1) AS failed,
  toString(intDiv(min(head), 2)) AS start, toString(max(last) - intDiv(min(head), 2)) AS duration,
  sum(count) AS spans, sum(failed_spans) AS errors,
  groupArray(service) AS services, groupArray(count) AS service_spans, groupArray(failed_spans) AS service_errors,
  sum(count - ids) AS repeated
FROM (
  SELECT trace_id, service, count() AS count, countIf(status_code = 2) AS failed_spans, min(${spanHead}) AS head,
    max(${spanEnd}) AS last, max(${spanRoot}) AS root,
    min((parent_span_id != ${noParent}, ${start}, toString(name))) AS first_span, uniqExact(span_id) AS ids
  FROM ${spans} GROUP BY trace_id, service ORDER BY head, service
) GROUP BY trace_id`,
      parameters: where.parameters,
      budget,
    },
    {
      id: 'text',
      root_service: 'text',
      root_name: 'text',
      any_root: 'number',
      failed: 'number',
      start: 'text',
      duration: 'text',
      spans: 'number',
      errors: 'number',
      services: 'texts',
      service_spans: 'numbers',
      service_errors: 'numbers',
      repeated: 'number',
    },
  );
  return new Map(
    rows.map((row) => [
      row.id as TraceId,
      {
        rootService: row.root_service,
        rootName: row.root_name,
        root: row.any_root,
        failed: row.failed === 1,
        start: BigInt(row.start),
        durationNano: BigInt(row.duration),
        spans: row.spans,
        errors: row.errors,
        services: row.services.map((name, i) => ({
          name,
          spans: row.service_spans[i] as number,
          errors: row.service_errors[i] as number,
        })),
        repeated: row.repeated,
      },
    ]),
  );
}

/** Spans that name a parent which has not arrived. */
const orphaned = (where: Where): string =>
  `${where.sql} AND parent_span_id != ${noParent} ` +
  `AND (trace_id, parent_span_id) NOT IN (SELECT trace_id, span_id FROM spans_11 WHERE ${where.sql})`;

/** By trace id, the earliest span whose parent has not arrived: what stands for a trace as long as its root is missing. */
async function readHighest(
  {queries, tenant, budget}: Asked,
  places: Places,
): Promise<ReadonlyMap<TraceId, HighestSpan>> {
  const where = whereTraces(tenant, places);
  const rows = await queries.rows(
    {
      sql: `
SELECT lower(hex(trace_id)) AS id, argMin(service, (start_time, toString(name))) AS head_service,
  argMin(name, (start_time, toString(name))) AS head_name
FROM spans_11 WHERE ${orphaned(where)} GROUP BY trace_id`,
      parameters: where.parameters,
      budget,
    },
    {id: 'text', head_service: 'text', head_name: 'text'},
  );
  return new Map(rows.map((row) => [row.id as TraceId, {service: row.head_service, name: row.head_name}]));
}

/** By trace id, how many spans name a parent that has not arrived; traces without such are left out. */
export async function orphans(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  budget: Budget,
): Promise<ReadonlyMap<string, number>> {
  const places = await findPlaces(queries, tenant, ids, {budget});
  if (places === undefined) return new Map();
  const where = whereTraces(tenant, places);
  const rows = await queries.rows(
    {
      sql: `
SELECT lower(hex(trace_id)) AS id, count() AS spans FROM ${spansWithoutCopies('trace_id', orphaned(where))}
GROUP BY trace_id`,
      parameters: where.parameters,
      budget,
    },
    {id: 'text', spans: 'number'},
  );
  return new Map(rows.map(({id, spans}) => [id, spans]));
}
