/**
 * Traces as wholes: which of them fit, by how long they took and how they ended, out of the table of their extents. Of a trace it
 * sees what ends later than ten minutes before the range, and what begins until ten minutes after it: all of it, but for traces
 * that go on for much longer than that beyond the range.
 */
import {type TenantId, type UnixNano, utf8Bytes} from '../base/index.ts';
import {arrivingNanos, environmentOf, type TraceConditions, type TraceFilter} from '../query/index.ts';
import {isLossy} from './lossy-text.ts';
import {originNumber} from './origin-number.ts';
import {bucketOf, spanWhere, timeTerms, type Where} from './read-conditions.ts';
import {bucketNanos} from './schema-spans.ts';

/** Ten minutes. */
export const marginBuckets = 60n;

/** What is known of a trace. */
const aggregates = {
  least_head: 'min(head)',
  ended: 'max(last)',
  span_count: 'sum(spans)',
  error_count: 'sum(errors)',
  any_root: 'max(root)',
} as const;

/** Expressions over these. */
export const extent = {
  began: 'intDiv(least_head, 2)',
  duration: 'toInt64(ended - intDiv(least_head, 2))',
  failed: '(any_root = 2 OR (any_root = 0 AND least_head % 2 = 1))',
  hasErrors: '(error_count > 0)',
  id: 'lower(hex(reinterpretAsFixedString(trace_key)))',
} as const;

/** No root, and its latest span ended about now. */
export const isArriving = (now: UnixNano): string =>
  `(any_root = 0 AND abs(toInt64(ended) - ${now}) < ${arrivingNanos})`;

/**
 * Tests of a row of which one holds in some row of every such trace. Most traces are none of them: those that may be are found by a
 * narrow column or two, and the others are not grouped. A trace that failed has a root that did, or no root and a failed earliest span.
 */
const rowTests = {
  failed: '(root = 2 OR (root = 0 AND head % 2 = 1))',
  hasErrors: 'errors > 0',
} as const;
export type Among = keyof typeof rowTests;

/**
 * A SELECT of a row a trace, of those with spans that fit in the range: `trace_key` and those of the aggregates that are named in
 * `used`, since each of them costs. The 16 bytes of an id are grouped as a number, which takes two thirds of the time. With `among`
 * only traces that may be such. With `every` spans of one bucket in so many are looked at, where spans are.
 */
export function extents(
  tenant: TenantId,
  filter: TraceFilter,
  used: string,
  now: UnixNano,
  among = amongOf(filter.trace),
  every = 1,
): {sql: string; where: Where} {
  const where = spanWhere(tenant, filter);
  if (every > 1) where.add(`bucket % ${every} = 0`);
  const tenantText = where.bind(tenant);
  const first = filter.start === undefined ? 0n : bucketOf(filter.start);
  const last = filter.end === undefined ? undefined : bucketOf(filter.end);
  const rows = reaching(tenantText, first, last, among);
  const having = traceConditions(filter.trace, now);
  const origin = originTest(filter);
  if (origin !== undefined) having.push(`max(${isOfOrigin(tenantText, where, filter, origin)}) = 1`);
  else if (!isUnconditional(filter)) rows.push(`trace_id IN (SELECT trace_id FROM spans_11 ${where.clauses})`);
  else if (filter.start !== undefined || filter.end !== undefined) {
    having.push(`max(${isWithin(tenantText, filter)}) = 1`);
  }
  return {sql: grouped(rows, having, used), where};
}

/** The ids of traces that fit, of those with rows in some buckets: to be bound by the caller's `where`. */
export function fittingIds(
  where: Where,
  tenant: TenantId,
  trace: TraceConditions,
  buckets: {readonly first: number; readonly last: number},
  now: UnixNano,
): string {
  const rows = reaching(where.bind(tenant), BigInt(buckets.first), BigInt(buckets.last), amongOf(trace));
  return `SELECT reinterpretAsFixedString(trace_key) FROM (${grouped(rows, traceConditions(trace, now), '')})`;
}

export const hasTraceConditions = (trace: TraceConditions | undefined): boolean =>
  trace !== undefined && traceConditions(trace, 0n as UnixNano).length > 0;

function grouped(rows: readonly string[], having: readonly string[], used: string): string {
  const text = `${used} ${having.join(' ')}`;
  const columns = Object.entries(aggregates)
    .filter(([name]) => text.includes(name))
    .map(([name, aggregate]) => `, ${aggregate} AS ${name}`);
  const condition = having.length === 0 ? '' : ` HAVING ${having.join(' AND ')}`;
  return `SELECT reinterpretAsUInt128(trace_id) AS trace_key${columns.join('')} FROM traces WHERE ${rows.join(' AND ')} GROUP BY trace_key${condition}`;
}

/** Rows of these buckets and those around them, and older ones that reach into them. A row ends after its bucket's beginning. */
function reaching(tenant: string, first: bigint, last: bigint | undefined, among: Among | undefined): string[] {
  const from = first - marginBuckets;
  const rows = [
    `tenant = ${tenant}`,
    ...(from <= 0n ? [] : [`last >= ${from * bucketNanos}`]),
    ...(last === undefined ? [] : [`bucket <= ${last + marginBuckets}`]),
  ];
  if (among === undefined) return rows;
  return [...rows, `trace_id IN (SELECT trace_id FROM traces WHERE ${rows.join(' AND ')} AND ${rowTests[among]})`];
}

/** What all traces of the outcomes are. */
function amongOf({outcomes = []}: TraceConditions = {}): Among | undefined {
  if (outcomes.length === 0 || outcomes.includes('clean')) return undefined;
  return outcomes.includes('healed') ? 'hasErrors' : 'failed';
}

export const isUnconditional = (filter: TraceFilter): boolean =>
  filter.conditions.length === 0 &&
  [filter.service, filter.operation, filter.minDurationNano, filter.maxDurationNano].every((one) => one === undefined);

/** The halves of an `originNumber` that a filter asks for. */
export interface AskedOrigin {
  readonly service: bigint | undefined;
  readonly environment: bigint | undefined;
}

/** Where the filter asks for a service, an environment or both, and for nothing else. */
export function originAsked(filter: TraceFilter): AskedOrigin | undefined {
  const {service, operation, minDurationNano, maxDurationNano, conditions} = filter;
  if ([operation, minDurationNano, maxDurationNano].some((one) => one !== undefined)) return undefined;
  const [condition, ...others] = conditions;
  const environment = condition === undefined ? undefined : environmentOf(condition);
  if (others.length > 0 || (condition !== undefined && environment === undefined)) return undefined;
  if ([service, environment].some((text) => text !== undefined && isLossy(text))) return undefined;
  if (service === undefined && environment === undefined) return undefined;
  const number = originNumber(utf8Bytes(service ?? ''), environment === undefined ? undefined : utf8Bytes(environment));
  return {
    service: service === undefined ? undefined : number >> 32n,
    environment: environment === undefined ? undefined : number & halfMask,
  };
}
export const halfMask = 2n ** 32n - 1n;

/** A test of the number of an origin. */
function originTest(filter: TraceFilter): string | undefined {
  const asked = originAsked(filter);
  if (asked === undefined) return undefined;
  const {service, environment} = asked;
  if (environment === undefined) return `bitShiftRight(o, 32) = ${service}`;
  return service === undefined ? `bitAnd(o, ${halfMask}) = ${environment}` : `o = ${(service << 32n) | environment}`;
}

/** The buckets in which a range begins and ends in the middle. */
export const cutBuckets = ({start, end}: TraceFilter): bigint[] => [
  ...(start === undefined || start % bucketNanos === 0n ? [] : [bucketOf(start)]),
  ...(end === undefined || (end + 1n) % bucketNanos === 0n ? [] : [bucketOf(end)]),
];

/**
 * Whether a row's trace has a span of the origin that starts in the range. Rows tell, but for those of the two buckets in which
 * the range begins and ends, and those that do not know: there the spans are asked.
 */
function isOfOrigin(tenant: string, where: Where, filter: TraceFilter, origin: string): string {
  const {start, end} = filter;
  const cut = cutBuckets(filter);
  const buckets = [
    ...(start === undefined ? [] : [`bucket >= ${bucketOf(start)}`]),
    ...(end === undefined ? [] : [`bucket <= ${bucketOf(end)}`]),
  ];
  const unknown = [`tenant = ${tenant}`, ...buckets, 'has(origins, 0)'].join(' AND ');
  where.add(
    `bucket IN (SELECT bucket FROM traces WHERE ${unknown} UNION ALL SELECT arrayJoin([${cut.join(', ')}]::Array(UInt32)))`,
  );
  const whole = [...buckets, ...cut.map((bucket) => `bucket != ${bucket}`), `arrayExists(o -> ${origin}, origins)`];
  return `((${whole.join(' AND ')}) OR trace_id IN (SELECT trace_id FROM spans_11 ${where.clauses}))`;
}

/**
 * Whether a row has a span that starts in the range. Its earliest one says so, but for rows of the bucket in which the range begins:
 * where these have spans before the range, the spans are asked.
 */
function isWithin(tenant: string, {start, end}: TraceFilter): string {
  const first = 'intDiv(head, 2)';
  const before = end === undefined ? [] : [`${first} <= ${end}`];
  if (start === undefined) return before.join(' AND ');
  const bucket = bucketOf(start);
  const after = [`${first} >= ${start}`];
  if (start % bucketNanos !== 0n) {
    const spans = [`tenant = ${tenant}`, `bucket = ${bucket}`, ...timeTerms({start, end})].join(' AND ');
    after.push(`(bucket = ${bucket} AND trace_id IN (SELECT trace_id FROM spans_11 WHERE ${spans}))`);
  }
  return [`(${after.join(' OR ')})`, ...before].join(' AND ');
}

function traceConditions(trace: TraceConditions | undefined, now: UnixNano): string[] {
  const {minDurationNano, maxDurationNano, minSpans, outcomes = []} = trace ?? {};
  const isOne = {
    failed: extent.failed,
    healed: `(NOT ${extent.failed} AND ${extent.hasErrors})`,
    clean: `(NOT ${extent.failed} AND NOT ${extent.hasErrors})`,
  } as const;
  return [
    ...(minDurationNano === undefined ? [] : [`${extent.duration} >= ${minDurationNano}`]),
    ...(maxDurationNano === undefined ? [] : [`${extent.duration} <= ${maxDurationNano}`]),
    ...(minSpans === undefined ? [] : [`span_count >= ${minSpans}`]),
    ...(outcomes.length === 0
      ? []
      : [`(${outcomes.map((outcome) => isOne[outcome]).join(' OR ')})`, `NOT ${isArriving(now)}`]),
  ];
}
