import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {utf8, utf8Bytes} from '../base/index.ts';
import {openQueueLog, type QueueLog} from './queue-log.ts';

const root = mkdtempSync(join(tmpdir(), 'weft-queue-log-'));
/** Closed at the end only: a process that is killed closes nothing. */
const logs: QueueLog[] = [];
afterAll(async () => {
  for (const log of logs) await log.close();
  rmSync(root, {recursive: true, force: true});
});
const directory = (): string => mkdtempSync(join(root, 'log'));
const open = async (path: string, segmentBytes?: number): Promise<QueueLog> => {
  const log = await openQueueLog({directory: path, fsync: true, ...(segmentBytes && {segmentBytes})});
  logs.push(log);
  return log;
};

const add = (log: QueueLog, text: string) => log.append([utf8Bytes(text)], text.length);
const left = async (log: QueueLog): Promise<(string | undefined)[]> =>
  Promise.all(
    log.left.map(async (record) => (await log.read(record).then((bytes) => bytes && utf8(bytes))) ?? undefined),
  );
/** Paths of the files in the directory that have the suffix. */
const files = (path: string, suffix: string): string[] =>
  readdirSync(path)
    .filter((name) => name.endsWith(suffix))
    .map((name) => join(path, name));

test('queue log: the next process finds, in order, what was appended and not confirmed', async () => {
  const path = directory();
  const first = await open(path);
  const records = await Promise.all(['a', 'bb', 'ccc', ''].map((text) => add(first, text)));
  await first.confirm(records[1]!);
  // The process is gone without a word: nothing is closed.
  const second = await open(path);
  expect(second.left.map(({items, bytes}) => [items, bytes])).toEqual([
    [1, 1],
    [3, 3],
    [0, 0],
  ]);
  expect(await left(second)).toEqual(['a', 'ccc', '']);
  await add(second, 'd');
  expect(await left(await open(path))).toEqual(['a', 'ccc', '', 'd']);
});

test('queue log: a record in several parts is read as one', async () => {
  const log = await open(directory());
  const record = await log.append([utf8Bytes('head'), utf8Bytes(''), utf8Bytes('body')], 1);
  expect(utf8((await log.read(record))!)).toBe('headbody');
});

test('queue log: a confirmed segment leaves the disk, whoever wrote it', async () => {
  const path = directory();
  const first = await open(path, 100);
  const records = [];
  for (let i = 0; i < 20; i++) records.push(await add(first, `${i}`.padStart(40, '.')));
  expect(files(path, '.records').length).toBeGreaterThan(5);
  for (const record of records.slice(0, 10)) await first.confirm(record);
  const second = await open(path, 100);
  expect(second.left.length).toBe(10);
  for (const record of second.left) await second.confirm(record);
  expect(readdirSync(path)).toEqual([]);
  expect(second.bytes).toBe(0);
});

test('queue log: a write that was cut short costs itself alone', async () => {
  const path = directory();
  const first = await open(path);
  for (const text of ['one', 'two', 'three']) await add(first, text);
  const [file] = files(path, '.records') as [string];
  truncateSync(file, statSync(file).size - 2);
  const second = await open(path);
  expect(await left(second)).toEqual(['one', 'two']);
  expect(second.damagedBytes).toBe(24 + 3);
});

test.each([
  ['in a payload', 24 + 1, [undefined, 'two', 'WFQ1', 'four'], 0],
  ['in a header', 5, ['two', 'WFQ1', 'four'], 24 + 3],
  ['in a later header', 2 * (24 + 3) + 2, ['one', 'two', 'four'], 24 + 4],
])('queue log: damage %s costs that record alone', async (_, at, expected, damaged) => {
  const path = directory();
  const first = await open(path);
  for (const text of ['one', 'two', 'WFQ1', 'four']) await add(first, text);
  const [file] = files(path, '.records') as [string];
  const bytes = readFileSync(file);
  bytes[at]! ^= 0xff;
  writeFileSync(file, bytes);
  const second = await open(path);
  expect(await left(second)).toEqual(expected);
  expect(second.damagedBytes).toBe(damaged);
});

test('queue log: damage larger than what is read at once is passed over', async () => {
  const path = directory();
  await add(await open(path), 'one');
  const [file] = files(path, '.records') as [string];
  const whole = readFileSync(file);
  appendFileSync(file, Buffer.concat([Buffer.alloc(200_001, 'WFQ'), whole]));
  const second = await open(path);
  expect(await left(second)).toEqual(['one', 'one']);
  expect(second.damagedBytes).toBe(200_001);
});

test('queue log: a confirmation that was cut short confirms nothing, and the next one counts', async () => {
  const path = directory();
  const first = await open(path);
  const [one, two] = await Promise.all(['one', 'two'].map((text) => add(first, text)));
  await first.confirm(one!);
  await first.confirm(two!);
  const [file] = files(path, '.confirmed') as [string];
  truncateSync(file, 8 + 5);
  const second = await open(path);
  expect(await left(second)).toEqual(['two']);
  await second.confirm(second.left[0]!);
  expect((await open(path)).left).toEqual([]);
});

test('queue log: takes nothing once it is closed', async () => {
  const path = directory();
  const log = await open(path);
  const record = await add(log, 'a');
  await log.confirm(record);
  await log.close();
  await expect(add(log, 'late')).rejects.toMatchObject({name: 'RetryableError', reason: 'stopping'});
  expect(readdirSync(path)).toEqual([]);
});

test('queue log: refuses retryably where no segment can be made, and goes on once one can', async () => {
  const path = directory();
  const log = await open(path, 1);
  await add(log, 'before');
  rmSync(path, {recursive: true});
  writeFileSync(path, 'no directory');
  await expect(add(log, 'x')).rejects.toMatchObject({name: 'RetryableError', reason: 'storage'});
  rmSync(path);
  mkdirSync(path);
  await add(log, 'after');
  expect(await left(await open(path))).toEqual(['after']);
});

test('queue log: records of one moment share a write and keep their order', async () => {
  const path = directory();
  const log = await open(path);
  const texts = Array.from({length: 2000}, (_, index) => `record ${index}`);
  await Promise.all(texts.map((text) => add(log, text)));
  expect(await left(await open(path))).toEqual(texts);
});

test('queue log: a record is kept that is being written when the last one before it is confirmed', async () => {
  const path = directory();
  const log = await open(path, 100);
  for (let i = 0; i < 20; i++) {
    const before = await add(log, '.'.repeat(40));
    const [record] = await Promise.all([add(log, `${i}`), log.confirm(before)]);
    expect(await left(await open(path))).toEqual([`${i}`]);
    await log.confirm(record);
  }
});
