/** Slices of real blocks, read back: here, since only the store's writers make blocks of every type. */
import {expect, test} from 'vitest';
import {defaultTenant, systemClock} from '../base/index.ts';
import {arbitrarySpanBatch, seededRandom, spansAsObjects} from '../model/testing.ts';
import {sliceBlock} from '../native/index.ts';
import {readSpanBatch} from './read-spans.ts';
import {createSpanWriter} from './write-spans.ts';

test.each(Array.from({length: 20}, (_, i) => i + 1))(
  'Native slices: the parts of a block of spans, put together again, are its rows (seed %i)',
  (seed) => {
    const random = seededRandom(seed);
    const writer = createSpanWriter(systemClock);
    const batch = arbitrarySpanBatch(random, 1 + Math.floor(random() * 400));
    writer.append(batch, defaultTenant);
    const block = writer.finish().blocks.at(-1)!.bytes;
    const all = spansAsObjects(batch);
    const cuts = [0, ...Array.from({length: 4}, () => Math.floor(random() * (all.length + 1))), all.length];
    cuts.sort((a, b) => a - b);
    const parts = cuts.slice(1).map((to, i) => sliceBlock(block, cuts[i] as number, to));
    expect(spansAsObjects(readSpanBatch(Buffer.concat(parts)))).toEqual(all);
    const row = Math.floor(random() * all.length);
    expect(spansAsObjects(readSpanBatch(sliceBlock(block, row, row + 1)))).toEqual([all[row]]);
    expect(sliceBlock(sliceBlock(block, 0, all.length), row, row + 1)).toEqual(sliceBlock(block, row, row + 1));
  },
);
