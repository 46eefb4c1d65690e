/** For tests: spans as versions before 11 stored them. */
import type {EmbeddedEngine, Engine} from '../engine/index.ts';
import {migrations} from './migrations.ts';

const command = (engine: EmbeddedEngine, query: string) =>
  engine.client.command({query, clickhouse_settings: {wait_end_of_query: 1}});

/** A database of an earlier version. */
export async function migrateTo(engine: EmbeddedEngine, last: number): Promise<void> {
  for (const {version, title, statements} of migrations.filter((one) => one.version <= last)) {
    for (const statement of statements(engine)) await command(engine, statement);
    if (version === 1) {
      // As `migrate` makes it.
      await command(
        engine,
        `CREATE TABLE schema_migrations (version UInt32, title String, applied DateTime('UTC') DEFAULT now())
          ENGINE = ReplacingMergeTree ORDER BY version`,
      );
    }
    await command(engine, `INSERT INTO schema_migrations (version, title) VALUES (${version}, '${title}')`);
  }
}

/** Spans of which some columns are given, as SQL. */
export function insertFormerCases(
  engine: EmbeddedEngine,
  cases: readonly Readonly<Partial<Record<keyof typeof caseColumns, string>>>[],
) {
  const names = Object.keys(caseColumns) as (keyof typeof caseColumns)[];
  const rows = cases.map(
    (given) =>
      `SELECT ${names.map((name) => `CAST(${given[name] ?? caseColumns[name][1]}, '${caseColumns[name][0]}') AS ${name}`).join(', ')}`,
  );
  return command(
    engine,
    `INSERT INTO spans (${names.join(', ')}, start_time) SELECT *, now64(9) FROM (${rows.join(' UNION ALL ')})`,
  );
}

/** Their types, and what they are by default. */
const caseColumns = {
  tenant: ['String', `'cases'`],
  name: ['String', `''`],
  attributes: ['Map(String, String)', 'map()'],
  attribute_types: ['String', `''`],
  resource_attributes: ['Map(String, String)', 'map()'],
  scope_name: ['String', `''`],
  scope_version: ['String', `''`],
  scope_attributes: ['Map(String, String)', 'map()'],
  origin_hashes: ['String', `''`],
} as const;

/** Spans of a thousand traces of two tenants over three days, with events and links, strays among them. */
export const insertFormerSpans = (engine: EmbeddedEngine, count: number, token = 'former') =>
  engine.client.command({
    query: `INSERT INTO spans (tenant, stray, start_time, duration_ns, trace_id, span_id, parent_span_id, service, name,
        status_code, attributes, resource, resource_attributes, scope, scope_name, origin_hashes, events, links)
      SELECT if(n % 3 = 0, 'other', 'default'), n % 7 = 0,
        toDateTime64('2026-03-02 10:00:00', 9, 'UTC') + toIntervalSecond(n * 80) + toIntervalNanosecond(n), n * 1000003,
        unhex(leftPad(hex(n % 1000 + 1), 32, '0')), unhex(leftPad(hex(n + 1), 16, '0')),
        if(n % 5 = 0, toFixedString('', 8), unhex(leftPad(hex(n), 16, '0'))), 's' || toString(n % 5), 'op', if(n % 11 = 0, 2, 0),
        map('user', toString(n), 'k' || toString(n % 4), 'v'), 'r' || toString(n % 5), map('service.name', 's' || toString(n % 5)),
        'l', 'lib', '@0000000000000000000' || toString(n % 5),
        if(n % 2 = 0, [(n, 'event', map('a', 'b'), '', 1)], []),
        if(n % 4 = 0, [(toFixedString('t', 16), toFixedString('s', 8), '', 1, map('c', 'd'), 's', 0)], [])
      FROM (SELECT number AS n FROM numbers(${count}))`,
    clickhouse_settings: {insert_deduplication_token: token, wait_end_of_query: 1},
  });

export const rowsOf = async <T>(engine: Engine, query: string): Promise<T[]> =>
  (await engine.client.query({query, format: 'JSONEachRow'})).json<T>();

/** By tenant and day what the former tables say, and the same of the new ones: every column that is not made anew, as a sum of hashes. */
export const former = (of: Engine) => told('spans', 'trace_index', of);
export const copied = (of: Engine) => told('spans_11', 'trace_index_11', of);
const told = async (spans: string, index: string, of: Engine) => [
  await rowsOf(
    of,
    `SELECT tenant, toDate(start_time) AS day, toUInt32(count()) AS spans, toString(sum(cityHash64(stray, start_time,
        duration_ns, trace_id, span_id, parent_span_id, trace_state, flags, name, kind, status_code, status_message, dropped_attributes,
        service, resource, scope, toString(events), dropped_events, toString(links), dropped_links))) AS hash
      FROM ${spans} GROUP BY tenant, day ORDER BY tenant, day`,
  ),
  await rowsOf(
    of,
    `SELECT tenant, toUInt32(count()) AS entries, toString(sum(cityHash64(stray, trace_hash, bucket))) AS hash
      FROM ${index} FINAL GROUP BY tenant ORDER BY tenant`,
  ),
  await rowsOf(of, `SELECT toUInt32(sum(spans)) AS spans, toUInt32(sum(errors)) AS errors FROM traces`),
  await rowsOf(of, `SELECT toUInt32(sum(spans)) AS spans FROM span_rates`),
];
