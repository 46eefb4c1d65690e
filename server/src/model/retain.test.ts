import {expect, test} from 'vitest';
import {retainItems} from './retain.ts';
import {arbitrarySpanBatch, seededRandom, spansAsObjects} from './testing.ts';

const first = Number(process.env.WEFT_SEED ?? 1);

test('retaining items: those that stay say what they said, in their order, whatever their share', () => {
  for (let seed = first; seed < first + 50; seed++) {
    const random = seededRandom(seed);
    const batch = arbitrarySpanBatch(random, 12);
    const before = spansAsObjects(batch);
    const share = random();
    const keep = before.map(() => random() < share);
    const rest = retainItems(batch, (row) => keep[row] === true);
    expect(spansAsObjects(rest), `WEFT_SEED=${seed}`).toEqual(before.filter((_, row) => keep[row]));
  }
});

test('retaining items: all is the batch itself, most is the same batch, little is another', () => {
  const batch = arbitrarySpanBatch(seededRandom(first), 12);
  expect(retainItems(batch, () => true)).toBe(batch);
  expect(retainItems(batch, (row) => row > 0)).toBe(batch);
  expect(retainItems(batch, (row) => row === 10)).not.toBe(batch);
});
