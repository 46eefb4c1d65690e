/** Whole traces, their summaries and outlines: found by way of the trace index, which knows the buckets of every trace. */
import {type SpanId, type TenantId, type TraceId, toHex, type UnixNano, unixNano} from '../base/index.ts';
import type {SpanBatch} from '../model/index.ts';
import {arrivingNanos, type Budget, type SpanStarts, type TraceSummary} from '../query/index.ts';
import {bucketOf, Where} from './read-conditions.ts';
import {spansWithoutCopies, withoutCopies} from './read-copies.ts';
import type {Queries} from './read-query.ts';
import {readSpanBatch, spanColumnsSql} from './read-spans.ts';
import {traceHash} from './schema-spans.ts';
import {spanEnd, spanHead, spanRoot} from './schema-traces.ts';

const noParent = `toFixedString('', 8)`;

/**
 * Spans of these traces: the index leads to the few buckets in which they lie. Of several traces, each is looked for in its own
 * buckets only: a pair of bucket and id is found by the order of the table, and reads one granule.
 *
 * A view fills the index from each INSERT, which can be seen some milliseconds later than the spans themselves. A trace that was
 * found by its spans is read in the buckets of `starts` as well, so that a list has as many traces as were found.
 */
export function whereTraces(tenant: TenantId, ids: readonly TraceId[], starts: SpanStarts = new Map()): Where {
  const where = new Where(tenant);
  const tenantText = where.bind(tenant);
  const bytes = (text: string): string => `toFixedString(unhex(${text}), 16)`;
  // Only one id is compared as such: a set costs more than it saves.
  const [id] = ids;
  if (ids.length === 1) {
    const wanted = bytes(where.bind(id as string));
    const start = starts.get(id as TraceId);
    const known = start === undefined ? '' : ` UNION ALL SELECT toUInt32(${bucketOf(start)})`;
    return where
      .add(
        `bucket IN (SELECT bucket FROM trace_index WHERE tenant = ${tenantText} AND trace_hash = ${traceHash(wanted)}${known})`,
      )
      .add(`trace_id = ${wanted}`);
  }
  const list = bytes(`arrayJoin(${where.bind(ids, 'Array(String)')})`);
  const known = ids.filter((one) => starts.has(one));
  const knownBuckets = known.map((one) => Number(bucketOf(starts.get(one) as UnixNano)));
  const pairs = `arrayZip(${where.bind(knownBuckets, 'Array(UInt32)')}, ${where.bind(known, 'Array(String)')})`;
  return where.add(`(bucket, trace_id) IN (
  SELECT bucket, id FROM trace_index
  INNER JOIN (SELECT ${list} AS id, ${traceHash('id')} AS id_hash) AS wanted ON trace_hash = id_hash
  WHERE tenant = ${tenantText} AND trace_hash IN (SELECT ${traceHash(list)})${
    known.length === 0
      ? ''
      : `\n  UNION ALL SELECT pair.1, ${bytes('pair.2')} FROM (SELECT arrayJoin(${pairs}) AS pair)`
  }
)`);
}

/** In the order of `ids`. `now` in milliseconds since 1970. */
export async function summaries(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  {now, budget, starts}: {readonly now: number; readonly budget: Budget; readonly starts?: SpanStarts | undefined},
): Promise<TraceSummary[]> {
  if (ids.length === 0) return [];
  const read = (some: readonly TraceId[], dropCopies: boolean) =>
    summaryRows(queries, whereTraces(tenant, some, starts), dropCopies, budget);
  const rows = await read(ids, false);
  const doubtful = rows.filter(({repeated}) => repeated > 0).map(({id}) => id as TraceId);
  if (doubtful.length > 0) rows.push(...(await read(doubtful, true)));
  // Of two rows of one trace, the later one.
  const byId = new Map(rows.map((row) => [row.id, row]));
  const rootless = ids.filter((id) => byId.get(id)?.any_root === 0);
  const heads = await highest(queries, tenant, rootless, starts, budget);
  return ids.flatMap((id) => {
    const row = byId.get(id);
    if (row === undefined) return [];
    const head = heads.get(id) ?? {service: row.root_service, name: row.root_name};
    const start = BigInt(row.start);
    const durationNano = BigInt(row.duration);
    return {
      traceId: id,
      rootService: head.service,
      rootName: head.name,
      rootArrived: row.any_root > 0,
      start: unixNano(start),
      durationNano,
      spans: row.spans,
      errors: row.errors,
      outcome: row.failed === 1 ? 'failed' : row.errors > 0 ? 'healed' : 'clean',
      state: row.any_root > 0 ? 'complete' : isRecent(start + durationNano, now) ? 'arriving' : 'incomplete',
      services: row.services.map((name, i) => ({
        name,
        spans: row.service_spans[i] as number,
        errors: row.service_errors[i] as number,
      })),
    };
  });
}

function isRecent(nanos: bigint, now: number): boolean {
  const ago = BigInt(Math.trunc(now)) * 1_000_000n - nanos;
  return ago < arrivingNanos && ago > -arrivingNanos;
}

function summaryRows(queries: Queries, where: Where, dropCopies: boolean, budget: Budget) {
  const start = 'toUnixTimestamp64Nano(start_time)';
  const columns = 'trace_id, service, status_code, start_time, duration_ns, parent_span_id, span_id, name';
  const spans = dropCopies ? spansWithoutCopies(columns, where.sql) : `spans WHERE ${where.sql}`;
  return queries.rows(
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
  FROM ${spans} GROUP BY trace_id, service ORDER BY head
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
}

/** Spans that name a parent which has not arrived. */
const orphaned = (where: Where): string =>
  `${where.sql} AND parent_span_id != ${noParent} ` +
  `AND (trace_id, parent_span_id) NOT IN (SELECT trace_id, span_id FROM spans WHERE ${where.sql})`;

/** By trace id, the earliest span whose parent has not arrived: what stands for a trace as long as its root is missing. */
async function highest(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  starts: SpanStarts | undefined,
  budget: Budget,
): Promise<ReadonlyMap<string, {service: string; name: string}>> {
  if (ids.length === 0) return new Map();
  const where = whereTraces(tenant, ids, starts);
  const rows = await queries.rows(
    {
      sql: `
SELECT lower(hex(trace_id)) AS id, argMin(service, (start_time, toString(name))) AS head_service,
  argMin(name, (start_time, toString(name))) AS head_name
FROM spans WHERE ${orphaned(where)} GROUP BY trace_id`,
      parameters: where.parameters,
      budget,
    },
    {id: 'text', head_service: 'text', head_name: 'text'},
  );
  return new Map(rows.map((row) => [row.id, {service: row.head_service, name: row.head_name}]));
}

/** By trace id, how many spans name a parent that has not arrived; traces without such are left out. */
export async function orphans(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  budget: Budget,
): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const where = whereTraces(tenant, ids);
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

interface ReadTracesOptions {
  readonly maxSpans: number;
  readonly copies: boolean;
  readonly starts: SpanStarts | undefined;
  readonly budget: Budget;
}

/**
 * Every span of the traces, ordered by start time: the earliest `maxSpans` of them, without copies unless they are wanted.
 * Undefined where there is none.
 */
export async function readTraces(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  {maxSpans, copies, starts, budget}: ReadTracesOptions,
): Promise<SpanBatch | undefined> {
  if (ids.length === 0) return undefined;
  const where = whereTraces(tenant, ids, starts);
  const read = (limitBy: string) =>
    readBatch(queries, `WHERE ${where.sql} ORDER BY start_time, span_id ${limitBy} LIMIT ${maxSpans}`, where, budget);
  const batch = await read('');
  return copies || batch === undefined || !hasIdTwice(batch) ? batch : read(withoutCopies);
}

function hasIdTwice({spans}: SpanBatch): boolean {
  const {traceId, spanId} = spans.columns;
  const seen = new Set<string>();
  for (let row = 0; row < spans.count; row++) seen.add(`${toHex(traceId.get(row))}${toHex(spanId.get(row))}`);
  return seen.size < spans.count;
}

export async function readSpan(
  queries: Queries,
  tenant: TenantId,
  trace: TraceId,
  span: SpanId,
  budget: Budget,
): Promise<SpanBatch | undefined> {
  const where = whereTraces(tenant, [trace]);
  where.add(`span_id = toFixedString(unhex(${where.bind(span)}), 8)`);
  return readBatch(queries, `WHERE ${where.sql} ORDER BY start_time LIMIT 1`, where, budget);
}

async function readBatch(queries: Queries, rest: string, where: Where, budget: Budget): Promise<SpanBatch | undefined> {
  const sql = `SELECT ${spanColumnsSql} FROM spans ${rest}`;
  const batch = readSpanBatch(await queries.native({sql, parameters: where.parameters, budget}));
  budget.spendRows(batch.spans.count);
  return batch.spans.count === 0 ? undefined : batch;
}
