/** Rate, errors and duration by service from the rates by the minute, and calls between services from the spans. */
import {type TenantId, type UnixNano, unixNano} from '../base/index.ts';
import type {Budget, Call, Red, ServiceRed, TimeRange} from '../query/index.ts';
import {latestMinute, servingKinds, stepMillis} from '../red/index.ts';
import {addTimes, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {traceHash} from './schema-spans.ts';

/** Of server and consumer spans in every minute that begins in `start … end`, the end excluded. */
export async function readRed(queries: Queries, tenant: TenantId, range: TimeRange, budget: Budget): Promise<Red> {
  const [services, first] = await Promise.all([
    readServiceRed(queries, tenant, range, budget),
    readFirstStart(queries, tenant, range, budget),
  ]);
  return {coveredStart: first ?? range.start, services};
}

/** When the earliest span started: the first bucket is found by the order of the table, and only it is read. */
async function readFirstStart(
  queries: Queries,
  tenant: TenantId,
  range: TimeRange,
  budget: Budget,
): Promise<UnixNano | undefined> {
  const where = new Where(tenant);
  addTimes(where, range);
  const [row] = await queries.rows(
    {
      sql: `
SELECT toString(toUnixTimestamp64Nano(min(start_time))) AS first, count() AS spans
FROM spans WHERE ${where.sql} AND bucket = (
  SELECT bucket FROM spans WHERE ${where.sql} ORDER BY bucket LIMIT 1)`,
      parameters: where.parameters,
      budget,
    },
    {first: 'text', spans: 'number'},
  );
  return row === undefined || row.spans === 0 ? undefined : unixNano(BigInt(row.first));
}

async function readServiceRed(
  queries: Queries,
  tenant: TenantId,
  range: TimeRange,
  budget: Budget,
): Promise<ServiceRed[]> {
  const where = new Where(tenant).add(`kind IN (${servingKinds.join(', ')})`);
  where.add(`minute >= toDateTime(${seconds(range.start)}, 'UTC')`);
  where.add(`minute < toDateTime(${seconds(range.end)}, 'UTC')`);
  const quantile = (level: number): string => `toFloat64(quantileExactWeighted(${level})(duration_step, spans))`;
  const rows = await queries.rows(
    {
      sql: `
SELECT service AS name, sum(spans) AS requests, sumIf(spans, status_code = 2) AS errors,
  ${quantile(0.5)} AS p50, ${quantile(0.95)} AS p95, ${quantile(0.99)} AS p99
FROM span_rates WHERE ${where.sql} GROUP BY service ORDER BY service`,
      parameters: where.parameters,
      budget,
    },
    {name: 'text', requests: 'number', errors: 'number', p50: 'number', p95: 'number', p99: 'number'},
  );
  return rows.map((row) => ({...row, p50: stepMillis(row.p50), p95: stepMillis(row.p95), p99: stepMillis(row.p99)}));
}

const seconds = (nanos: bigint): number => Math.min(Number(nanos / 1_000_000_000n), latestMinute + 59);

/** Beyond this many spans, traces are sampled by their ids and the counts scaled. */
const exactSpans = 1_000_000;

/** The spans of its own trace that a span links to. */
const linkedHere = 'arrayDistinct(arrayFilter((span, trace) -> trace = trace_id, links.span_id, links.trace_id))';

/**
 * How often a span of one service is the parent of one of another, among spans that start within the range. A span without a
 * parent belongs to those of its trace that it links to, as a message's consumer does to its producers. A span that was sent
 * again counts once.
 */
export async function readDependencies(
  queries: Queries,
  tenant: TenantId,
  range: TimeRange,
  budget: Budget,
): Promise<Call[]> {
  const where = new Where(tenant);
  addTimes(where, range);
  const [counted] = await queries.rows(
    {sql: `SELECT count() AS spans FROM spans WHERE ${where.sql}`, parameters: where.parameters, budget},
    {spans: 'number'},
  );
  // Ids are random: of every trace all spans are in the sample, or none.
  const halvings = Math.max(0, Math.ceil(Math.log2((counted?.spans ?? 0) / exactSpans)));
  const share = 2 ** halvings;
  if (halvings > 0) where.add(`${traceHash('trace_id')} % ${share} = 0`);
  const noParent = `toFixedString('', 8)`;
  const rows = await queries.rows(
    {
      sql: `
SELECT parent.service AS parent_service, child.service AS child_service, count() AS calls
FROM (
  SELECT DISTINCT trace_id, span_id, parent_span_id, service FROM spans WHERE ${where.sql} AND parent_span_id != ${noParent}
  UNION ALL
  SELECT DISTINCT trace_id, span_id, arrayJoin(${linkedHere}) AS linked, service
  FROM spans WHERE ${where.sql} AND parent_span_id = ${noParent} AND notEmpty(links.flags)
) AS child
INNER JOIN (SELECT DISTINCT trace_id, span_id, service FROM spans WHERE ${where.sql}) AS parent
  ON child.trace_id = parent.trace_id AND child.parent_span_id = parent.span_id
WHERE parent_service != child_service
GROUP BY parent_service, child_service ORDER BY parent_service, child_service`,
      parameters: where.parameters,
      settings: {distributed_product_mode: 'local'},
      budget,
    },
    {parent_service: 'text', child_service: 'text', calls: 'number'},
  );
  return rows.map((row) => ({parent: row.parent_service, child: row.child_service, calls: row.calls * share}));
}
