import {expect, test} from 'vitest';
import {spanWeight} from './weight.ts';

const countingIds = (count: number): Uint8Array => {
  const ids = new Uint8Array(8 * count);
  for (let row = 0; row < count; row++) new DataView(ids.buffer).setUint32(8 * row + 4, row);
  return ids;
};

test('span weight: whole counts are exact', () =>
  expect([1, 0.5, 1 / 3, 0.01, 2 ** -20, 1 / 3 + 2 ** -54].map((p) => spanWeight(p, new Uint8Array(8), 0))).toEqual([
    1,
    2,
    3,
    100,
    2 ** 20,
    3,
  ]));

test('span weight: the fraction of a count is the share of spans that count one more, and a span always counts alike', () => {
  const ids = countingIds(20_000);
  const weigh = (p: number): number[] => Array.from({length: 20_000}, (_, row) => spanWeight(p, ids, row));
  for (const p of [0.8, 0.4, 0.15]) {
    const weights = weigh(p);
    const sum = weights.reduce((all, each) => all + each, 0);
    expect(sum / 20_000).toBeCloseTo(1 / p, 1);
    expect(new Set(weights)).toEqual(new Set([Math.floor(1 / p), Math.floor(1 / p) + 1]));
    expect(weigh(p)).toEqual(weights);
  }
});
