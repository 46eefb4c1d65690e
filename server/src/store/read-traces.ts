/** Whole traces, their summaries and outlines: found by way of the trace index, which knows the buckets of every trace. */
import {type SpanId, type TenantId, type TraceId, unixNano} from '../base/index.ts';
import type {SpanBatch} from '../model/index.ts';
import type {Budget, TraceSummary} from '../query/index.ts';
import {Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {readSpanBatch, spanColumnsSql} from './read-spans.ts';
import {traceHash} from './schema-spans.ts';

const noParent = `toFixedString('', 8)`;

/** Spans of these traces: the index leads to the few buckets in which they lie. */
export function whereTraces(tenant: TenantId, ids: readonly TraceId[]): Where {
  const where = new Where(tenant);
  const tenantText = where.bind(tenant);
  // Only one id is compared as such: a set costs more than it saves.
  const [id] = ids;
  const list = ids.length === 1 ? where.bind(id as string) : where.bind(ids, 'Array(String)');
  const bytes = (text: string): string => `toFixedString(unhex(${text}), 16)`;
  const isOne = ids.length === 1;
  const hashes = isOne
    ? `trace_hash = ${traceHash(bytes(list))}`
    : `trace_hash IN (SELECT ${traceHash(bytes(`arrayJoin(${list})`))})`;
  return where
    .add(`bucket IN (SELECT bucket FROM trace_index WHERE tenant = ${tenantText} AND ${hashes})`)
    .add(isOne ? `trace_id = ${bytes(list)}` : `trace_id IN (SELECT ${bytes(`arrayJoin(${list})`)})`);
}

/** In the order of `ids`. */
export async function summaries(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  budget: Budget,
): Promise<TraceSummary[]> {
  if (ids.length === 0) return [];
  const where = whereTraces(tenant, ids);
  const start = 'toUnixTimestamp64Nano(start_time)';
  const rows = await queries.rows(
    {
      // `head` orders spans by how well they stand for the trace: roots first, then the earliest.
      sql: `
SELECT lower(hex(trace_id)) AS id, argMin(service, head) AS root_service, min(head).3 AS root_name, min(head).1 AS rootless,
  toString(min(first)) AS start, toString(max(last) - min(first)) AS duration, sum(count) AS spans, sum(failed) AS errors,
  groupArray(service) AS services, groupArray(count) AS service_spans, groupArray(failed) AS service_errors
FROM (
  SELECT trace_id, service, count() AS count, countIf(status_code = 2) AS failed, min(${start}) AS first,
    max(${start} + greatest(duration_ns, 0)) AS last, min((parent_span_id != ${noParent}, ${start}, toString(name))) AS head
  FROM spans WHERE ${where.sql} GROUP BY trace_id, service ORDER BY first
) GROUP BY trace_id`,
      parameters: where.parameters,
      budget,
    },
    {
      id: 'text',
      root_service: 'text',
      root_name: 'text',
      rootless: 'number',
      start: 'text',
      duration: 'text',
      spans: 'number',
      errors: 'number',
      services: 'texts',
      service_spans: 'numbers',
      service_errors: 'numbers',
    },
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    if (row === undefined) return [];
    return {
      traceId: id,
      rootService: row.root_service,
      rootName: row.root_name,
      rootArrived: row.rootless === 0,
      start: unixNano(BigInt(row.start)),
      durationNano: BigInt(row.duration),
      spans: row.spans,
      errors: row.errors,
      services: row.services.map((name, i) => ({
        name,
        spans: row.service_spans[i] as number,
        errors: row.service_errors[i] as number,
      })),
    };
  });
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
SELECT lower(hex(trace_id)) AS id, count() AS spans FROM spans
WHERE ${where.sql} AND parent_span_id != ${noParent}
  AND (trace_id, parent_span_id) NOT IN (SELECT trace_id, span_id FROM spans WHERE ${where.sql})
GROUP BY trace_id`,
      parameters: where.parameters,
      budget,
    },
    {id: 'text', spans: 'number'},
  );
  return new Map(rows.map(({id, spans}) => [id, spans]));
}

/** Every span of the traces, ordered by start time: the earliest `maxSpans` of them. Undefined where there is none. */
export async function readTraces(
  queries: Queries,
  tenant: TenantId,
  ids: readonly TraceId[],
  maxSpans: number,
  budget: Budget,
): Promise<SpanBatch | undefined> {
  if (ids.length === 0) return undefined;
  const where = whereTraces(tenant, ids);
  return readBatch(queries, `WHERE ${where.sql} ORDER BY start_time, span_id LIMIT ${maxSpans}`, where, budget);
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
