import {mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, expect, test} from 'vitest';
import {nativeNumbers} from '../native/testing.ts';
import {createRecentSegments} from './recent.ts';
import {blocksFile, writeSegment} from './segment.ts';
import {awayEngine, createSpoolWorld, numbers} from './testing.ts';

const root = await mkdtemp(join(tmpdir(), 'weft-recent-'));
const world = await createSpoolWorld();
afterEach(() => world.stopSpools());
afterAll(async () => {
  await world.end();
  await rm(root, {recursive: true, force: true});
});

let made = 0;
async function setup(options: {limitBytes?: number; maxAgeMs?: number} = {}) {
  const directory = join(root, String(++made));
  await mkdir(join(directory, 'recent'), {recursive: true});
  await writeFile(join(directory, 'recent', 'left'), 'by an earlier process');
  const gone: string[] = [];
  const recent = await createRecentSegments({
    directory,
    limitBytes: options.limitBytes ?? 1_000_000,
    onGone: (tokens) => void gone.push(...tokens),
    ...(options.maxAgeMs !== undefined && {maxAgeMs: options.maxAgeMs}),
  });
  const kept = async (): Promise<string[]> => (await readdir(join(directory, 'recent'))).sort();
  const segment = (token: string, rows = 1) =>
    writeSegment(directory, `numbers.${token}`, {block: nativeNumbers(0, rows), rows});
  return {directory, recent, gone, kept, segment};
}

test('recent segments: they are kept without what stands beside them, and what an earlier process left goes', async () => {
  const {directory, recent, gone, kept, segment} = await setup();
  expect(await kept()).toEqual([]);
  await recent.keep(await segment('1-a'));
  expect(await kept()).toEqual(['numbers.1-a.native']);
  expect(await readdir(directory)).toEqual(['recent']);
  recent.stop();
  await expect.poll(kept).toEqual([]);
  expect(gone).toEqual(['numbers.1-a']);
});

test('recent segments: the oldest go where they take too much room, a small one as much as the disk needs for it', async () => {
  const {recent, gone, kept, segment} = await setup({limitBytes: 3 * 4096});
  for (const token of ['1-a', '2-b', '3-c']) await recent.keep(await segment(token));
  expect(gone).toEqual([]);
  await recent.keep(await segment('4-d', 700));
  expect(gone).toEqual(['numbers.1-a', 'numbers.2-b']);
  await expect.poll(kept).toEqual(['numbers.3-c.native', 'numbers.4-d.native']);
  recent.clear();
  await expect.poll(kept).toEqual([]);
});

test('recent segments: they go when they are old, and one that cannot be kept is told to be gone', async () => {
  const {recent, gone, kept, segment} = await setup({maxAgeMs: 30});
  await recent.keep(await segment('1-a'));
  await expect.poll(() => gone).toEqual(['numbers.1-a']);
  await expect.poll(kept).toEqual([]);
  const lost = await segment('2-b');
  await rm(blocksFile(lost));
  await recent.keep(lost);
  expect(gone).toEqual(['numbers.1-a', 'numbers.2-b']);
});

test('recent segments: a directory that somebody has removed is made again', async () => {
  const {directory, recent, gone, kept, segment} = await setup();
  await rm(join(directory, 'recent'), {recursive: true});
  await recent.keep(await segment('1-a'));
  expect(gone).toEqual(['numbers.1-a']);
  await recent.keep(await segment('2-b'));
  expect(await kept()).toEqual(['numbers.2-b.native']);
  recent.stop();
});

test('recent segments: a spool keeps the files of what it has summed up, and lets them go where an INSERT fails', async () => {
  const {table, directory} = await world.setup();
  const taken: string[] = [];
  const gone: string[] = [];
  let isAway = false;
  const spool = await world.start(directory, {
    engine: {insertFile: (...insert) => (isAway ? awayEngine : world.engine).insertFile(...insert)},
    derived: {
      table,
      deriver: {rows: 0, add: () => {}, finish: () => []},
      onTaken: (_, files) => void taken.push(...(files ?? [])),
      onGone: (tokens) => void gone.push(...tokens),
    },
  });
  const kept = (): Promise<string[]> => readdir(join(directory, 'recent'));
  await spool.append(table, nativeNumbers(0, 10), 10);
  await spool.flush();
  expect(await world.contents(table)).toEqual(numbers(10));
  expect(await kept()).toHaveLength(1);
  expect(taken[0]).toBe(join(directory, 'recent', (await kept())[0] as string));
  expect(spool.status).toMatchObject({segments: 0, bytes: 0});
  isAway = true;
  await spool.append(table, nativeNumbers(10, 10), 10);
  await expect.poll(() => gone).toHaveLength(1);
  await expect.poll(kept).toEqual([]);
});
