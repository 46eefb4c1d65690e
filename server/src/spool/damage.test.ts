/** Damage that a disk may do to a spool between two processes, and files that people may put into it. */
import {chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, test, vi} from 'vitest';
import {silentLog} from '../base/index.ts';
import {nativeNumbers} from '../native/testing.ts';
import {awayEngine, createSpoolWorld, numbers, type SpoolWorld, segmentFiles} from './testing.ts';

let world: SpoolWorld;
beforeAll(async () => {
  world = await createSpoolWorld();
});
afterEach(() => world.stopSpools());
afterAll(() => world.end());

const blockBytes = nativeNumbers(0, 10).length;
const recordBytes = 20;

/** A spool that died with four acknowledged blocks of ten numbers in one segment. */
async function abandoned() {
  const {table, directory} = await world.setup();
  const first = await world.start(directory, {engine: awayEngine, segmentMs: 60_000});
  for (let i = 0; i < 4; i++) await first.append(table, nativeNumbers(i * 10, 10), 10);
  await first.stop(0);
  const [frames, native] = (await segmentFiles(directory)).map((name) => join(directory, name)) as [string, string];
  return {table, directory, frames, native};
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] as number) ^ 4;
  await writeFile(path, bytes);
}

const rejected = async (directory: string): Promise<string[]> => (await readdir(join(directory, 'rejected'))).sort();
const tens = (...blocks: number[]): [number, number, number] => {
  const all = blocks.flatMap((block) => Array.from({length: 10}, (_, i) => block * 10 + i));
  return [all.length, all.length, all.reduce((a, b) => a + b, 0)];
};

test.each([
  ['the first block', (native: string) => flip(native, 40), [1, 2, 3]],
  ['a block in the middle', (native: string) => flip(native, 2 * blockBytes + 40), [0, 1, 3]],
  ['the last block', (native: string) => flip(native, 4 * blockBytes - 1), [0, 1, 2]],
  ['the first record', (_: string, frames: string) => flip(frames, 5), [1, 2, 3]],
  ['a record in the middle', (_: string, frames: string) => flip(frames, 2 * recordBytes + 9), [0, 1, 3]],
  ['the last record', (_: string, frames: string) => flip(frames, 4 * recordBytes - 1), [0, 1, 2]],
  [
    'two records',
    async (_: string, frames: string) => {
      await flip(frames, recordBytes);
      await flip(frames, 2 * recordBytes);
    },
    [0, 3],
  ],
])(
  'spool damage: one bit of %s costs that block only, which is put aside, logged and counted',
  async (_, harm, kept) => {
    const {table, directory, frames, native} = await abandoned();
    await harm(native, frames);
    const lost: string[] = [];
    const errors: string[] = [];
    const log = {...silentLog, error: (_fields: object, message: string) => void errors.push(message)};
    const spool = await world.start(directory, {log, onLost: (of) => lost.push(of)});
    await spool.flush();
    expect(await world.contents(table)).toEqual(tens(...kept));
    expect(spool.status).toMatchObject({
      damagedBlocks: 4 - kept.length,
      rejectedSegments: 0,
      insertedRows: 10 * kept.length,
      bytes: 0,
    });
    expect(errors).toEqual(['a segment was damaged on disk: the damaged blocks are put aside']);
    expect(lost).toEqual([table]);
    expect(await segmentFiles(directory)).toEqual([]);
    const [reason, blocks] = (await rejected(directory)) as [string, string];
    expect(reason).toMatch(/\.damaged\.error\.txt$/);
    expect(await readFile(join(directory, 'rejected', reason), 'utf8')).toMatch(/bytes \d+ to \d+, (10|some) rows/);
    expect((await readFile(join(directory, 'rejected', blocks))).length).toBe((4 - kept.length) * blockBytes);
  },
);

test('spool damage: a segment that had gone in before its damage was seen is not there twice', async () => {
  const {table, directory} = await world.setup();
  const first = await world.start(directory, {
    segmentMs: 5,
    engine: {
      insertFile: async (...args) => {
        await world.engine.insertFile(...args);
        throw new Error('connection reset');
      },
    },
  });
  await Promise.all([0, 1, 2].map((i) => first.append(table, nativeNumbers(i * 10, 10), 10)));
  await expect.poll(async () => (await world.contents(table))[0]).toBe(30);
  await first.stop(0);
  const native = (await segmentFiles(directory)).find((name) => name.endsWith('.native')) as string;
  await flip(join(directory, native), 40);
  const second = await world.start(directory);
  await second.flush();
  expect(second.status.damagedBlocks).toBe(1);
  expect(await world.contents(table)).toEqual(numbers(30));
});

test('spool damage: blocks whose records are gone are put aside, not dropped', async () => {
  const {table, directory, frames} = await abandoned();
  await rm(frames);
  const spool = await world.start(directory);
  await spool.flush();
  expect(spool.status).toMatchObject({damagedBlocks: 1, bytes: 0});
  expect(await world.contents(table)).toEqual([0, 0, 0]);
  const [, blocks] = (await rejected(directory)) as [string, string];
  expect((await readFile(join(directory, 'rejected', blocks))).length).toBe(4 * blockBytes);
});

test('spool: a segment that was put aside goes in when it is moved back', async () => {
  const {table, directory, frames, native} = await abandoned();
  const other = await world.start(directory, {tables: new Set(['another'])});
  await other.flush(1000);
  expect(other.status).toMatchObject({rejectedSegments: 1, segments: 0});
  const aside = join(directory, 'rejected');
  const reason = (await rejected(directory)).find((name) => name.endsWith('.txt')) as string;
  expect(await readFile(join(aside, reason), 'utf8')).toBe(`this Weft has no table ${table}\n`);
  await other.stop(0);
  for (const path of [frames, native]) await rename(path.replace(directory, aside), path);
  const spool = await world.start(directory, {tables: new Set([table])});
  await spool.flush(10_000);
  expect(await world.contents(table)).toEqual(numbers(40));
});

test('spool: files and folders of others are left alone and told, remains of removed segments are cleared', async () => {
  const {table, directory, native} = await abandoned();
  await mkdir(join(directory, 'notes'));
  await mkdir(join(directory, `${table}.000000000000009-aa.native`));
  await writeFile(join(directory, 'README.native'), 'hello');
  await writeFile(join(directory, '.native'), 'hello');
  await writeFile(join(directory, 'lost+found'), '');
  for (const suffix of ['frames', 'pieces', 'piece', 'mended']) {
    await writeFile(join(directory, `${table}.000000000000008-bb.${suffix}`), 'x');
  }
  const warned: object[] = [];
  const log = {...silentLog, warn: (fields: object) => void warned.push(fields)};
  const spool = await world.start(directory, {log});
  await spool.flush(10_000);
  expect(await world.contents(table)).toEqual(numbers(40));
  const foreign = ['.native', 'README.native', 'lost+found', 'notes', `${table}.000000000000009-aa.native`].sort();
  expect((await readdir(directory)).sort()).toEqual([...foreign, 'lock', 'rejected'].sort());
  expect((warned as {foreign?: string[]}[]).find((fields) => fields.foreign)?.foreign?.sort()).toEqual(foreign);
  expect(native).toContain(table);
});

test('spool: a segment that cannot be read holds up no other, and is put aside after a while', async () => {
  const {table, directory, frames} = await abandoned();
  await rm(frames);
  await mkdir(frames);
  const spool = await world.start(directory);
  await spool.append(table, nativeNumbers(0, 10), 10);
  await spool.flush(10_000);
  expect(await world.contents(table)).toEqual(numbers(10));
  expect(spool.status).toMatchObject({rejectedSegments: 1, segments: 0});
});

test('spool: its directory and files are for their owner only, those of an earlier version too', async () => {
  const {table, directory} = await world.setup();
  await mkdir(directory);
  await chmod(directory, 0o755);
  const spool = await world.start(directory, {engine: awayEngine});
  await spool.append(table, nativeNumbers(0, 10), 10);
  const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
  expect(await mode(directory)).toBe(0o700);
  for (const name of await segmentFiles(directory)) expect(await mode(join(directory, name))).toBe(0o600);
});

test('spool: a clock that steps back an hour after a failed write does not stop it from taking data', async () => {
  const {table, directory} = await world.setup();
  const spool = await world.start(directory);
  await rename(directory, `${directory}-away`);
  await expect(spool.append(table, nativeNumbers(0, 10), 10)).rejects.toMatchObject({reason: 'spool_failed'});
  const real = Date.now;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => real() - 3_600_000);
  try {
    await rename(`${directory}-away`, directory);
    await vi.waitFor(() => spool.append(table, nativeNumbers(0, 10), 10), {timeout: 60_000});
    expect(spool.refusing).toBeUndefined();
    await spool.flush(10_000);
    expect(await world.contents(table)).toEqual(numbers(10));
  } finally {
    clock.mockRestore();
  }
});

test('spool: a flush ends at its limit and says what is missing and why', async () => {
  const {table, directory} = await world.setup();
  const spool = await world.start(directory, {engine: awayEngine});
  await spool.append(table, nativeNumbers(0, 10), 10);
  await expect(spool.flush(50)).rejects.toMatchObject({
    name: 'QueryError',
    reason: 'timeout',
    message: expect.stringMatching(
      /^after 0.05 s ClickHouse has yet to take 1 segments \(10 rows\); the last INSERT failed: connect ECONNREFUSED$/,
    ),
  });
});
