import {expect, test} from 'vitest';
import {defaultTenant, systemClock} from '../base/index.ts';
import {arbitrarySpanBatch, seededRandom, spansAsObjects} from '../model/testing.ts';
import {readSpanBatch} from './read-spans.ts';
import {createSpanWriter} from './write-spans.ts';

test.each(Array.from({length: 30}, (_, i) => i + 1))(
  'Native round trip: spans written as Native blocks read back the same (seed %i)',
  (seed) => {
    const random = seededRandom(seed);
    const writer = createSpanWriter(systemClock);
    const first = arbitrarySpanBatch(random, 1 + Math.floor(random() * 40));
    const second = arbitrarySpanBatch(random, 1 + Math.floor(random() * 40));
    const third = arbitrarySpanBatch(random, 300);
    writer.append(first, defaultTenant);
    writer.append(second, defaultTenant);
    const one = writer.finish().blocks.at(-1)!.bytes;
    writer.append(third, defaultTenant);
    const read = readSpanBatch(Buffer.concat([one, writer.finish().blocks.at(-1)!.bytes]));
    expect(spansAsObjects(read)).toEqual([first, second, third].flatMap(spansAsObjects));
  },
);
