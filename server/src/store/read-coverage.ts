/**
 * Services, and HTTP routes of services, that stored metrics or logs know and stored spans do not: where traces have holes that no
 * trace can show. Nothing is claimed of what could not be looked at.
 */
import {type TenantId, type UnixNano, unixNano} from '../base/index.ts';
import type {Budget, Coverage, KnownWithoutSpans, TimeRange} from '../query/index.ts';
import {keySql} from './attribute-sql.ts';
import {spanWhere, timesSql, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {rates} from './read-rates.ts';
import {isStored} from './schema-spans.ts';

/** Services and routes of each signal that are compared. */
const maxNames = 5000;
/** Series whose points are read. */
const maxSeries = 5000;
/** Attributes of logs and of spans are read for so long. */
const maxSeconds = 3;
const minute = 60_000_000_000n;

/** HTTP semantic conventions: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
const routeKey = 'http.route';

interface Name {
  readonly service: string;
  /** Empty for the service itself. */
  readonly route: string;
}
const keyOf = ({service, route}: Name): string => `${service}\0${route}`;

export async function readCoverage(
  queries: Queries,
  tenant: TenantId,
  range: TimeRange,
  budget: Budget,
): Promise<Coverage> {
  const [traced, described, logged] = await Promise.all([
    tracedServices(queries, tenant, range, budget),
    describedNames(queries, tenant, range, budget),
    loggedNames(queries, tenant, range, budget),
  ]);
  // Of a service without any span, its routes tell nothing more.
  const isOpen = ({service, route}: Name): boolean => traced.has(service) === (route !== '');
  const counted = await movedSeries(queries, tenant, range, described.names.filter(isOpen), budget);
  const found = new Map<string, KnownWithoutSpans & Name>();
  for (const name of counted.names) found.set(keyOf(name), {...name, logs: 0});
  for (const name of logged.names.filter(isOpen)) {
    found.set(keyOf(name), {...name, series: found.get(keyOf(name))?.series ?? 0});
  }
  const all = [...found.values()].sort(byWeight);
  const routes = await withoutTracedRoutes(
    queries,
    tenant,
    range,
    all.filter(({route}) => route !== ''),
    budget,
  );
  return {
    services: all.flatMap(({route, ...one}) => (route === '' ? [one] : [])),
    routes: routes.names,
    more: [described, logged, counted, routes].some(({more}) => more),
  };
}

const byWeight = (a: KnownWithoutSpans & Name, b: KnownWithoutSpans & Name): number =>
  b.logs - a.logs || b.series - a.series || (keyOf(a) < keyOf(b) ? -1 : 1);

interface Names<T> {
  readonly names: readonly T[];
  /** Whether there may be others. */
  readonly more: boolean;
}

/** A request that is logged in the range may have begun a little before, and what is logged late may end a little after. */
const widened = ({start, end}: TimeRange): TimeRange => ({
  start: unixNano(start > minute ? start - minute : 0n),
  end: unixNano(end + minute),
});

async function tracedServices(queries: Queries, tenant: TenantId, range: TimeRange, budget: Budget) {
  const {from, where} = rates(tenant, widened(range), isStored, ['service']);
  const sql = `SELECT toString(service) AS service FROM ${from} GROUP BY service`;
  const rows = await queries.rows({sql, parameters: where.parameters, budget}, {service: 'text'});
  return new Set(rows.map(({service}) => service));
}

/** Series are described once a day: these are the services and routes of the days. */
const ofDays = (where: Where, {start, end}: TimeRange): Where => {
  const day = (nanos: UnixNano): string => `toDate(fromUnixTimestamp64Nano(${nanos}, 'UTC'))`;
  return where.add(`(stray = 1 OR day BETWEEN ${day(start)} AND ${day(end)})`);
};
const routeSql = `attributes['${routeKey}']`;

async function describedNames(
  queries: Queries,
  tenant: TenantId,
  range: TimeRange,
  budget: Budget,
): Promise<Names<Name>> {
  const where = ofDays(new Where(tenant), range);
  const rows = await queries.rows(
    {
      sql: `SELECT DISTINCT toString(metric_series.service) AS service, arrayJoin(['', ${routeSql}]) AS route FROM metric_series
WHERE ${where.sql} ORDER BY route, service LIMIT ${maxNames + 1}`,
      parameters: where.parameters,
      budget,
    },
    {service: 'text', route: 'text'},
  );
  return {names: rows.slice(0, maxNames), more: rows.length > maxNames};
}

/**
 * Those of the names whose series have points in the range. A cumulative series of a route is sent on and on after its last request:
 * that of a route counts only where it moved.
 */
async function movedSeries(
  queries: Queries,
  tenant: TenantId,
  range: TimeRange,
  names: readonly Name[],
  budget: Budget,
): Promise<Names<Name & {series: number}>> {
  if (names.length === 0) return {names: [], more: false};
  const where = ofDays(new Where(tenant), range);
  const services = names.filter(({route}) => route === '').map(({service}) => service);
  const routes = names.filter(({route}) => route !== '').map(keyOf);
  where.add(
    `(service IN ${where.bind(services, 'Array(String)')} OR ` +
      `concat(service, '\\0', ${routeSql}) IN ${where.bind(routes, 'Array(String)')})`,
  );
  const series = await queries.rows(
    {
      sql: `SELECT toString(series) AS id, toString(metric_series.service) AS service, ${routeSql} AS route, temporality
FROM metric_series WHERE ${where.sql} LIMIT 1 BY series LIMIT ${maxSeries + 1}`,
      parameters: where.parameters,
      budget,
    },
    {id: 'text', service: 'text', route: 'text', temporality: 'number'},
  );
  const read = series.slice(0, maxSeries);
  if (read.length === 0) return {names: [], more: false};
  const points = new Where(tenant);
  points.add(`series IN (${read.map(({id}) => BigInt(id)).join(', ')})`);
  for (const term of timesSql('time', {start: range.start, end: range.end - 1n})) points.add(term);
  const rows = await queries.rows(
    {
      sql: `SELECT toString(series) AS id, max((count, value, int_value) != (0, 0, 0)) AS counted,
  min((count, value, int_value)) != max((count, value, int_value)) OR min(start_time) >= fromUnixTimestamp64Nano(${range.start}) AS moved
FROM metric_points WHERE ${points.sql} GROUP BY metric_points.series`,
      parameters: points.parameters,
      budget,
    },
    {id: 'text', counted: 'number', moved: 'number'},
  );
  const pointsOf = new Map(rows.map((row) => [row.id, row]));
  const asked = new Set(services);
  const counts = new Map<string, Name & {series: number}>();
  for (const {id, service, route, temporality} of read) {
    const seen = pointsOf.get(id);
    if (seen === undefined) continue;
    const name = {service, route: asked.has(service) ? '' : route};
    if (name.route !== '' && !(seen.counted === 1 && (temporality === delta || seen.moved === 1))) continue;
    counts.set(keyOf(name), {...name, series: (counts.get(keyOf(name))?.series ?? 0) + 1});
  }
  return {names: [...counts.values()], more: series.length > maxSeries};
}
const delta = 1;

const brief = {max_execution_time: maxSeconds, timeout_overflow_mode: 'break'} as const;

async function loggedNames(
  queries: Queries,
  tenant: TenantId,
  range: TimeRange,
  budget: Budget,
): Promise<Names<Name & {logs: number}>> {
  const where = new Where(tenant);
  for (const term of timesSql('time', {start: range.start, end: range.end - 1n})) where.add(term);
  const ask = async (route: string, condition: string): Promise<Names<Name & {logs: number}>> => {
    const begun = performance.now();
    const rows = await queries.rows(
      {
        sql: `SELECT toString(logs.service) AS service, ${route} AS route, count() AS logs FROM logs
WHERE ${where.sql} AND ${condition} GROUP BY service, route LIMIT ${maxNames + 1}`,
        parameters: where.parameters,
        settings: brief,
        budget,
      },
      {service: 'text', route: 'text', logs: 'number'},
    );
    return {names: rows.slice(0, maxNames), more: rows.length > maxNames || isCut(begun)};
  };
  const [services, routes] = await Promise.all([ask(`''`, 'true'), ask(routeSql, `${routeSql} != ''`)]);
  return {names: [...services.names, ...routes.names], more: services.more || routes.more};
}

/** Whether a question that began then may have been ended by its time. */
const isCut = (begun: number): boolean => performance.now() - begun >= 1000 * maxSeconds;

/**
 * The routes that no span has: neither in its name, as HTTP's conventions want it (`GET /orders`), which the rates by the minute
 * know, nor as its attribute. Only for those that are left the spans themselves are read.
 */
async function withoutTracedRoutes<T extends Name>(
  queries: Queries,
  tenant: TenantId,
  range: TimeRange,
  routes: readonly T[],
  budget: Budget,
): Promise<Names<T>> {
  if (routes.length === 0) return {names: [], more: false};
  const {from, where: named} = rates(tenant, widened(range), isStored, ['service', 'name']);
  const rest = `substring(name, position(name, ' ') + 1)`;
  const inNames = await queries.rows(
    {
      sql: `SELECT toString(service) AS service, ${rest} AS route FROM ${from}
  AND ${rest} IN ${named.bind([...new Set(routes.map(({route}) => route))], 'Array(String)')} GROUP BY service, route`,
      parameters: named.parameters,
      budget,
    },
    {service: 'text', route: 'text'},
  );
  const names = new Set(inNames.map(keyOf));
  const open = routes.filter((one) => !names.has(keyOf(one)));
  if (open.length === 0) return {names: [], more: false};
  const where = spanWhere(tenant, {...widened(range), conditions: []});
  where.add(`service IN ${where.bind([...new Set(open.map(({service}) => service))], 'Array(String)')}`);
  const {has, value} = keySql(where, 'attributes', routeKey);
  where.addCostly(has);
  const begun = performance.now();
  const inSpans = await queries.rows(
    {
      sql: `SELECT toString(spans_11.service) AS owner, toString(${value}) AS route FROM spans_11 ${where.clauses}
  AND route IN ${where.bind([...new Set(open.map(({route}) => route))], 'Array(String)')} GROUP BY owner, route`,
      parameters: where.parameters,
      settings: brief,
      budget,
    },
    {owner: 'text', route: 'text'},
  );
  // Where not all spans were read, any of the rest may have a span.
  if (isCut(begun)) return {names: [], more: true};
  const attributes = new Set(inSpans.map(({owner, route}) => keyOf({service: owner, route})));
  return {names: open.filter((one) => !attributes.has(keyOf(one))), more: false};
}
