/** The spool's promises, against the real engine and the real disk. */
import {spawnSync} from 'node:child_process';
import {appendFile, mkdir, readdir, readFile, rm, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, afterEach, expect, test} from 'vitest';
import {RetryableError, silentLog} from '../base/index.ts';
import type {EmbeddedEngine} from '../engine/index.ts';
import {nativeNumbers} from '../native/testing.ts';
import {createSpool} from './spool.ts';
import {createSpoolWorld, numbers, segmentFiles} from './testing.ts';

const world = await createSpoolWorld();
const {engine, setup, start, contents} = world;
afterAll(() => world.end());
afterEach(() => world.stopSpools());

/** An engine that is away until `back` is called: the real one behind it, as if its process had just died. */
const absent = () => {
  let away = true;
  const gone: Pick<EmbeddedEngine, 'insertFile'> = {
    insertFile: (...args) => (away ? Promise.reject(new Error('connect ECONNREFUSED')) : engine.insertFile(...args)),
  };
  return {engine: gone, back: () => (away = false)};
};

test('spool: rows acknowledged before a flush can be queried after it, and their files are gone', async () => {
  const {table, directory} = await setup();
  const spool = await start(directory);
  await Promise.all(Array.from({length: 40}, (_, i) => spool.append(table, nativeNumbers(i * 10, 10), 10)));
  await spool.flush();
  expect(await contents(table)).toEqual(numbers(400));
  expect(await segmentFiles(directory)).toEqual([]);
  expect(spool.status).toMatchObject({bytes: 0, rows: 0, segments: 0, waitingBytes: 0, insertedRows: 400});
});

test('spool: becomes queryable by itself', async () => {
  const {table, directory} = await setup();
  const spool = await start(directory);
  await spool.append(table, nativeNumbers(0, 7), 7);
  while (spool.status.insertedRows < 7) await delay(5);
  expect(await contents(table)).toEqual(numbers(7));
});

test('spool: a flush ends even when blocks keep coming', async () => {
  const {table, directory} = await setup();
  const spool = await start(directory);
  let going = true;
  let sent = 0;
  const write = async (): Promise<void> => {
    while (going) await spool.append(table, nativeNumbers(sent++ * 5, 5), 5);
  };
  const writers = [write(), write()];
  await delay(50);
  const before = sent - 2;
  await spool.flush();
  expect((await contents(table))[0]).toBeGreaterThanOrEqual(before * 5);
  going = false;
  await Promise.all(writers);
  await spool.flush();
  expect(await contents(table)).toEqual(numbers(sent * 5));
});

test('spool: a segment of `segmentRows` rows is one INSERT, and tables do not mix', async () => {
  const [a, b] = [await setup(), await setup()];
  const spool = await start(a.directory, {segmentRows: 100, segmentMs: 60_000});
  for (let i = 0; i < 25; i++) {
    await spool.append(a.table, nativeNumbers(i * 10, 10), 10);
    await spool.append(b.table, nativeNumbers(i * 10, 10), 10);
  }
  await spool.flush();
  expect(await contents(a.table)).toEqual(numbers(250));
  expect(await contents(b.table)).toEqual(numbers(250));
  expect(spool.status.inserts).toBe(6);
});

test('spool: the segments of a flow of rows are older than those of a few', async () => {
  const [flow, few] = [await setup(), await setup()];
  // So long that only a flush ends a segment that goes on with a flow.
  const spool = await start(flow.directory, {segmentMs: 20, steadyMs: 600_000});
  const rows = 1000;
  await spool.append(flow.table, nativeNumbers(0, rows), rows);
  await spool.append(few.table, nativeNumbers(0, 1), 1);
  while (spool.status.inserts < 2) await delay(5);
  await spool.append(flow.table, nativeNumbers(rows, 1), 1);
  await spool.append(few.table, nativeNumbers(1, 1), 1);
  while (spool.status.inserts < 3) await delay(5);
  // Begun later, and in earlier.
  expect(await contents(few.table)).toEqual(numbers(2));
  expect(await contents(flow.table)).toEqual(numbers(rows));
  await spool.flush();
  expect(await contents(flow.table)).toEqual(numbers(rows + 1));
});

test('an absent engine: everything is acknowledged, kept, and inserted once when it is back', async () => {
  const {table, directory} = await setup();
  const {engine: gone, back} = absent();
  const spool = await start(directory, {engine: gone});
  for (let i = 0; i < 30; i++) {
    await spool.append(table, nativeNumbers(i * 10, 10), 10);
    await delay(3);
  }
  expect(spool.status).toMatchObject({rows: 300, insertedRows: 0});
  // While nobody takes them, blocks gather in few segments.
  expect(spool.status.segments).toBeLessThan(5);
  expect(spool.status.error?.message).toBe('connect ECONNREFUSED');
  back();
  await spool.flush();
  expect(await contents(table)).toEqual(numbers(300));
  expect(spool.status.error).toBeUndefined();
});

test('an engine that is killed in the middle of inserts: everything once', async () => {
  const {table, directory} = await setup();
  const spool = await start(directory, {segmentRows: 2000});
  const ready = (): boolean => engine.state.kind === 'ready';
  let killing = true;
  const killer = (async () => {
    for (let round = 0; round < 4; round++) {
      await delay(150);
      if (engine.pid !== undefined) process.kill(engine.pid, 'SIGKILL');
      while (ready()) await delay(5);
      while (!ready()) await delay(5);
    }
    killing = false;
  })();
  let sent = 0;
  while (killing) {
    await spool.append(table, nativeNumbers(sent * 500, 500), 500);
    sent++;
    await delay(1);
  }
  await killer;
  await spool.flush();
  expect(await contents(table)).toEqual(numbers(sent * 500));
});

test('spool: a next process replays what was left, and what had already been inserted is not there twice', async () => {
  const {table, directory} = await setup();
  const inserted: Pick<EmbeddedEngine, 'insertFile'> = {
    // The engine has it, but the process dies before it hears so.
    insertFile: async (...args) => {
      await engine.insertFile(...args);
      throw new Error('connection reset');
    },
  };
  const first = await start(directory, {engine: inserted, segmentRows: 50, segmentMs: 5});
  for (let i = 0; i < 20; i++) await first.append(table, nativeNumbers(i * 10, 10), 10);
  while ((await contents(table))[0] < 10) await delay(5);
  await first.stop(0);
  expect((await segmentFiles(directory)).length).toBeGreaterThan(0);
  const second = await start(directory);
  await second.flush();
  expect(await contents(table)).toEqual(numbers(200));
  expect(await segmentFiles(directory)).toEqual([]);
});

test.each<[string, (native: string, frames: string) => Promise<void>]>([
  ['a block of which only a part was written', (native) => truncate(native, 3 * 91 + 40)],
  ['a record of which only a part was written', (_, frames) => truncate(frames, 3 * 20 + 11)],
  ['a block that was written, without its record', (_, frames) => truncate(frames, 3 * 20)],
  ['a record that was written, without its block', (native) => truncate(native, 3 * 91)],
  [
    'a block whose bytes never reached the disk',
    async (native) => {
      const bytes = await readFile(native);
      await writeFile(native, bytes.fill(0, 3 * 91 + 30));
    },
  ],
])('a torn tail is cut: %s', async (_, tear) => {
  const {table, directory} = await setup();
  const first = await start(directory, {engine: absent().engine, segmentMs: 60_000});
  for (let i = 0; i < 4; i++) await first.append(table, nativeNumbers(i * 10, 10), 10);
  await first.stop(0);
  const [frames, native] = (await segmentFiles(directory)).map((name) => join(directory, name));
  expect((await readFile(native as string)).length).toBe(4 * 91);
  await tear(native as string, frames as string);
  const second = await start(directory);
  await second.flush();
  expect(await contents(table)).toEqual(numbers(30));
});

test('spool: files without anything whole in them are cleared away', async () => {
  const {table, directory} = await setup();
  await (await start(directory)).stop();
  await writeFile(join(directory, `${table}.000000000000001-aa.native`), '');
  await writeFile(join(directory, `${table}.000000000000002-bb.native`), 'torn');
  await appendFile(join(directory, `${table}.000000000000002-bb.frames`), 'too');
  const spool = await start(directory);
  await spool.flush();
  expect(await segmentFiles(directory)).toEqual([]);
  expect(await contents(table)).toEqual([0, 0, 0]);
});

test('spool: a full spool refuses with an error that says when to come back, keeps what it has, and recovers', async () => {
  const {table, directory} = await setup();
  const {engine: gone, back} = absent();
  const spool = await start(directory, {engine: gone, limitBytes: 2000});
  let taken = 0;
  const refused = await (async () => {
    for (;;) {
      const error = await spool.append(table, nativeNumbers(taken * 10, 10), 10).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      if (error) return error;
      taken++;
    }
  })();
  expect(refused).toBeInstanceOf(RetryableError);
  expect(refused).toMatchObject({reason: 'spool_full', retryAfterMs: 5000});
  expect(taken).toBe(21);
  back();
  await spool.flush();
  expect(await contents(table)).toEqual(numbers(taken * 10));
  await spool.append(table, nativeNumbers(taken * 10, 10), 10);
});

test('spool: more than the disk takes is refused for want of memory', async () => {
  const {table, directory} = await setup();
  const spool = await start(directory, {waitingLimitBytes: 500});
  const results = await Promise.allSettled(
    Array.from({length: 20}, (_, i) => spool.append(table, nativeNumbers(i * 10, 10), 10)),
  );
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(refused[0]).toMatchObject({name: 'RetryableError', reason: 'spool_memory'});
  expect(spool.status.waitingBytes).toBe(0);
  await spool.flush();
  expect((await contents(table))[0]).toBe((20 - refused.length) * 10);
});

test('spool: a disk that cannot be written refuses, and the next block finds its way', async () => {
  const {table, directory} = await setup();
  const spool = await start(directory);
  await rm(directory, {recursive: true});
  await expect(spool.append(table, nativeNumbers(0, 10), 10)).rejects.toMatchObject({
    name: 'RetryableError',
    reason: 'spool_failed',
  });
  await spool.stop(0);
  const next = await start(directory);
  await next.append(table, nativeNumbers(0, 10), 10);
  await next.flush();
  expect(await contents(table)).toEqual(numbers(10));
});

/** A small disk of its own, where this process may mount one. */
const smallDisk = async (directory: string, bytes: number): Promise<boolean> => {
  await mkdir(directory, {recursive: true});
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', directory]).status === 0;
};

test('a full disk: refused blocks leave nothing, acknowledged ones stay, and it goes on when there is room', async (context) => {
  const {table, directory} = await setup();
  if (!(await smallDisk(directory, 256 * 1024))) context.skip('this process may not mount a disk');
  try {
    const {engine: gone, back} = absent();
    const spool = await start(directory, {engine: gone, limitBytes: 2 ** 30, segmentMs: 60_000});
    let taken = 0;
    let refused: unknown;
    while (refused === undefined) {
      // Larger than the sync's pages, so that some are cut in the middle; two at once, so that one may be whole on disk.
      const blocks = [taken, taken + 1].map((i) => spool.append(table, nativeNumbers(i * 2000, 2000), 2000));
      const outcomes = await Promise.allSettled(blocks);
      refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))[0];
      if (refused === undefined) taken += 2;
      else expect(outcomes.map(({status}) => status)).toEqual(['rejected', 'rejected']);
    }
    expect(taken).toBeGreaterThan(0);
    expect(refused).toMatchObject({name: 'RetryableError', reason: 'disk_full', retryAfterMs: 5000});
    expect(spool.refusing).toBe('the disk of the spool is full');
    // However often it is tried, no files pile up.
    for (let i = 0; i < 5; i++) {
      await delay(1010);
      await expect(spool.append(table, nativeNumbers(taken * 2000, 4000), 4000)).rejects.toMatchObject({
        reason: 'disk_full',
      });
    }
    expect(await segmentFiles(directory)).toHaveLength(2);
    back();
    await spool.flush();
    expect(await contents(table)).toEqual(numbers(taken * 2000));
    await delay(1010);
    await spool.append(table, nativeNumbers(taken * 2000, 4000), 4000);
    expect(spool.refusing).toBeUndefined();
    await spool.flush();
    expect(await contents(table)).toEqual(numbers(taken * 2000 + 4000));
    await spool.stop();
  } finally {
    spawnSync('umount', ['-l', directory]);
  }
});

test('spool: a segment that the table can never take is put aside with the reason, and holds up nothing', async () => {
  const {table, directory} = await setup();
  const other = await setup();
  await engine.client.command({query: `ALTER TABLE ${other.table} RENAME COLUMN n TO m`}).catch(() => {}); // a key column
  await engine.client.command({query: `DROP TABLE ${other.table} SYNC`});
  await engine.client.command({query: `CREATE TABLE ${other.table} (m UInt64) ENGINE = MergeTree ORDER BY m`});
  const spool = await start(directory);
  await spool.append(other.table, nativeNumbers(0, 10), 10);
  await spool.append(table, nativeNumbers(0, 10), 10);
  await spool.flush();
  expect(await contents(table)).toEqual(numbers(10));
  expect(spool.status).toMatchObject({rejectedSegments: 1, rejectedRows: 10, bytes: 0});
  const rejected = await readdir(join(directory, 'rejected'));
  expect(rejected.map((name) => name.slice(name.lastIndexOf('.'))).sort()).toEqual(['.frames', '.native', '.txt']);
  const reason = rejected.find((name) => name.endsWith('.error.txt')) as string;
  expect(await readFile(join(directory, 'rejected', reason), 'utf8')).toMatch(/No such column n/);
});

test('spool: a table that is missing for a while is waited for', async () => {
  const {table, directory} = await setup();
  await engine.client.command({query: `RENAME TABLE ${table} TO ${table}_away`});
  const spool = await start(directory);
  await spool.append(table, nativeNumbers(0, 10), 10);
  while (spool.status.error === undefined) await delay(5);
  await delay(300);
  await engine.client.command({query: `RENAME TABLE ${table}_away TO ${table}`});
  await spool.flush();
  expect(await contents(table)).toEqual(numbers(10));
});

test('spool: two may not have one directory; it is free after a stop', async () => {
  const {directory} = await setup();
  const first = await start(directory);
  await expect(start(directory)).rejects.toThrow(`another Weft is running on ${directory}`);
  await first.stop();
  await start(directory);
});

test('spool: takes nothing before its start and after its stop', async () => {
  const {table, directory} = await setup();
  const spool = createSpool({directory, engine, log: silentLog});
  const stopping = {name: 'RetryableError', reason: 'stopping'};
  await expect(spool.append(table, nativeNumbers(0, 1), 1)).rejects.toMatchObject(stopping);
  await spool.start();
  await spool.append(table, nativeNumbers(0, 1), 1);
  await spool.stop();
  await expect(spool.append(table, nativeNumbers(0, 1), 1)).rejects.toMatchObject(stopping);
  expect(await contents(table)).toEqual([1, 1, 0]);
});
