/** The names and values that a search can use: services, their operations, attribute keys and values. */
import type {TenantId} from '../base/index.ts';
import {type Budget, kindNames, type SpanKindName} from '../query/index.ts';
import {spanWhere, textIs, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {windows} from './read-windows.ts';

export async function readServices(queries: Queries, tenant: TenantId, budget: Budget) {
  const where = new Where(tenant);
  return queries.rows(
    {
      sql: `SELECT service AS name, sum(spans) AS spans FROM operations WHERE ${where.sql} GROUP BY service ORDER BY service`,
      parameters: where.parameters,
      budget,
    },
    {name: 'text', spans: 'number'},
  );
}

export async function readOperations(
  queries: Queries,
  tenant: TenantId,
  service: string,
  budget: Budget,
): Promise<{name: string; kind: SpanKindName; spans: number}[]> {
  const where = new Where(tenant);
  where.add(textIs(where, 'service', service));
  const rows = await queries.rows(
    {
      sql: `SELECT name, kind, sum(spans) AS spans FROM operations WHERE ${where.sql} GROUP BY name, kind ORDER BY name, kind`,
      parameters: where.parameters,
      budget,
    },
    {name: 'text', kind: 'number', spans: 'number'},
  );
  return rows.map(({name, kind, spans}) => ({name, kind: kindNames[kind] ?? 'unspecified', spans}));
}

/** Keys and values are counted over the newest spans that have them, about this many: what was sent long ago is not offered. */
const sample = 20_000;
const maxKeys = 1000;
/** Looking for a rare key ends after this long, with what was found. */
const valuesMs = 3000;

export async function readAttributeKeys(
  queries: Queries,
  tenant: TenantId,
  service: string | undefined,
  now: number,
  budget: Budget,
): Promise<{key: string; of: 'span' | 'resource'; spans: number}[]> {
  const filter = {service, conditions: []};
  for await (const window of windows(queries, tenant, filter, {now, spans: sample, budget})) {
    const where = spanWhere(tenant, filter).add(window);
    const counted = (map: string, isResource: number): string =>
      `SELECT arrayJoin(${map}.keys) AS key, ${isResource} AS is_resource, count() AS spans FROM spans WHERE ${where.sql} GROUP BY key`;
    const rows = await queries.rows(
      {
        sql:
          `SELECT * FROM (${counted('attributes', 0)} UNION ALL ${counted('resource_attributes', 1)}) ` +
          `ORDER BY spans DESC, key LIMIT ${maxKeys}`,
        parameters: where.parameters,
        budget,
      },
      {key: 'text', is_resource: 'number', spans: 'number'},
    );
    if (rows.length === 0) continue;
    return rows.map(({key, is_resource, spans}) => ({key, of: is_resource === 1 ? 'resource' : 'span', spans}));
  }
  return [];
}

export async function readAttributeValues(
  queries: Queries,
  tenant: TenantId,
  query: {key: string; service: string | undefined; prefix: string; limit: number},
  now: number,
  budget: Budget,
): Promise<{value: string; spans: number}[]> {
  const filter = {service: query.service, conditions: []};
  const deadline = performance.now() + valuesMs;
  const spans = new Map<string, number>();
  let total = 0;
  for await (const window of windows(queries, tenant, filter, {now, spans: sample, budget})) {
    const where = spanWhere(tenant, filter).add(window);
    const key = where.bind(query.key);
    const prefix = where.bind(query.prefix);
    const counted = (map: string): string =>
      `SELECT toString(${map}[${key}]) AS value, count() AS spans FROM spans ` +
      `WHERE ${where.sql} AND has(${map}.keys, ${key}) AND startsWith(value, ${prefix}) GROUP BY value`;
    const rows = await queries.rows(
      {
        sql:
          `SELECT value, sum(spans) AS spans FROM (${counted('attributes')} UNION ALL ${counted('resource_attributes')}) ` +
          `GROUP BY value ORDER BY spans DESC, value LIMIT ${query.limit}`,
        parameters: where.parameters,
        settings: {
          max_execution_time: Math.max(1, Math.ceil((deadline - performance.now()) / 1000)),
          timeout_overflow_mode: 'break',
        },
        budget,
      },
      {value: 'text', spans: 'number'},
    );
    for (const row of rows) {
      spans.set(row.value, (spans.get(row.value) ?? 0) + row.spans);
      total += row.spans;
    }
    if (total >= sample || performance.now() > deadline) break;
  }
  const all = [...spans].map(([value, count]) => ({value, spans: count}));
  return all.sort((a, b) => b.spans - a.spans || (a.value < b.value ? -1 : 1)).slice(0, query.limit);
}
