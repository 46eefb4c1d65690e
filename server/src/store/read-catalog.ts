/** What there is to search for: services, their operations, attribute keys and values. */
import type {TenantId} from '../base/index.ts';
import {kindNames, type SpanKindName, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';

export async function readServices(queries: Queries, tenant: TenantId, signal: AbortSignal) {
  const where = new Where(tenant);
  return queries.rows(
    {
      sql: `SELECT service AS name, sum(spans) AS spans FROM operations WHERE ${where.sql} GROUP BY service ORDER BY service`,
      parameters: where.parameters,
      signal,
    },
    {name: 'text', spans: 'number'},
  );
}

export async function readOperations(
  queries: Queries,
  tenant: TenantId,
  service: string,
  signal: AbortSignal,
): Promise<{name: string; kind: SpanKindName; spans: number}[]> {
  const where = new Where(tenant);
  where.add(`service = ${where.bind(service)}`);
  const rows = await queries.rows(
    {
      sql: `SELECT name, kind, sum(spans) AS spans FROM operations WHERE ${where.sql} GROUP BY name, kind ORDER BY name, kind`,
      parameters: where.parameters,
      signal,
    },
    {name: 'text', kind: 'number', spans: 'number'},
  );
  return rows.map(({name, kind, spans}) => ({name, kind: kindNames[kind] ?? 'unspecified', spans}));
}

/** Keys and values are counted over the newest spans, this many: what was sent long ago is not offered. */
const keySample = 50_000;
const valueSample = 200_000;
const maxKeys = 1000;
/** Looking for a rare key ends after this long, with what was found. */
const valueSeconds = 3;

export async function readAttributeKeys(
  queries: Queries,
  tenant: TenantId,
  service: string | undefined,
  signal: AbortSignal,
): Promise<{key: string; of: 'span' | 'resource'; spans: number}[]> {
  const where = new Where(tenant);
  if (service !== undefined) where.add(`service = ${where.bind(service)}`);
  const newest = (columns: string): string =>
    `SELECT ${columns} FROM spans WHERE ${where.sql} ORDER BY bucket DESC LIMIT ${keySample}`;
  const rows = await queries.rows(
    {
      sql: `
SELECT key, is_resource, count() AS spans FROM (
  SELECT arrayJoin(arrayConcat(arrayMap(k -> (toString(k), 0), span_keys), arrayMap(k -> (toString(k), 1), resource_keys))) AS pair,
    pair.1 AS key, pair.2 AS is_resource
  FROM (${newest('attributes.keys AS span_keys, resource_attributes.keys AS resource_keys')})
) GROUP BY key, is_resource ORDER BY spans DESC, key LIMIT ${maxKeys}`,
      parameters: where.parameters,
      signal,
    },
    {key: 'text', is_resource: 'number', spans: 'number'},
  );
  return rows.map(({key, is_resource, spans}) => ({key, of: is_resource === 1 ? 'resource' : 'span', spans}));
}

export async function readAttributeValues(
  queries: Queries,
  tenant: TenantId,
  query: {key: string; service: string | undefined; prefix: string; limit: number},
  signal: AbortSignal,
): Promise<{value: string; spans: number}[]> {
  const where = new Where(tenant);
  const key = where.bind(query.key);
  if (query.service !== undefined) where.add(`service = ${where.bind(query.service)}`);
  where.add(`(has(attributes.keys, ${key}) OR has(resource_attributes.keys, ${key}))`);
  const prefix = where.bind(query.prefix);
  return queries.rows(
    {
      sql: `
SELECT value, count() AS spans FROM (
  SELECT if(mapContains(attributes, ${key}), attributes[${key}], toString(resource_attributes[${key}])) AS value
  FROM spans WHERE ${where.sql} ORDER BY bucket DESC LIMIT ${valueSample}
) WHERE startsWith(value, ${prefix}) GROUP BY value ORDER BY spans DESC, value LIMIT ${query.limit}`,
      parameters: where.parameters,
      settings: {max_execution_time: valueSeconds, timeout_overflow_mode: 'break'},
      signal,
    },
    {value: 'text', spans: 'number'},
  );
}
