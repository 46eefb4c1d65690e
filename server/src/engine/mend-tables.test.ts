/** What a kill in the middle of an INSERT leaves on the disk, made by hand, on the real engine: every INSERT counts once after it. */
import {appendFile, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, afterEach, expect, test} from 'vitest';
import {silentLog} from '../base/index.ts';
import {insertSettings} from './client.ts';
import {logLine} from './deduplication-log.ts';
import {createEmbeddedEngine, type EmbeddedEngine} from './embedded.ts';

const root = await mkdtemp(join(tmpdir(), 'weft-mend-'));
afterAll(() => rm(root, {recursive: true, force: true}));
const engines: EmbeddedEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop();
});

interface World {
  engine: EmbeddedEngine;
  readonly directory: string;
  /** Of `rows`, which the tests fill, and of `sums`, which a view fills from it. */
  readonly tables: Readonly<Record<'rows' | 'sums', string>>;
}

async function createWorld(name: string): Promise<World> {
  const directory = join(root, name);
  const engine = await startEngine(directory);
  const settings =
    'SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1';
  for (const query of [
    `CREATE TABLE rows (n UInt64) ENGINE = MergeTree PARTITION BY n % 2 ORDER BY n ${settings}`,
    `CREATE TABLE sums (k UInt8, rows UInt64) ENGINE = SummingMergeTree((rows)) ORDER BY k ${settings}`,
    'CREATE MATERIALIZED VIEW sums_of_rows TO sums AS SELECT toUInt8(n % 7) AS k, count() AS rows FROM rows GROUP BY k',
  ]) {
    await engine.client.command({query});
  }
  const answer = await engine.client.query({
    query: `SELECT name, data_paths[1] AS path FROM system.tables WHERE name IN ('rows', 'sums') ORDER BY name`,
    format: 'JSONEachRow',
  });
  const [rows, sums] = (await answer.json<{path: string}>()).map(({path}) => path) as [string, string];
  return {engine, directory, tables: {rows, sums}};
}

async function startEngine(directory: string): Promise<EmbeddedEngine> {
  const engine = createEmbeddedEngine({directory, log: silentLog});
  engines.push(engine);
  await engine.start();
  return engine;
}

/** Ten rows, of both partitions. */
const insert = async ({engine}: World, token: string): Promise<unknown> =>
  engine.client.command({
    query: 'INSERT INTO rows SELECT number FROM numbers(10)',
    clickhouse_settings: insertSettings(token),
  });

async function kill(world: World): Promise<void> {
  const {engine} = world;
  const {pid} = engine;
  process.kill(pid as number, 'SIGKILL');
  while (engine.pid === pid) await delay(1);
  await engine.stop(); // before it starts another
}

const restart = async (world: World): Promise<void> => {
  world.engine = await startEngine(world.directory);
};

/** The rows that are there, and those that the view has counted. */
async function counts({engine}: World): Promise<[rows: number, counted: number]> {
  const answer = await engine.client.query({
    query: 'SELECT toUInt32(count()) AS rows, (SELECT toUInt32(sum(rows)) FROM sums) AS counted FROM rows',
    format: 'JSONEachRow',
  });
  const [{rows, counted}] = (await answer.json()) as [{rows: number; counted: number}];
  return [rows, counted];
}

const logOf = (table: string): string => join(table, 'deduplication_logs', 'deduplication_log_1.txt');
const recordsOf = async (table: string): Promise<string[]> =>
  (await readFile(logOf(table), 'utf8')).split('\n').slice(0, -1);
const partOf = (record: string | undefined): string => record?.split('\t')[1] ?? 'no record';

for (const name of ['rows', 'sums'] as const) {
  test(`mend: a part of "${name}" that a kill left without its token is moved out, and the replay of its INSERT counts once`, async () => {
    const world = await createWorld(`part-${name}`);
    const table = world.tables[name];
    await insert(world, 'first');
    await insert(world, 'second');
    await kill(world);
    const records = await recordsOf(table);
    const last = partOf(records.pop());
    await writeFile(logOf(table), records.map((line) => `${line}\n`).join(''));
    await restart(world);
    await insert(world, 'second');
    await insert(world, 'first');
    expect(await counts(world)).toEqual([20, 20]);
    expect(await readdir(join(table, 'detached'))).toEqual([`unconfirmed_${last}`]);
  });

  test(`mend: a token of "${name}" that a kill left without its part is forgotten, and the replay of its INSERT counts`, async () => {
    const world = await createWorld(`token-${name}`);
    const table = world.tables[name];
    await insert(world, 'first');
    await insert(world, 'second');
    await kill(world);
    await rename(join(table, partOf((await recordsOf(table)).at(-1))), join(table, 'tmp_insert_1_99_99_0'));
    await restart(world);
    for (const token of ['second', 'first', 'second']) await insert(world, token);
    expect(await counts(world)).toEqual([20, 20]);
    // As it found them: none of them is new.
    await kill(world);
    await restart(world);
    for (const token of ['second', 'first']) await insert(world, token);
    expect(await counts(world)).toEqual([20, 20]);
  });
}

test('mend: the first part of all that a kill left without its token is moved out', async () => {
  const world = await createWorld('first');
  await insert(world, 'first');
  await kill(world);
  await truncate(logOf(world.tables.sums), 0);
  await restart(world);
  await insert(world, 'first');
  expect(await counts(world)).toEqual([10, 10]);
});

test('mend: a record that was cut short does not hide those that are written after it', async () => {
  const world = await createWorld('cut');
  const table = world.tables.sums;
  await insert(world, 'first');
  await insert(world, 'second');
  await kill(world);
  const last = partOf((await recordsOf(table)).at(-1));
  await rm(join(table, last), {recursive: true});
  await truncate(logOf(table), (await stat(logOf(table))).size - 5);
  await restart(world);
  for (const token of ['second', 'third']) await insert(world, token);
  await kill(world);
  await restart(world);
  for (const token of ['first', 'second', 'third']) await insert(world, token);
  expect(await counts(world)).toEqual([30, 30]);
});

test('mend: the records that follow a line cut short by an earlier version count again', async () => {
  const world = await createWorld('joined');
  const table = world.tables.sums;
  for (const token of ['first', 'second', 'third']) await insert(world, token);
  await kill(world);
  const [first, second, third] = (await recordsOf(table)) as [string, string, string];
  // The second follows the half of another in its line, and zeros, as a power cut leaves them, the third.
  await writeFile(logOf(table), `${first}\n${first.slice(0, 20)}${second}\n${'\0'.repeat(40)}\n${third}\n`);
  await restart(world);
  for (const token of ['first', 'second', 'third']) await insert(world, token);
  expect(await counts(world)).toEqual([30, 30]);
});

test('mend: parts stay whose records the log has rotated away', async () => {
  const world = await createWorld('rotated');
  for (const token of ['first', 'second', 'third']) await insert(world, token);
  await kill(world);
  for (const table of Object.values(world.tables)) {
    const last = (await recordsOf(table)).at(-1) as string;
    await rm(logOf(table));
    await writeFile(join(table, 'deduplication_logs', 'deduplication_log_2.txt'), `${last}\n`);
  }
  await restart(world);
  expect(await counts(world)).toEqual([30, 30]);
});

test('mend: tokens of parts that were merged, mutated or dropped are left as they are', async () => {
  const world = await createWorld('merged');
  for (const token of ['first', 'second', 'third']) await insert(world, token);
  const run = async (query: string): Promise<unknown> =>
    world.engine.client.command({query, clickhouse_settings: {mutations_sync: '2', alter_sync: '2'}});
  await run('OPTIMIZE TABLE sums FINAL');
  await run('ALTER TABLE sums ADD COLUMN more UInt8');
  await run('ALTER TABLE sums UPDATE more = 1 WHERE 1');
  await run('ALTER TABLE rows DROP PARTITION 1');
  await kill(world);
  const before = await Promise.all(Object.values(world.tables).map(recordsOf));
  await restart(world);
  expect(await Promise.all(Object.values(world.tables).map(recordsOf))).toEqual(before);
  for (const token of ['first', 'second']) await insert(world, token);
  // What was dropped has no token any more.
  expect(await counts(world)).toEqual([25, 30]);
});

test('mend: a part that was made without a token stays where the engine was closed in peace', async () => {
  const world = await createWorld('by-hand');
  await insert(world, 'first');
  await world.engine.client.command({query: 'INSERT INTO rows SELECT number FROM numbers(4)'});
  await world.engine.stop();
  await restart(world);
  expect(await counts(world)).toEqual([14, 14]);
});

test('mend: an INSERT that fails and leaves a token without its part makes the engine start again before its failure is told', async () => {
  const world = await createWorld('failed');
  await insert(world, 'first');
  const {pid} = world.engine;
  await appendFile(logOf(world.tables.sums), logLine('add', 'all_77_77_1', 'all_1234_5678'));
  const failing = world.engine.client.command({query: 'INSERT INTO rows SELECT throwIf(1)'});
  await expect(failing).rejects.toThrow(/hang up|ECONNRESET/);
  while (world.engine.pid === pid || world.engine.state.kind !== 'ready') await delay(10);
  expect((await recordsOf(world.tables.sums)).at(-1)).toMatch(/^2\tall_77_77_1\t/);
  await insert(world, 'first');
  expect(await counts(world)).toEqual([10, 10]);
});

test('mend: an INSERT whose token did not reach the log is not confirmed, and its repetition counts once', async () => {
  const world = await createWorld('unwritten');
  const {pid} = world.engine;
  // What ClickHouse writes goes elsewhere, as it goes nowhere on a full disk, of which it does not tell.
  await insert(world, 'first');
  const log = logOf(world.tables.sums);
  await rename(log, join(world.directory, 'elsewhere'));
  await writeFile(log, await readFile(join(world.directory, 'elsewhere')));
  await expect(insert(world, 'second')).rejects.toThrow(/hang up|ECONNRESET/);
  while (world.engine.pid === pid || world.engine.state.kind !== 'ready') await delay(10);
  for (const token of ['second', 'first']) await insert(world, token);
  expect(await counts(world)).toEqual([20, 20]);
});

test('mend: an INSERT that fails and leaves nothing tells why', async () => {
  const world = await createWorld('refused');
  const {pid} = world.engine;
  const failing = world.engine.client.command({query: `INSERT INTO rows SELECT throwIf(1, 'not these')`});
  await expect(failing).rejects.toThrow(/not these/);
  await insert(world, 'first');
  expect([await counts(world), world.engine.pid]).toEqual([[10, 10], pid]);
});
