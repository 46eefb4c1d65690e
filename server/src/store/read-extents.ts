/**
 * Traces as wholes: which of them fit, by how long they took and how they ended, out of the table of their extents. Of a trace it
 * sees what ends later than ten minutes before the range, and what begins until ten minutes after it: all of it, but for traces
 * that go on for much longer than that beyond the range.
 */
import type {TenantId, UnixNano} from '../base/index.ts';
import {arrivingNanos, type TraceConditions, type TraceFilter} from '../query/index.ts';
import {bucketOf, spanWhere, timeTerms, type Where} from './read-conditions.ts';
import {bucketNanos} from './schema-spans.ts';

/** Ten minutes. */
const marginBuckets = 60n;

/** On a cluster, the rows of a trace in every table are on one shard. */
export const localSubqueries = {distributed_product_mode: 'local'} as const;

/** Expressions over the columns of `extents`. */
export const extent = {
  began: 'intDiv(least_head, 2)',
  duration: 'toInt64(ended - intDiv(least_head, 2))',
  failed: '(any_root = 2 OR (any_root = 0 AND least_head % 2 = 1))',
  hasErrors: 'error_count > 0',
  id: 'lower(hex(reinterpretAsFixedString(trace_key)))',
} as const;

/** No root, and its latest span ended about now. */
export const isArriving = (now: UnixNano): string =>
  `(any_root = 0 AND abs(toInt64(ended) - ${now}) < ${arrivingNanos})`;

/**
 * A SELECT of a row a trace: `trace_key`, `least_head`, `ended`, `span_count`, `error_count`, `any_root`, of those with spans that
 * fit in the range. The 16 bytes of an id are grouped as a number, which takes two thirds of the time.
 */
export function extents(tenant: TenantId, filter: TraceFilter, now: UnixNano): {sql: string; where: Where} {
  const where = spanWhere(tenant, filter);
  const tenantText = where.bind(tenant);
  const first = filter.start === undefined ? 0n : bucketOf(filter.start);
  const last = filter.end === undefined ? undefined : bucketOf(filter.end);
  const rows = reaching(tenantText, first, last);
  const having = traceConditions(filter.trace, now);
  if (isUnconditional(filter)) having.push(`max(${isWithin(tenantText, filter)}) = 1`);
  else rows.push(`trace_id IN (SELECT trace_id FROM spans ${where.clauses})`);
  return {sql: grouped(rows, having), where};
}

/** The ids of traces that fit, of those with rows in some buckets: to be bound by the caller's `where`. */
export function fittingIds(
  where: Where,
  tenant: TenantId,
  trace: TraceConditions,
  buckets: {readonly first: number; readonly last: number},
  now: UnixNano,
): string {
  const rows = reaching(where.bind(tenant), BigInt(buckets.first), BigInt(buckets.last));
  return `SELECT reinterpretAsFixedString(trace_key) FROM (${grouped(rows, traceConditions(trace, now))})`;
}

export const hasTraceConditions = (trace: TraceConditions | undefined): boolean =>
  trace !== undefined && traceConditions(trace, 0n as UnixNano).length > 0;

const grouped = (rows: readonly string[], having: readonly string[]): string => `
SELECT reinterpretAsUInt128(trace_id) AS trace_key, min(head) AS least_head, max(last) AS ended, sum(spans) AS span_count,
  sum(errors) AS error_count, max(root) AS any_root
FROM traces WHERE ${rows.join(' AND ')} GROUP BY trace_key${having.length === 0 ? '' : ` HAVING ${having.join(' AND ')}`}`;

/** Rows of these buckets and those around them, and older ones that reach into them. A row ends after its bucket's beginning. */
function reaching(tenant: string, first: bigint, last: bigint | undefined): string[] {
  const from = first - marginBuckets;
  return [
    `tenant = ${tenant}`,
    ...(from <= 0n ? [] : [`last >= ${from * bucketNanos}`]),
    ...(last === undefined ? [] : [`bucket <= ${last + marginBuckets}`]),
  ];
}

const isUnconditional = (filter: TraceFilter): boolean =>
  filter.conditions.length === 0 &&
  [filter.service, filter.operation, filter.minDurationNano, filter.maxDurationNano].every((one) => one === undefined);

/** Whether a row has a span that starts in the range: sure of all buckets but the two at its ends, where the spans are asked. */
function isWithin(tenant: string, {start, end}: TraceFilter): string {
  const ends = [
    ...(start === undefined || start % bucketNanos === 0n ? [] : [bucketOf(start)]),
    ...(end === undefined || (end + 1n) % bucketNanos === 0n ? [] : [bucketOf(end)]),
  ];
  const whole = [
    ...(start === undefined ? [] : [`bucket >= ${bucketOf(start)}`]),
    ...(end === undefined ? [] : [`bucket <= ${bucketOf(end)}`]),
  ];
  if (ends.length === 0) return whole.length === 0 ? 'true' : whole.join(' AND ');
  const list = ends.join(', ');
  const spans = [`tenant = ${tenant}`, `bucket IN (${list})`, ...timeTerms({start, end})].join(' AND ');
  const atEnds = `trace_id IN (SELECT trace_id FROM spans WHERE ${spans})`;
  return `(${whole.join(' AND ')} AND (bucket NOT IN (${list}) OR ${atEnds}))`;
}

function traceConditions(trace: TraceConditions | undefined, now: UnixNano): string[] {
  const {minDurationNano, maxDurationNano, outcomes = []} = trace ?? {};
  const isOne = {
    failed: extent.failed,
    healed: `(NOT ${extent.failed} AND ${extent.hasErrors})`,
    clean: `(NOT ${extent.failed} AND NOT ${extent.hasErrors})`,
  } as const;
  return [
    ...(minDurationNano === undefined ? [] : [`${extent.duration} >= ${minDurationNano}`]),
    ...(maxDurationNano === undefined ? [] : [`${extent.duration} <= ${maxDurationNano}`]),
    ...(outcomes.length === 0
      ? []
      : [`(${outcomes.map((outcome) => isOne[outcome]).join(' OR ')})`, `NOT ${isArriving(now)}`]),
  ];
}
