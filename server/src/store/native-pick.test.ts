/** Single rows of real blocks: here, since only the store's writers make blocks of every type. */
import {expect, test} from 'vitest';
import {defaultTenant, systemClock} from '../base/index.ts';
import {arbitrarySpanBatch, seededRandom, spansAsObjects} from '../model/testing.ts';
import {dictionaryColumn, gatherRows, pickRows, readBlocks, readLeading} from '../native/index.ts';
import {spanBatchOf} from './read-spans.ts';
import {createSpanWriter} from './write-spans.ts';

test.each(Array.from({length: 20}, (_, i) => i + 1))(
  'Native rows: some rows of several blocks, picked or gathered, are these rows (seed %i)',
  (seed) => {
    const random = seededRandom(seed);
    const parts = Array.from({length: 3}, () => {
      const writer = createSpanWriter(systemClock);
      const batch = arbitrarySpanBatch(random, 1 + Math.floor(random() * 100));
      writer.append(batch, defaultTenant);
      return {spans: spansAsObjects(batch), block: writer.finish().blocks.at(-1)!.bytes};
    });
    const bytes = Buffer.concat(parts.map(({block}) => block));
    const blocks = [...readBlocks(bytes)];
    const list = parts.flatMap(({spans}, block) => spans.map((_, row) => ({block, row}))).filter(() => random() < 0.3);
    const mixed = list.toSorted((a, b) => b.row - a.row);
    const gathered = gatherRows(blocks, {
      blocks: Uint32Array.from(mixed, ({block}) => block),
      rows: Uint32Array.from(mixed, ({row}) => row),
    });
    expect(spansAsObjects(spanBatchOf(gathered.bytes, [gathered]))).toEqual(
      mixed.map(({block, row}) => parts[block]!.spans[row]),
    );
    const types = new Map();
    for (const [number, {from, to, rows}] of blocks.entries()) {
      const wanted = list.filter(({block}) => block === number).map(({row}) => row);
      const picked = pickRows(bytes, from, Uint32Array.from(wanted), types);
      expect(picked.to).toBe(to);
      expect(spansAsObjects(spanBatchOf(bytes, [picked]))).toEqual(wanted.map((row) => parts[number]!.spans[row]));
      const leading = readLeading(bytes, from, new Set(['tenant']), types);
      expect([leading.rows, dictionaryColumn(leading, 'tenant')]).toEqual([
        rows,
        dictionaryColumn(blocks[number]!, 'tenant'),
      ]);
      expect(() => pickRows(bytes, from, Uint32Array.of(rows), types)).toThrow(/BUG/);
    }
  },
);
