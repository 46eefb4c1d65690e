/** Calls, errors and durations of services and operations over time, from the rates by the minute. */
import type {TenantId} from '../base/index.ts';
import {type Budget, type CallSeries, type CallSeriesQuery, kindNames} from '../query/index.ts';
import {latestMinute, stepMillis} from '../red/index.ts';
import {textIs} from './attribute-sql.ts';
import {Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';

/**
 * A minute counts at each point whose window it is in: those from its beginning on, for as long as the window is. So a point knows
 * everything of the minute that it lies in, and what comes later in that minute too.
 */
export async function readCallSeries(
  queries: Queries,
  tenant: TenantId,
  {services, kinds, byOperation, start, step, count, minutes, quantile, limit}: CallSeriesQuery,
  budget: Budget,
): Promise<CallSeries[]> {
  const first = wholeMinute(start) - 60 * (minutes - 1);
  const last = wholeMinute(start + (count - 1) * step);
  if (services.length === 0 || kinds.length === 0 || last < 0) return [];
  const where = new Where(tenant)
    .add(`minute >= toDateTime(${clamp(first)}, 'UTC')`)
    .add(`minute <= toDateTime(${clamp(last)}, 'UTC')`)
    .add(`kind IN (${kinds.map((kind) => kindNames.indexOf(kind)).join(', ')})`);
  where.add(`(${services.map((service) => textIs(where, 'service', service)).join(' OR ')})`);
  /** The first point that is not before the minute's beginning and as many milliseconds after it. */
  const pointFrom = (later: number): string =>
    `least(${count}, intDiv(greatest(0, toInt64(toUInt32(minute)) * 1000 + ${later - start}) + ${step - 1}, ${step}))`;
  const duration = quantile === undefined ? '0' : `toFloat64(quantileExactWeighted(${quantile})(duration_step, spans))`;
  const rows = await queries.rows(
    {
      sql: `
SELECT service, operation, groupArray(at) AS points, groupArray(in_window) AS calls, groupArray(failed) AS errors, groupArray(duration) AS steps
FROM (
  SELECT toString(service) AS service, ${byOperation ? 'toString(name)' : "''"} AS operation,
    arrayJoin(range(toUInt32(${pointFrom(0)}), toUInt32(${pointFrom(60_000 * minutes)}))) AS at,
    sum(spans) AS in_window, sumIf(spans, status_code = 2) AS failed, ${duration} AS duration
  FROM span_rates WHERE ${where.sql} GROUP BY service, operation, at ORDER BY at
)
GROUP BY service, operation ORDER BY sum(in_window) DESC, service, operation LIMIT ${limit}`,
      parameters: where.parameters,
      budget,
    },
    {service: 'text', operation: 'text', points: 'numbers', calls: 'numbers', errors: 'numbers', steps: 'numbers'},
  );
  return rows.map(({points, steps, ...series}) => ({
    ...series,
    point: points,
    quantile: quantile === undefined ? [] : steps.map(stepMillis),
  }));
}

/** Seconds since 1970. */
const wholeMinute = (millis: number): number => Math.floor(millis / 60_000) * 60;
const clamp = (seconds: number): number => Math.min(latestMinute, Math.max(0, seconds));
