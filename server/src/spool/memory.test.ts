/** Segments that need more memory than ClickHouse has, with the real engine's own errors. */
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {ByteSink, DictionaryColumn, PlainColumn, u64Column, writeBlock} from '../native/index.ts';
import {createSpoolWorld, numbers, type SpoolWorld} from './testing.ts';

let world: SpoolWorld;
beforeAll(async () => {
  // Half of it is what one statement may have.
  world = await createSpoolWorld(600 * 1024 ** 2);
});
afterEach(() => world.stopSpools());
afterAll(() => world.end());

/** Rows `n`, `n + 1`, … that all have one text, which is there once: the index of the table copies it for every row. */
function block(first: number, count: number, text: string): Uint8Array {
  const columns = {n: u64Column(), d: new PlainColumn('UInt8'), text: new DictionaryColumn()};
  const bytes = Buffer.from(text);
  for (let n = first; n < first + count; n++) {
    columns.n.data.u64(n, 0);
    columns.d.data.u8(n % 2);
    columns.text.append(bytes, 0, bytes.length);
  }
  return Uint8Array.from(writeBlock(columns, count, new ByteSink()));
}
const columns =
  'n UInt64, d UInt8, text LowCardinality(String), INDEX copies concat(text, toString(n)) TYPE bloom_filter';
const mebibyte = 'x'.repeat(1024 ** 2);

test('spool: a segment that needs more memory than there is goes in pieces, every row once', async () => {
  const {table, directory} = await world.setup(columns, 'PARTITION BY d');
  const spool = await world.start(directory, {segmentMs: 60_000});
  await spool.append(table, block(0, 100, 'honest'), 100);
  await spool.append(table, block(100, 1000, mebibyte), 1000);
  await spool.append(table, block(1100, 100, 'honest too'), 100);
  await spool.flush();
  expect(await world.contents(table)).toEqual(numbers(1200));
  expect(spool.status).toMatchObject({rejectedSegments: 0, insertedRows: 1200, segments: 0, error: undefined});
  expect(spool.status.inserts).toBeGreaterThan(3);
  expect((await readdir(directory)).sort()).toEqual(['lock', 'rejected']);
});

test('spool: pieces of a segment are not repeated by the process that comes after one that was killed', async () => {
  const {table, directory} = await world.setup(columns, 'PARTITION BY d');
  let pieces = 0;
  const first = await world.start(directory, {
    segmentMs: 5,
    engine: {
      async insertFile(into, path, token, signal) {
        // Half of the pieces are in, though nobody hears of the last.
        if (pieces > 2) throw new Error('connect ECONNREFUSED');
        await world.engine.insertFile(into, path, token, signal);
        if (++pieces > 2) throw new Error('socket hang up');
      },
    },
  });
  await first.append(table, block(0, 1000, mebibyte), 1000);
  while (pieces < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  const [count] = await world.contents(table);
  expect(count).toBeGreaterThan(0);
  expect(count).toBeLessThan(1000);
  await first.stop(0);
  // With memory for the whole now: it still goes in the same pieces.
  const second = await world.start(directory);
  await second.flush();
  expect(await world.contents(table)).toEqual(numbers(1000));
});

test('spool: a row that does not fit into memory alone is put aside with the reason, the others go in', async () => {
  const {table, directory} = await world.setup(
    'n UInt64, d UInt8, text LowCardinality(String), INDEX copies repeat(text, if(n = 7, 100000000, 1)) TYPE bloom_filter',
  );
  const lost: string[] = [];
  const spool = await world.start(directory, {onLost: (of) => lost.push(of)});
  await spool.append(table, block(0, 20, '12345678'), 20);
  await spool.flush();
  expect((await world.contents(table))[0]).toBe(19);
  expect(spool.status).toMatchObject({rejectedSegments: 1, rejectedRows: 1, segments: 0});
  expect(lost).toEqual([table]);
  const aside = (await readdir(join(directory, 'rejected'))).sort();
  expect(aside).toEqual([expect.stringMatching(/\.7-8\.error\.txt$/), expect.stringMatching(/\.7-8\.native$/)]);
  expect(await readFile(join(directory, 'rejected', aside[0] as string), 'utf8')).toMatch(/memory limit|too large/i);
});

test('spool: rows that are stored while a view lacks memory are not stored again, and the view is filled later', async () => {
  const {table, directory} = await world.setup('n UInt64, d UInt8, text LowCardinality(String)');
  const {table: sums} = await world.setup('n UInt64, length UInt64');
  await world.engine.client.command({
    query: `CREATE MATERIALIZED VIEW v_${table} TO ${sums} AS SELECT n, max(length(concat(text, toString(n)))) AS length FROM ${table} GROUP BY n, d`,
  });
  let trials = 0;
  const spool = await world.start(directory, {
    engine: {
      async insertFile(...args) {
        if (++trials === 3)
          await world.engine.client.command({
            query: `ALTER TABLE v_${table} MODIFY QUERY SELECT n, 1 AS length FROM ${table}`,
          });
        await world.engine.insertFile(...args);
      },
    },
  });
  await spool.append(table, block(0, 2000, mebibyte), 2000);
  await spool.flush();
  expect(await world.contents(table)).toEqual(numbers(2000));
  expect(await world.contents(sums)).toEqual(numbers(2000));
  expect(trials).toBe(3);
});
