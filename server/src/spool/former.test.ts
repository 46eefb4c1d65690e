/** Segments for tables that this version replaces: against the real engine and the real disk. */
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, afterEach, expect, test} from 'vitest';
import type {Engine} from '../engine/index.ts';
import {nativeNumbers} from '../native/testing.ts';
import {awayEngine, createSpoolWorld, numbers, segmentFiles} from './testing.ts';

const world = await createSpoolWorld();
const {engine, setup, start, contents} = world;
afterAll(() => world.end());
afterEach(() => world.stopSpools());

/** The engine has it, but the process dies before it hears so. */
const unconfirmed: Pick<Engine, 'insertFile'> = {
  insertFile: async (...args) => {
    await engine.insertFile(...args);
    throw new Error('connect ECONNREFUSED');
  },
};

/** Three segments of ten rows, of which those that go in first are in already. */
async function leave(through: Pick<Engine, 'insertFile'> = awayEngine): Promise<{table: string; directory: string}> {
  const {table, directory} = await setup();
  const spool = await start(directory, {engine: through, segmentRows: 10});
  for (let i = 0; i < 3; i++) await spool.append(table, nativeNumbers(10 * i, 10), 10);
  if (through === unconfirmed) while (spool.status.error === undefined) await delay(5);
  await world.stopSpools();
  return {table, directory};
}

test('former segments: they wait, count, and hold up no others; by their own engine they go in', async () => {
  const {table, directory} = await leave();
  const {table: other} = await setup();
  const spool = await start(directory, {formerTables: new Set([table]), tables: new Set([other])});
  await spool.append(other, nativeNumbers(0, 5), 5);
  while (spool.status.segments > 3) await delay(5);
  expect(spool.status).toMatchObject({segments: 3, inserts: 1});
  expect(spool.status.bytes).toBeGreaterThan(240);
  expect(await contents(table)).toEqual([0, 0, 0]);
  await spool.insertFormer(engine);
  expect(await contents(table)).toEqual(numbers(30));
  expect(spool.status).toMatchObject({segments: 0, bytes: 0, insertedRows: 35, inserts: 4});
  expect(await segmentFiles(directory)).toEqual([]);
});

test('former segments: one that is in already comes once, however often it is begun', async () => {
  const {table, directory} = await leave(unconfirmed);
  expect((await contents(table))[0]).toBeGreaterThan(0);
  const spool = await start(directory, {formerTables: new Set([table])});
  await Promise.all([spool.insertFormer(engine), spool.insertFormer(engine)]);
  await spool.insertFormer(engine);
  expect(await contents(table)).toEqual(numbers(30));
});

test('former segments: an engine that is away for a while is waited for', async () => {
  const {table, directory} = await leave();
  const spool = await start(directory, {formerTables: new Set([table])});
  let trials = 0;
  await spool.insertFormer({
    insertFile: (...args) => (++trials < 4 ? awayEngine.insertFile(...args) : engine.insertFile(...args)),
  });
  expect(await contents(table)).toEqual(numbers(30));
});

test('former segments: a flush waits for them', async () => {
  const {table, directory} = await leave();
  const spool = await start(directory, {formerTables: new Set([table])});
  const flushed = spool.flush();
  await spool.insertFormer(engine);
  await flushed;
  expect(await contents(table)).toEqual(numbers(30));
});

test('former segments: where their table is gone they are put aside with the reason', async () => {
  const {table, directory} = await leave();
  await engine.client.command({query: `DROP TABLE ${table}`});
  const spool = await start(directory, {formerTables: new Set([table])});
  await spool.insertFormer(engine);
  expect(spool.status).toMatchObject({segments: 0, rejectedSegments: 3, rejectedRows: 0});
  expect(await segmentFiles(join(directory, 'rejected'))).toHaveLength(6);
});

test('former segments: what is not inserted can be put aside with a reason', async () => {
  const {table, directory} = await leave();
  const spool = await start(directory, {formerTables: new Set([table])});
  await spool.rejectFormer('replaced');
  await spool.insertFormer(engine);
  expect(await contents(table)).toEqual([0, 0, 0]);
  expect(spool.status).toMatchObject({segments: 0, bytes: 0, rejectedSegments: 3});
  expect((await readdir(join(directory, 'rejected'))).filter((name) => name.endsWith('.error.txt'))).toHaveLength(3);
});
