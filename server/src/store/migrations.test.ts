/** A database of an earlier version, brought up to date with what it holds. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {defaultTenant, silentLog, systemClock, type TraceId} from '../base/index.ts';
import {createEmbeddedEngine, type EmbeddedEngine} from '../engine/index.ts';
import {Budget} from '../query/index.ts';
import {migrate} from './migrations.ts';
import {createReader} from './reader.ts';
import {stretchesOf} from './schema-traces.ts';
import {migrateTo} from './testing-former.ts';

let directory: string;
let engine: EmbeddedEngine;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weft-migrations-'));
  engine = createEmbeddedEngine({directory, log: silentLog});
  await engine.start();
});
afterAll(async () => {
  await engine.stop();
  await rm(directory, {recursive: true, force: true});
});

const command = (query: string) => engine.client.command({query, clickhouse_settings: {wait_end_of_query: 1}});
const rows = async <T>(query: string): Promise<T[]> =>
  (await engine.client.query({query, format: 'JSONEachRow'})).json<T>();

/** What the table says, and the same from the spans. */
const told = () =>
  rows(`SELECT tenant, hex(trace_id) AS id, toString(intDiv(min(head), 2)) AS began, min(head) % 2 AS failed_first,
    toString(max(last)) AS ended, toUInt32(sum(spans)) AS count, toUInt32(sum(errors)) AS failed, max(root) AS roots
    FROM traces GROUP BY tenant, trace_id ORDER BY tenant, id`);
const expectedOfSpans = (spans = 'spans_11') =>
  rows(`SELECT tenant, hex(trace_id) AS id, toString(min(toUnixTimestamp64Nano(start_time))) AS began,
    toUInt8(argMin(status_code, (start_time, status_code)) = 2) AS failed_first,
    toString(max(toUnixTimestamp64Nano(start_time) + duration_ns)) AS ended, toUInt32(count()) AS count,
    toUInt32(countIf(status_code = 2)) AS failed,
    toUInt8(multiIf(countIf(parent_span_id = toFixedString('', 8) AND status_code = 2) > 0, 2,
      countIf(parent_span_id = toFixedString('', 8)) > 0, 1, 0)) AS roots
    FROM ${spans} GROUP BY tenant, trace_id ORDER BY tenant, id`);

/** 2,000 spans of 250 traces of two tenants over two days, strays among them. */
const insertSpans = (from: number, spans = 'spans_11') =>
  command(`INSERT INTO ${spans} (tenant, stray, start_time, duration_ns, trace_id, span_id, parent_span_id, service, name, status_code)
    SELECT if(n % 3 = 0, 'other', 'default'), n % 7 = 0, now64(9) - toIntervalSecond(n * 80) - toIntervalNanosecond(n * 7), n * 1000003,
      unhex(leftPad(hex(n % 250 + 1), 32, '0')), unhex(leftPad(hex(n + 1), 16, '0')),
      if(n % 5 = 0, toFixedString('', 8), unhex(leftPad(hex(n), 16, '0'))), 's', 'n', if(n % 11 = 0, 2, 0)
    FROM (SELECT number + ${from} AS n FROM numbers(2000))`);

test('migrations: a database of version 6 is filled with the extents of what it holds, once, however often that is begun', async () => {
  await migrateTo(engine, 6);
  await insertSpans(0, 'spans');
  await migrateToTen();
  expect(await told()).toEqual(await expectedOfSpans('spans'));
  expect((await told()).length).toBeGreaterThan(250);
  // Cut short before it was recorded.
  await command('ALTER TABLE schema_migrations DELETE WHERE version >= 7 SETTINGS mutations_sync = 1');
  await migrateToTen();
  expect(await told()).toEqual(await expectedOfSpans('spans'));
  expect(await migrate(engine, silentLog)).toEqual([11, 12, 13, 14, 15]);
  expect(await told()).toEqual(await expectedOfSpans());
});

/** Ends before version 11, which takes the spans elsewhere. */
async function migrateToTen(): Promise<void> {
  const asked: number[] = [];
  const before = async (version: number): Promise<void> => {
    asked.push(version);
    if (version === 11) throw new Error('not yet');
  };
  await expect(migrate(engine, silentLog, {before})).rejects.toThrow('not yet');
  expect(asked).toEqual([7, 8, 9, 10, 11]);
}

test('migrations: what was there before is found by the index of now, and no former one is left', async () => {
  const reader = createReader({client: engine.queries, clock: systemClock});
  const budget = new Budget(new AbortController().signal);
  const id = '1'.padStart(32, '0') as TraceId;
  const [expected] = await rows<{count: number}>(
    `SELECT toUInt32(count()) AS count FROM spans_11 WHERE tenant = '${defaultTenant}' AND hex(trace_id) = '${id}'`,
  );
  const [summary] = await reader.summaries(defaultTenant, [id], {budget});
  expect(summary?.spans).toBe(expected?.count);
  const left = await rows(
    `SELECT name FROM system.tables WHERE database = 'default' AND name LIKE 'trace_index%' ORDER BY name`,
  );
  expect(left).toEqual([{name: 'trace_index_11'}]);
});

test('migrations: a kill does not make the next start take the record of the schema for an insert that nobody confirmed', async () => {
  const own = await mkdtemp(join(tmpdir(), 'weft-migrations-kill-'));
  try {
    const first = createEmbeddedEngine({directory: own, log: silentLog});
    await first.start();
    expect(await migrate(first, silentLog)).not.toEqual([]);
    await first.stop();
    // As a kill leaves the disk: nothing says that the engine was closed.
    await rm(join(own, 'closed'));
    const second = createEmbeddedEngine({directory: own, log: silentLog});
    await second.start();
    expect(await migrate(second, silentLog)).toEqual([]);
    await second.stop();
  } finally {
    await rm(own, {recursive: true, force: true});
  }
});

test('migrations: the tables of names and rates are merged as ClickHouse usually does, spans seldom', async () => {
  const tables = await rows<{name: string; few: number}>(
    `SELECT name, toUInt8(position(create_table_query, 'merge_selector_base') > 0) AS few FROM system.tables
      WHERE database = 'default' AND name IN ('spans_11', 'span_rates', 'operations') ORDER BY name`,
  );
  expect(tables).toEqual([
    {name: 'operations', few: 0},
    {name: 'span_rates', few: 0},
    {name: 'spans_11', few: 1},
  ]);
});

test('migrations: an INSERT fills as many hours as are grouped in memory, however far apart, and a full hour in parts', () => {
  const million = 1_000_000;
  const hours = Array.from({length: 2000}, (_, i) => ({hour: 24 * i, spans: 1}));
  expect(stretchesOf(hours)).toEqual([{from: 0, before: (24 * 1999 + 1) * 360}]);
  const full = [15, 15, 1].map((count, hour) => ({hour, spans: count * million}));
  expect(stretchesOf(full)).toEqual([
    {from: 0, before: 360},
    {from: 360, before: 3 * 360},
  ]);
  expect(stretchesOf([{hour: 3, spans: 55 * million}])).toEqual([
    {from: 1080, before: 1200},
    {from: 1200, before: 1320},
    {from: 1320, before: 1440},
  ]);
});
