/**
 * Rate, errors and duration by service and operation from the rates by the minute. A span
 * counts for as many as it stands for, see docs/decisions/0074-rates-before-sampling.md.
 */
import {type TenantId, type UnixNano, unixNano} from '../base/index.ts';
import {
  type Budget,
  environmentIs,
  kindNames,
  type OperationsRed,
  type Red,
  type RedFigures,
  type RedFilter,
  type ServiceRed,
  type SpanCondition,
  type TimeRange,
} from '../query/index.ts';
import {latestMinute, type PointTimes, servingKinds, stepBound, stepMillis} from '../red/index.ts';
import {textIs} from './attribute-sql.ts';
import {addTimes, conditionSql, spanWhere, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {durationStep, isStored, minuteOf} from './schema-spans.ts';
import {probabilitySql, weightSql} from './weight-sql.ts';

/** Of server and consumer spans in every minute that begins in `start … end`, the end excluded. */
export async function readRed(
  queries: Queries,
  tenant: TenantId,
  filter: RedFilter,
  points: PointTimes | undefined,
  budget: Budget,
): Promise<Red> {
  const serving = `kind IN (${servingKinds.join(', ')})`;
  const [services, first, series] = await Promise.all([
    readServiceRed(queries, tenant, filter, serving, budget),
    readFirstStart(queries, tenant, filter, budget),
    points === undefined ? undefined : readSeries(queries, tenant, filter, serving, points, budget),
  ]);
  const none = Array.from({length: points?.count ?? 0}, () => 0);
  return {
    coveredStart: first ?? filter.start,
    services: services.map((service) => ({
      ...service,
      ...(series === undefined ? {} : {series: series.get(service.name) ?? {requests: none, errors: none}}),
    })),
  };
}

const maxOperations = 1000;

/** Of every operation of the service, of all kinds or one. */
export async function readOperationsRed(
  queries: Queries,
  tenant: TenantId,
  filter: RedFilter,
  budget: Budget,
): Promise<OperationsRed> {
  const {from, stored, where} = rates(tenant, filter, 'true', ['name', 'kind', 'status_code', 'duration_step']);
  const [rows, first] = await Promise.all([
    queries.rows(
      {
        sql: `
SELECT name, kind, ${redColumns(stored)}
FROM ${from} GROUP BY name, kind ORDER BY requests DESC, name, kind LIMIT ${maxOperations + 1}`,
        parameters: where.parameters,
        budget,
      },
      {name: 'text', kind: 'number', ...redSpec},
    ),
    readFirstStart(queries, tenant, filter, budget),
  ]);
  return {
    coveredStart: first ?? filter.start,
    operations: rows.slice(0, maxOperations).map(({name, kind, ...row}) => ({
      name,
      kind: kindNames[kind] ?? 'unspecified',
      ...redFigures(row),
    })),
    more: rows.length > maxOperations,
  };
}

/** When the earliest span started: the first bucket is found by the order of the table, and only it is read. */
export async function readFirstStart(
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
FROM spans_11 WHERE ${where.sql} AND bucket = (
  SELECT bucket FROM spans_11 WHERE ${where.sql} ORDER BY bucket LIMIT 1)`,
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
  filter: RedFilter,
  condition: string,
  budget: Budget,
): Promise<ServiceRed[]> {
  const {from, stored, where} = rates(tenant, filter, condition, ['service', 'status_code', 'duration_step']);
  const rows = await queries.rows(
    {
      sql: `SELECT service AS name, ${redColumns(stored)} FROM ${from} GROUP BY service ORDER BY service`,
      parameters: where.parameters,
      budget,
    },
    {name: 'text', ...redSpec},
  );
  return rows.map(({name, ...row}) => ({name, ...redFigures(row)}));
}

/** By service, requests and errors of every point. */
async function readSeries(
  queries: Queries,
  tenant: TenantId,
  filter: RedFilter,
  condition: string,
  {start, stepSeconds, count}: PointTimes,
  budget: Budget,
): Promise<ReadonlyMap<string, {requests: readonly number[]; errors: readonly number[]}>> {
  const {from, where} = rates(tenant, filter, condition, ['minute', 'service', 'status_code']);
  const point = `intDiv(toUInt32(minute) - ${seconds(start)}, ${stepSeconds})`;
  const rows = await queries.rows(
    {
      sql: `
SELECT name, groupArray(point) AS at, groupArray(requests) AS requests, groupArray(errors) AS errors
FROM (
  SELECT service AS name, toUInt32(${point}) AS point, sum(spans) AS requests, sumIf(spans, status_code = 2) AS errors
  FROM ${from} GROUP BY name, point
) GROUP BY name`,
      parameters: where.parameters,
      budget,
    },
    {name: 'text', at: 'numbers', requests: 'numbers', errors: 'numbers'},
  );
  const dense = (at: readonly number[], values: readonly number[]): number[] => {
    const series = Array.from({length: count}, () => 0);
    at.forEach((point, i) => {
      if (point < count) series[point] = values[i] as number;
    });
    return series;
  };
  return new Map(
    rows.map(({name, at, requests, errors}) => [name, {requests: dense(at, requests), errors: dense(at, errors)}]),
  );
}

/** What rates are counted by, out of a span: the columns of `span_rates` by name. */
const rateColumns = {
  minute: minuteOf,
  service: 'service',
  name: 'name',
  kind: 'kind',
  status_code: 'status_code',
  duration_step: durationStep('duration_ns'),
} as const;

/**
 * The rates by the minute know neither environment nor version: what asks for these is counted from the spans, in their shape, by
 * the columns in `by`.
 */
export function rates(
  tenant: TenantId,
  {start, end, service, kind, environment, version}: RedFilter,
  condition: string,
  by: readonly (keyof typeof rateColumns)[],
): {from: string; stored: string; where: Where} {
  const [first, before] = [minuteFrom(start), minuteFrom(end)];
  if (environment === undefined && version === undefined) {
    const where = new Where(tenant).add(condition);
    where.add(`minute >= toDateTime(${seconds(first)}, 'UTC')`).add(`minute < toDateTime(${seconds(before)}, 'UTC')`);
    if (service !== undefined) where.add(textIs(where, 'service', service));
    if (kind !== undefined) where.add(`kind = ${kindNames.indexOf(kind)}`);
    return {from: `span_rates WHERE ${where.sql}`, stored: `sumIf(spans, ${isStored})`, where};
  }
  const ofResource: SpanCondition[] = [
    ...(environment === undefined ? [] : [environmentIs(environment)]),
    ...(version === undefined
      ? []
      : [{type: 'attribute', key: 'service.version', value: version, of: 'resource'} as const]),
  ];
  const ofSpan: SpanCondition[] = kind === undefined ? [] : [{type: 'kind', kind}];
  const columns = by.map((name) => `${rateColumns[name]} AS ${name}`).join(', ');
  const where = spanWhere(tenant, {start: first, end: unixNano(before - 1n), service, conditions: ofSpan}).add(
    condition,
  );
  const weight = weightSql(probabilitySql('trace_state'), 'span_id');
  const counted = (clauses: string): string =>
    `SELECT ${columns}, sum(${weight}) AS spans, count() AS stored FROM spans_11 ${clauses} GROUP BY ${by.join(', ')}`;
  for (const one of ofResource) where.add(conditionSql(where, one));
  return {from: `(${counted(where.clauses)})`, stored: 'sum(stored)', where};
}

const minuteNanos = 60_000_000_000n;

/** When the first minute begins that does not begin before: a minute counts whole, by its beginning. */
const minuteFrom = (nanos: bigint): UnixNano => unixNano(((nanos + minuteNanos - 1n) / minuteNanos) * minuteNanos);

const quantile = (level: number): string => `toFloat64(quantileExactWeighted(${level})(duration_step, spans))`;
export const redColumns = (stored: string): string => `sum(spans) AS requests, sumIf(spans, status_code = 2) AS errors,
  ${stored} AS stored_spans, ${quantile(0.5)} AS p50, ${quantile(0.95)} AS p95, ${quantile(0.99)} AS p99`;
export const redSpec = {
  requests: 'number',
  errors: 'number',
  stored_spans: 'number',
  p50: 'number',
  p95: 'number',
  p99: 'number',
} as const;

/** Of steps. */
export function redFigures({
  requests,
  errors,
  stored_spans: stored,
  ...steps
}: Record<keyof typeof redSpec, number>): RedFigures {
  const bounds = Object.entries(steps).flatMap(([name, step]) => {
    const bound = stepBound(step);
    return bound === undefined ? [] : [[name, bound] as const];
  });
  return {
    requests,
    ...(stored === requests ? {} : {stored}),
    errors,
    p50: stepMillis(steps.p50),
    p95: stepMillis(steps.p95),
    p99: stepMillis(steps.p99),
    ...(bounds.length === 0 ? {} : {bounds: Object.fromEntries(bounds)}),
  };
}

export const seconds = (nanos: bigint): number => Math.min(Number(nanos / 1_000_000_000n), latestMinute + 59);
