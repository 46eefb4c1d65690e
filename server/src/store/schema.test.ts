/** The schema on the real engine: versions, what its views keep, retention, strange times; and its text for a cluster. */
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {silentLog} from '../base/index.ts';
import {migrate, migrations} from './migrations.ts';
import {type KnownCondition, spanWhere} from './read-conditions.ts';
import {setRetention} from './retention.ts';
import {startTestStore, type TestStore} from './testing.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store.stop());

const rows = async <T>(query: string): Promise<T[]> =>
  (await store.engine.client.query({query, format: 'JSONEachRow'})).json<T>();
const command = (query: string) => store.engine.client.command({query});

test('schema: a second migration has nothing to do', async () => {
  expect(await migrate(store.engine, silentLog)).toEqual([]);
});

test('schema: a migration that was cut short is run again from its start', async () => {
  await command('DROP TABLE logs SYNC');
  await command('ALTER TABLE schema_migrations DELETE WHERE version IN (2, 11) SETTINGS mutations_sync = 1');
  expect(await migrate(store.engine, silentLog)).toEqual([2, 11]);
  expect(await rows(`SELECT name FROM system.tables WHERE database = 'default' AND name = 'logs'`)).toEqual([
    {name: 'logs'},
  ]);
});

test('schema: data of a newer Weft is refused', async () => {
  await command(`INSERT INTO schema_migrations (version, title) SELECT 999, 'later'`);
  await expect(migrate(store.engine, silentLog)).rejects.toThrow('the data was written by a newer Weft (schema 999');
  await command('ALTER TABLE schema_migrations DELETE WHERE version = 999 SETTINGS mutations_sync = 1');
});

test('schema: versions are numbered from 1 without a gap', () => {
  expect(migrations.map(({version}) => version)).toEqual(migrations.map((_, index) => index + 1));
});

describe('schema: on a cluster', () => {
  const statements = migrations.flatMap(({statements, closing}) =>
    [statements, closing ?? (() => [])].flatMap((of) => of({database: 'weft', cluster: 'c'})),
  );

  test.each(statements.map((statement) => [statement.replace(/\s+/g, ' ').slice(0, 100), statement]))(
    '%s is something that ClickHouse can read',
    async (_, statement) => {
      // Read to its end, or its connection is never free again.
      await (await store.engine.client.query({query: `EXPLAIN AST ${statement}`, format: 'TabSeparated'})).text();
      expect(statement).toContain(`ON CLUSTER 'c'`);
    },
  );

  test('every table is replicated, and has a distributed one over it', () => {
    const engines = statements.flatMap((statement) => /ENGINE = (\w+)/.exec(statement)?.[1] ?? []);
    const [replicated, distributed] = [/^Replicated\w*MergeTree$/, /^Distributed$/].map(
      (pattern) => engines.filter((engine) => pattern.test(engine)).length,
    );
    expect(replicated).toBe(distributed);
    expect(engines.length).toBe((replicated ?? 0) + (distributed ?? 0));
  });
});

test('schema: spans of any time are kept, found by their bucket, and make few partitions', async () => {
  await command(`INSERT INTO spans_11 (tenant, start_time, duration_ns, trace_id, service, name, kind)
    SELECT 'odd', fromUnixTimestamp64Nano(toInt64(t)), 5, toFixedString(toString(t % 1000000007), 16), 's', 'n', 2
    FROM (SELECT arrayJoin([0, 1, 999999999, 86400000000000, 1577836799999999999, 1577836800000000000, 4102444800000000000,
      9223372036854775807]) AS t)`);
  expect(await rows(`SELECT toUInt32(count()) AS n FROM spans_11 WHERE tenant = 'odd' AND bucket = 0`)).toEqual([
    {n: 3},
  ]);
  const partitions = `SELECT DISTINCT partition FROM system.parts WHERE active AND table = 'spans_11' ORDER BY partition`;
  expect(await rows(partitions)).toEqual([{partition: '1970-01-01'}, {partition: '2020-01-01'}]);
});

test('retention: what is older goes, what is newer stays, and off keeps everything again', async () => {
  const insert = (tenant: string): Promise<unknown> =>
    command(
      `INSERT INTO spans_11 (tenant, start_time, name) SELECT '${tenant}', now64(9) - toIntervalDay(number * 3), 'n' FROM numbers(2)`,
    );
  const left = (tenant: string) =>
    rows<{age: number}>(
      `SELECT toUInt32(dateDiff('day', start_time, now64(9))) AS age FROM spans_11 WHERE tenant = '${tenant}' ORDER BY age`,
    );
  const ttl = async (): Promise<string[]> =>
    (
      await rows<{name: string; ddl: string}>(
        `SELECT name, create_table_query AS ddl FROM system.tables WHERE database = 'default'`,
      )
    )
      .filter(({ddl}) => ddl.includes(' TTL '))
      .map(({name}) => name)
      .sort();
  await insert('kept');
  await setRetention(store.engine, {traces: undefined, logs: undefined, metrics: undefined}, silentLog);
  expect(await ttl()).toEqual([]);
  await setRetention(store.engine, {traces: 86_400_000, logs: 3_600_000, metrics: undefined}, silentLog);
  expect(await ttl()).toEqual([
    'logs',
    'operations',
    'service_graph',
    'span_filters',
    'span_rates',
    'span_texts',
    'spans_11',
    'trace_index_11',
    'traces',
  ]);
  while ((await left('kept')).length > 1) await delay(50);
  expect(await left('kept')).toEqual([{age: 0}]);
  await setRetention(store.engine, {traces: undefined, logs: undefined, metrics: undefined}, silentLog);
  expect(await ttl()).toEqual([]);
  await insert('later');
  expect(await left('later')).toEqual([{age: 0}, {age: 3}]);
});

test('retention: a text that spans share is kept until the last of them can be gone', async () => {
  await command(
    `INSERT INTO span_texts (tenant, day, text) SELECT 'kept', today() - number, toString(number) FROM numbers(6)`,
  );
  await setRetention(store.engine, {traces: 86_400_000, logs: undefined, metrics: undefined}, silentLog);
  await command('ALTER TABLE span_texts MATERIALIZE TTL SETTINGS mutations_sync = 1');
  await command('OPTIMIZE TABLE span_texts FINAL');
  expect(await rows(`SELECT text FROM span_texts WHERE tenant = 'kept' ORDER BY text`)).toEqual(
    ['0', '1', '2'].map((text) => ({text})),
  );
  await setRetention(store.engine, {traces: undefined, logs: undefined, metrics: undefined}, silentLog);
});

test('retention: a hundred years end after 2106, where a DateTime begins again, and nothing goes', async () => {
  await command(`INSERT INTO spans_11 (tenant, start_time, name)
    SELECT 'century', arrayJoin([now64(9), toDateTime64('2100-01-01', 9, 'UTC'), toDateTime64('1999-01-01', 9, 'UTC')]), 'n'`);
  const century = 36_500 * 86_400_000;
  await setRetention(store.engine, {traces: century, logs: undefined, metrics: undefined}, silentLog);
  await command('ALTER TABLE spans_11 MATERIALIZE TTL SETTINGS mutations_sync = 1');
  await command('OPTIMIZE TABLE spans_11 FINAL');
  expect(await rows(`SELECT toUInt32(count()) AS n FROM spans_11 WHERE tenant = 'century'`)).toEqual([{n: 3}]);
  await setRetention(store.engine, {traces: undefined, logs: undefined, metrics: undefined}, silentLog);
});

test('schema: a search by an attribute uses the filter over all levels', async () => {
  const condition: KnownCondition = {type: 'attribute', key: 'k', value: 'v', of: 'anywhere', texts: ['1']};
  const where = spanWhere('indexed', {conditions: [condition]});
  await command(
    `INSERT INTO spans_11 (tenant, start_time, name, attribute_template) SELECT 'indexed', now64(9), 'n', '\x1fa=b\x1ds'`,
  );
  const answer = await store.engine.client.query({
    query: `EXPLAIN indexes = 1 SELECT trace_id FROM spans_11 ${where.clauses}`,
    query_params: {...where.parameters},
    format: 'TabSeparatedRaw',
  });
  expect(await answer.text()).toContain('Name: span_hashes');
});
