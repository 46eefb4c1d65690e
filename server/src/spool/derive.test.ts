/** Sums of segments: against the real engine and the real disk. The sums of these tests are the numbers themselves, each once. */
import {cp, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, afterEach, expect, test} from 'vitest';
import {fixedColumn, readBlocks} from '../native/index.ts';
import {nativeNumbers} from '../native/testing.ts';
import type {Deriver} from './derive.ts';
import {newGroupName, saveGroup, settleGroup} from './derived-group.ts';
import {awayEngine, createSpoolWorld, numbers} from './testing.ts';

const world = await createSpoolWorld();
const {engine, setup, start, contents} = world;
afterAll(() => world.end());
afterEach(() => world.stopSpools());

/** Numbers come in order in these tests, so that a group's are a range. */
function createNumbersDeriver(into: string): Deriver {
  let all: number[] = [];
  return {
    get rows() {
      return all.length;
    },
    add(bytes) {
      for (const block of readBlocks(bytes)) {
        const {at} = fixedColumn(block, 'n');
        for (let row = 0; row < block.rows; row++) all.push(block.bytes.readUInt32LE(at + 8 * row));
      }
    },
    finish() {
      const blocks = all.sort((a, b) => a - b).map((n) => nativeNumbers(n, 1));
      const rows = all.length;
      all = [];
      return rows === 0 ? [] : [{table: into, bytes: new Uint8Array(Buffer.concat(blocks)), rows}];
    },
  };
}

async function setupSums() {
  const {table, directory} = await setup();
  const {table: into} = await setup();
  const run = (where: string, options: {afterMs?: number; through?: Pick<typeof engine, 'insertFile'>} = {}) =>
    start(where, {
      engine: options.through ?? engine,
      segmentRows: 10,
      derived: {table, deriver: createNumbersDeriver(into), afterMs: options.afterMs ?? 3_600_000},
    });
  /** What a process leaves that ends now, for another to begin with. */
  const ended = async (name: string): Promise<string> => {
    const copy = `${directory}-${name}`;
    await cp(directory, copy, {recursive: true, filter: (path) => !/lock/i.test(path.slice(directory.length))});
    return copy;
  };
  const files = async (where: string): Promise<string[]> =>
    (await readdir(where)).filter((name) => /\.(native|frames|group)$/.test(name));
  return {table, into, directory, run, ended, files};
}

/** For a process that is to end before its sums are in. */
const sumless = (into: string): Pick<typeof engine, 'insertFile'> => ({
  insertFile: (to, ...rest) => (to === into ? awayEngine : engine).insertFile(to, ...rest),
});

async function taken(count: number, append: (first: number) => Promise<void>, inserted: () => number): Promise<void> {
  for (let i = 0; i < count; i++) await append(10 * i);
  while (inserted() < count) await delay(5);
}

test('sums: made over several segments, by time and by a flush, and nothing is left behind', async () => {
  const {table, into, directory, run, files} = await setupSums();
  const spool = await run(directory, {afterMs: 50});
  for (let i = 0; i < 4; i++) await spool.append(table, nativeNumbers(10 * i, 10), 10);
  await expect.poll(() => contents(into)).toEqual(numbers(40));
  for (let i = 4; i < 6; i++) await spool.append(table, nativeNumbers(10 * i, 10), 10);
  await spool.flush();
  expect(await contents(table)).toEqual(numbers(60));
  expect(await contents(into)).toEqual(numbers(60));
  expect(await files(directory)).toEqual([]);
  expect(spool.status).toMatchObject({segments: 0, bytes: 0, rejectedSegments: 0});
});

test('sums: a process that ends before they are due leaves its segments, which are summed up once', async () => {
  const {table, into, directory, run, ended, files} = await setupSums();
  const spool = await run(directory, {through: sumless(into)});
  await taken(
    3,
    (first) => spool.append(table, nativeNumbers(first, 10), 10),
    () => spool.status.inserts,
  );
  const copy = await ended('before');
  expect((await files(copy)).length).toBe(6);
  const next = await run(copy);
  await next.flush();
  expect(await contents(table)).toEqual(numbers(30));
  expect(await contents(into)).toEqual(numbers(30));
  expect(await files(copy)).toEqual([]);
});

test('sums: a process that ends at any step after they were written leaves them to be inserted once', async () => {
  const {table, into, directory, run, ended} = await setupSums();
  const spool = await run(directory, {through: sumless(into)});
  await taken(
    3,
    (first) => spool.append(table, nativeNumbers(first, 10), 10),
    () => spool.status.inserts,
  );
  const members = (await readdir(directory)).flatMap((name) => /^(.*)\.native$/.exec(name)?.[1] ?? []);
  const group = {
    name: newGroupName(Date.now()),
    members,
    blocks: [{table: into, bytes: nativeNumbers(0, 30), rows: 30}],
  };
  const written = await ended('written');
  await saveGroup(written, group);
  const settled = await ended('settled');
  await settleGroup(settled, group);
  const between = await ended('between');
  await settleGroup(between, group);
  await saveGroup(between, group);
  for (const directory of [written, settled, between, await copyOf(written)]) {
    const next = await run(directory);
    await next.flush();
    expect(await contents(into), directory).toEqual(numbers(30));
    expect(await contents(table), directory).toEqual(numbers(30));
    await world.stopSpools();
  }
  async function copyOf(of: string): Promise<string> {
    await cp(of, `${of}-again`, {recursive: true});
    return `${of}-again`;
  }
});

test('sums: what is cut short or damaged on disk is not taken for sums', async () => {
  const {into, directory, run, files} = await setupSums();
  const first = await run(directory);
  await first.stop(0);
  const group = {name: newGroupName(1), members: [], blocks: [{table: into, bytes: nativeNumbers(0, 5), rows: 5}]};
  await saveGroup(directory, group);
  const [file] = await files(directory);
  const content = await readFile(join(directory, file as string));
  content[content.length - 3] = 255;
  await writeFile(join(directory, file as string), content);
  await writeFile(join(directory, `derived.${newGroupName(2)}.group.new`), content.subarray(0, 20));
  const spool = await run(directory);
  await spool.flush();
  expect(await contents(into)).toEqual([0, 0, 0]);
  expect((await readdir(directory)).filter((name) => name.startsWith('derived'))).toEqual([]);
  expect(await readdir(join(directory, 'rejected'))).toContain(file);
});

test('sums: they wait for an engine that is away, and what a table does not take is in none', async () => {
  const {table, into, directory, run} = await setupSums();
  let trials = 0;
  const spool = await run(directory, {
    through: {
      insertFile: (to, ...rest) =>
        to === into && ++trials < 4 ? awayEngine.insertFile(to, ...rest) : engine.insertFile(to, ...rest),
    },
  });
  await spool.append(table, nativeNumbers(0, 10), 10);
  await spool.append(table, Uint8Array.from(Buffer.from('not a block at all')), 1);
  await spool.append(table, nativeNumbers(10, 10), 10);
  await spool.flush();
  expect(trials).toBeGreaterThanOrEqual(4);
  const [count] = await contents(table);
  expect((await contents(into))[0]).toBe(count);
  expect(count).toBe(await (await contents(into))[1]);
});
