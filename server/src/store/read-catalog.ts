/** The names and values that a search can use: services, their operations, attribute keys and values. */
import type {TenantId} from '../base/index.ts';
import {Budget, type FoundNames, kindNames, type SpanKindName} from '../query/index.ts';
import type {KeptKeys} from './attribute-keys.ts';
import {freeValues, keySql, pairsSql, textIs} from './attribute-sql.ts';
import type {KeptOperations, Operation} from './kept-operations.ts';
import {position, validSql} from './lossy-text.ts';
import {spanWhere, Where} from './read-conditions.ts';
import type {Queries} from './read-query.ts';
import {windows} from './read-windows.ts';

/** From what is kept where there is such. */
export async function readServices(
  queries: Queries,
  tenant: TenantId,
  budget: Budget,
  kept?: KeptOperations,
): Promise<{name: string; spans: number}[]> {
  const known = await kept?.get(tenant, budget);
  if (known !== undefined) {
    return Array.from(known, ([name, operations]) => ({
      name,
      spans: operations.reduce((sum, {spans}) => sum + spans, 0),
    }));
  }
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
  kept?: KeptOperations,
): Promise<{name: string; kind: SpanKindName; spans: number}[]> {
  const known = await kept?.get(tenant, budget);
  if (known !== undefined) return (known.get(service) ?? []).map(withKindName);
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
  return rows.map(withKindName);
}

const withKindName = ({name, kind, spans}: Operation) => ({name, kind: kindNames[kind] ?? 'unspecified', spans});

/** Names of each sort that are offered for a text. */
const maxFound = 20;

/** Services, operations and attribute keys that contain the text, in any case: the whole name, its beginning, a word's, the rest. */
export async function findNames(
  queries: Queries,
  tenant: TenantId,
  text: string,
  now: number,
  kept: KeptKeys<readonly AttributeKey[]>,
  budget: Budget,
): Promise<FoundNames> {
  const where = new Where(tenant);
  const wanted = where.bind(text);
  const best = (name: string): string => {
    const [shown, at] = [validSql(name), position(name, wanted)];
    const before = `substringUTF8(${shown}, toInt64(${at}) - 1, 1)`;
    const rank = `multiIf(lengthUTF8(${shown}) = lengthUTF8(${wanted}), 0, ${at} = 1, 1, match(${before}, '[^\\\\p{L}\\\\p{N}]'), 2, 3)`;
    return `${rank}, spans DESC, ${name}`;
  };
  const has = (name: string): string => `${position(name, wanted)} > 0`;
  const [services, operations, keys] = await Promise.all([
    queries.rows(
      {
        sql:
          `SELECT toString(service) AS name, sum(operations.spans) AS spans FROM operations WHERE ${where.sql} AND ${has('service')} ` +
          `GROUP BY name ORDER BY ${best('name')} LIMIT ${maxFound}`,
        parameters: where.parameters,
        budget,
      },
      {name: 'text', spans: 'number'},
    ),
    queries.rows(
      {
        sql:
          'SELECT toString(service) AS service, toString(name) AS operation, kind, sum(operations.spans) AS spans ' +
          `FROM operations WHERE ${where.sql} AND ${has('name')} ` +
          `GROUP BY service, operation, kind ORDER BY ${best('operation')}, service, kind LIMIT ${maxFound}`,
        parameters: where.parameters,
        budget,
      },
      {service: 'text', operation: 'text', kind: 'number', spans: 'number'},
    ),
    // They outlive the question: whoever asks next must not go without because the first one went away.
    kept.get(tenant, () => readAttributeKeys(queries, tenant, undefined, now, new Budget(lasting))),
  ]);
  return {
    services,
    operations: operations.map(({service, operation, kind, spans}) => ({
      service,
      name: operation,
      kind: kindNames[kind] ?? 'unspecified',
      spans,
    })),
    attributes: ranked(keys, text),
  };
}

const lasting = new AbortController().signal;

/** The keys that contain the text, in the order of the names above. They come most frequent first. */
function ranked(keys: readonly AttributeKey[], text: string): AttributeKey[] {
  const wanted = text.toLowerCase();
  const rank = (key: string): number => {
    const at = key.indexOf(wanted);
    if (at < 0) return -1;
    return key.length === wanted.length ? 0 : at === 0 ? 1 : /[^\p{L}\p{N}]/u.test(key[at - 1] as string) ? 2 : 3;
  };
  return keys
    .map((key) => ({key, rank: rank(key.key.toLowerCase())}))
    .filter((one) => one.rank >= 0)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, maxFound)
    .map(({key}) => key);
}

/** Keys and values are counted over the newest spans that have them, about this many: what was sent long ago is not offered. */
const sample = 20_000;
const maxKeys = 1000;
/** Looking for a rare key ends after this long, with what was found. */
const valuesMs = 3000;

export interface AttributeKey {
  readonly key: string;
  readonly of: 'span' | 'resource';
  /** Of the newest ones that were counted. */
  readonly spans: number;
}

export async function readAttributeKeys(
  queries: Queries,
  tenant: TenantId,
  service: string | undefined,
  now: number,
  budget: Budget,
): Promise<AttributeKey[]> {
  const filter = {service, conditions: []};
  for await (const window of windows(queries, tenant, filter, {now, spans: sample, budget})) {
    const where = spanWhere(tenant, filter).add(window.sql);
    // Counted by the texts that spans share, which are few; the free form alone has keys of each span.
    const counted = (column: 'attribute_template' | 'origin', isResource: number): string => {
      const {keys} = pairsSql(isResource === 1 ? 'resource_attributes' : 'attributes');
      return (
        `SELECT arrayJoin(${keys}) AS key, ${isResource} AS is_resource, sum(count) AS spans FROM (` +
        `SELECT ${column}, ${isResource === 1 ? '[]::Array(String)' : freeValues} AS attribute_values, count() AS count ` +
        `FROM spans_11 WHERE ${where.sql} GROUP BY ${column}, attribute_values) GROUP BY key`
      );
    };
    const rows = await queries.rows(
      {
        sql:
          `SELECT * FROM (${counted('attribute_template', 0)} UNION ALL ${counted('origin', 1)}) ` +
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
    const where = spanWhere(tenant, filter).add(window.sql);
    const prefix = where.bind(query.prefix);
    const counted = (column: 'attributes' | 'resource_attributes'): string => {
      const {has, value} = keySql(where, column, query.key);
      return (
        `SELECT toString(${value}) AS value, count() AS spans FROM spans_11 ` +
        `WHERE ${where.sql} AND ${has} AND startsWith(value, ${prefix}) GROUP BY value`
      );
    };
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
