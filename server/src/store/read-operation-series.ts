/** Rate, errors and duration of one service over time, as a whole and by operation; and how its durations are distributed. */
import type {TenantId} from '../base/index.ts';
import {
  type Budget,
  kindNames,
  type OperationSeries,
  type OperationSteps,
  type RedFigures,
  type RedFilter,
  type RedSeries,
} from '../query/index.ts';
import {type PointTimes, servingKinds, stepMillis} from '../red/index.ts';
import type {Queries} from './read-query.ts';
import {rates, redColumns, redFigures, redSpec, seconds} from './read-rates.ts';

/** A series is a few hundred numbers: of more operations than a page shows none is read. */
const mostSeries = 30;

/** Server and consumer spans, or those of the kind that is asked for. */
const served = ({kind}: RedFilter): string => (kind === undefined ? `kind IN (${servingKinds.join(', ')})` : 'true');

/** All that the service served. */
export async function readWhole(
  queries: Queries,
  tenant: TenantId,
  filter: RedFilter,
  budget: Budget,
): Promise<RedFigures> {
  const {from, stored, where} = rates(tenant, filter, served(filter), ['kind', 'status_code', 'duration_step']);
  const rows = await queries.rows(
    {sql: `SELECT ${redColumns(stored)} FROM ${from} HAVING requests > 0`, parameters: where.parameters, budget},
    redSpec,
  );
  const [row] = rows;
  return row === undefined ? {requests: 0, errors: 0, p50: 0, p95: 0, p99: 0} : redFigures(row);
}

/** Of the service as a whole, and of its busiest operations. */
export async function readOperationSeries(
  queries: Queries,
  tenant: TenantId,
  filter: RedFilter,
  points: PointTimes,
  budget: Budget,
): Promise<OperationSeries> {
  const point = `toUInt32(intDiv(toUInt32(minute) - ${seconds(points.start)}, ${points.stepSeconds}))`;
  const columns = ['minute', 'name', 'kind', 'status_code', 'duration_step'] as const;
  const ask = async (by: string, condition: string, limit: string) => {
    const {from, stored, where} = rates(tenant, filter, condition, columns);
    const lists = ['requests', 'errors', 'p50', 'p95', 'p99'].map((name) => `groupArray(${name}) AS ${name}`);
    return await queries.rows(
      {
        sql: `
SELECT operation, span_kind, groupArray(point) AS at, ${lists.join(', ')}
FROM (SELECT ${by}, ${point} AS point, ${redColumns(stored)} FROM ${from} GROUP BY operation, span_kind, point)
GROUP BY operation, span_kind ORDER BY arraySum(requests) DESC, operation, span_kind ${limit}`,
        parameters: where.parameters,
        budget,
      },
      {
        ...{operation: 'text', span_kind: 'number', at: 'numbers', requests: 'numbers', errors: 'numbers'},
        ...{p50: 'numbers', p95: 'numbers', p99: 'numbers'},
      } as const,
    );
  };
  const [whole, each] = await Promise.all([
    ask(`'' AS operation, 0 AS span_kind`, served(filter), ''),
    ask('name AS operation, kind AS span_kind', 'true', `LIMIT ${mostSeries}`),
  ]);
  const none = {at: [], requests: [], errors: [], p50: [], p95: [], p99: []};
  return {
    whole: dense(whole[0] ?? none, points.count),
    operations: each.map(({operation, span_kind: kind, ...series}) => ({
      name: operation,
      kind: kindNames[kind] ?? 'unspecified',
      series: dense(series, points.count),
    })),
  };
}

type Sparse = {readonly [name in 'at' | keyof RedSeries]: readonly number[]};

function dense({at, requests, errors, ...steps}: Sparse, count: number): RedSeries {
  const spread = <T>(values: readonly T[], empty: T): T[] => {
    const series = Array.from({length: count}, () => empty);
    at.forEach((point, i) => {
      if (point < count) series[point] = values[i] as T;
    });
    return series;
  };
  const millis = (name: 'p50' | 'p95' | 'p99') =>
    spread<number | null>(
      steps[name].map((step) => stepMillis(step)),
      null,
    );
  return {
    requests: spread(requests, 0),
    errors: spread(errors, 0),
    p50: millis('p50'),
    p95: millis('p95'),
    p99: millis('p99'),
  };
}

/** How many requests of each of the busiest operations took how long. */
export async function readOperationSteps(
  queries: Queries,
  tenant: TenantId,
  filter: RedFilter,
  budget: Budget,
): Promise<OperationSteps[]> {
  const {from, where} = rates(tenant, filter, 'true', ['name', 'kind', 'duration_step']);
  const rows = await queries.rows(
    {
      sql: `
SELECT operation, span_kind, groupArray(duration_step) AS steps, groupArray(counted) AS requests
FROM (
  SELECT name AS operation, kind AS span_kind, duration_step, sum(spans) AS counted FROM ${from}
  GROUP BY operation, span_kind, duration_step
)
GROUP BY operation, span_kind ORDER BY arraySum(requests) DESC, operation, span_kind LIMIT 200`,
      parameters: where.parameters,
      budget,
    },
    {operation: 'text', span_kind: 'number', steps: 'numbers', requests: 'numbers'},
  );
  return rows.map(({operation, span_kind: kind, steps, requests}) => ({
    name: operation,
    kind: kindNames[kind] ?? 'unspecified',
    steps,
    requests,
  }));
}
