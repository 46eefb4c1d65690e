import {describe, expect, test} from 'vitest';
import {appendBatch, batchSize, gatherRows, growBatch} from './copy.ts';
import {createSpanBatch} from './span-batch.ts';
import {arbitrarySpanBatch, seededRandom, spansAsObjects} from './testing.ts';

const first = Number(process.env.WEFT_SEED ?? 1);

describe('copying rows: copies say what the originals say', () => {
  const each = (check: (random: () => number, seed: string) => void): void => {
    for (let seed = first; seed < first + 50; seed++) check(seededRandom(seed), `WEFT_SEED=${seed}`);
  };

  test('some rows, in another order, out of two batches', () =>
    each((random, seed) => {
      const sources = [arbitrarySpanBatch(random, 8), arbitrarySpanBatch(random, 8)];
      const target = createSpanBatch();
      const expected = sources.flatMap((source) => {
        const rows = Array.from({length: 6}, () => Math.floor(random() * 8));
        gatherRows(target, source, rows);
        const objects = spansAsObjects(source);
        return rows.map((row) => objects[row]);
      });
      expect(spansAsObjects(target), seed).toEqual(expected);
    }));

  test('whole batches', () =>
    each((random, seed) => {
      const sources = Array.from({length: 3}, () => arbitrarySpanBatch(random, Math.floor(random() * 6)));
      const target = arbitrarySpanBatch(random, 2);
      const expected = [...spansAsObjects(target), ...sources.flatMap(spansAsObjects)];
      for (const source of sources) appendBatch(target, source);
      expect(spansAsObjects(target), seed).toEqual(expected);
    }));

  test('whole batches, into one that has grown to their size at once', () =>
    each((random, seed) => {
      const sources = Array.from({length: 3}, () => arbitrarySpanBatch(random, 1 + Math.floor(random() * 6)));
      const together = createSpanBatch();
      for (const source of sources) appendBatch(together, source);
      const target = createSpanBatch();
      growBatch(target, batchSize(together));
      const memory = [target.heap.bytes, target.spans.columns.start.words, target.attributes.columns.key.words];
      for (const source of sources) appendBatch(target, source);
      expect(spansAsObjects(target), seed).toEqual(spansAsObjects(together));
      const after = [target.heap.bytes, target.spans.columns.start.words, target.attributes.columns.key.words];
      expect(after.map(({buffer}, i) => buffer === memory[i]?.buffer)).toEqual([true, true, true]);
    }));

  test('nothing is shared: changing the copy leaves the original', () => {
    const source = arbitrarySpanBatch(seededRandom(first), 4);
    const before = spansAsObjects(source);
    for (const copy of [gatherRows, appendBatch] as const) {
      const target = createSpanBatch();
      if (copy === gatherRows) gatherRows(target, source, [0, 1, 2, 3]);
      else appendBatch(target, source);
      target.heap.bytes.fill(0x2a);
      for (const table of Object.values(target.tables)) for (const column of table.all) column.clearRow(0);
    }
    expect(spansAsObjects(source)).toEqual(before);
  });
});

test('copying rows: a resource that rows share is copied once', () => {
  const source = arbitrarySpanBatch(seededRandom(first), 10);
  const target = createSpanBatch();
  gatherRows(
    target,
    source,
    Array.from({length: 10}, (_, row) => row),
  );
  const used = new Set(Array.from({length: 10}, (_, row) => source.spans.columns.resource.get(row)));
  expect(target.resources.count).toBe(used.size);
});

test('copying rows: rows taken back leave no trace in the rows that follow', () => {
  const batch = arbitrarySpanBatch(seededRandom(first), 3);
  batch.spans.truncate(1);
  const empty = createSpanBatch();
  empty.resources.add();
  empty.scopes.add();
  empty.spans.add();
  batch.spans.add();
  const [, added] = spansAsObjects(batch);
  const [blank] = spansAsObjects(empty);
  expect({...added, resource: undefined, scope: undefined}).toEqual({...blank, resource: undefined, scope: undefined});
});
