/** On directories like ClickHouse's, made by hand. */
import {mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, expect, test} from 'vitest';
import {logLine} from './deduplication-log.ts';
import {createTokenWatch} from './token-watch.ts';

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, {recursive: true});
});

/** A table with one part and its token, which changed last at `changed`, in seconds. */
function createTable(changed: number) {
  const data = mkdtempSync(join(tmpdir(), 'weft-watch-'));
  made.push(data);
  const table = join(data, 'store', 'abc', 'abc1');
  mkdirSync(join(table, 'deduplication_logs'), {recursive: true});
  const log = (...parts: string[]): void =>
    writeFileSync(
      join(table, 'deduplication_logs', 'deduplication_log_1.txt'),
      parts.map((part) => logLine('add', part, `of ${part}`)).join(''),
    );
  const add = (part: string): void => mkdirSync(join(table, part));
  const touch = (seconds: number): void => utimesSync(table, seconds, seconds);
  log('all_1_1_0');
  add('all_1_1_0');
  touch(changed);
  return {data, table, log, add, touch};
}

test('token watch: a part that came since the last look is found without its token, and is sound with it', () => {
  const {data, table, add, log, touch} = createTable(1000);
  const watch = createTokenWatch(data, () => 2_000_000);
  expect(watch.partsWithoutToken()).toEqual([]);
  add('all_2_2_0');
  touch(1001);
  expect(watch.partsWithoutToken()).toEqual([join(table, 'all_2_2_0')]);
  expect(watch.partsWithoutToken()).toEqual([join(table, 'all_2_2_0')]);
  log('all_1_1_0', 'all_2_2_0');
  expect(watch.partsWithoutToken()).toEqual([]);
});

test('token watch: a table that was sound and did not change is not read again', () => {
  const {data, add, touch} = createTable(1000);
  const watch = createTokenWatch(data, () => 2_000_000);
  expect(watch.partsWithoutToken()).toEqual([]);
  add('all_2_2_0');
  touch(1000);
  expect(watch.partsWithoutToken()).toEqual([]);
});

test('token watch: a table that changed a moment before the look is read again, as its time may stay the same', () => {
  const {data, table, add, touch} = createTable(2000);
  const watch = createTokenWatch(data, () => 2_000_050);
  expect(watch.partsWithoutToken()).toEqual([]);
  add('all_2_2_0');
  touch(2000);
  expect(watch.partsWithoutToken()).toEqual([join(table, 'all_2_2_0')]);
});

test('token watch: a table that is dropped between two looks is forgotten', () => {
  const {data, table} = createTable(1000);
  const watch = createTokenWatch(data, () => 2_000_000);
  expect(watch.partsWithoutToken()).toEqual([]);
  rmSync(table, {recursive: true});
  expect(watch.partsWithoutToken()).toEqual([]);
});
