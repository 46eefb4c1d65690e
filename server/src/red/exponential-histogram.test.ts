import {expect, test} from 'vitest';
import {ExponentialHistogram, exponentialIndex} from './exponential-histogram.ts';

const of = (maxSize: number, ...values: readonly number[]): ExponentialHistogram => {
  const histogram = new ExponentialHistogram(maxSize);
  for (const value of values) histogram.record(value, 1);
  return histogram;
};
const shown = ({scale, offset, buckets}: ExponentialHistogram) => ({scale, offset, counts: [...buckets]});

// Expected values: those that OpenTelemetry's own implementations are tested with (data model, "Exponential scale").
test('exponential index: bounds belong to the bucket below them', () => {
  expect([0.25, 0.5, 1, 2, 4].map((value) => exponentialIndex(value, 0))).toEqual([-3, -2, -1, 0, 1]);
  expect([1.1, 2, 2.1, 4, 4.1, 16, 16.1].map((value) => exponentialIndex(value, -1))).toEqual([0, 0, 0, 0, 1, 1, 2]);
  expect([1, 1.4, 1.5, 2].map((value) => exponentialIndex(value, 1))).toEqual([-1, 0, 1, 1]);
});

test('exponential histogram: it gives up resolution only where its buckets would be too many', () => {
  expect(shown(of(4, 1))).toEqual({scale: 20, offset: -1, counts: [1]});
  expect(shown(of(4, 1, 2, 4))).toEqual({scale: 0, offset: -1, counts: [1, 1, 1]});
  expect(shown(of(4, 1, 2, 4, 8, 16))).toEqual({scale: -1, offset: -1, counts: [1, 2, 2]});
  expect(shown(of(4, 16, 8, 4, 2, 1))).toEqual({scale: -1, offset: -1, counts: [1, 2, 2]});
});

test('exponential histogram: zeros, sums, extremes and times are counted', () => {
  const histogram = of(160, 0, 3);
  histogram.record(1.5, 4);
  expect(histogram).toMatchObject({count: 6, sum: 9, min: 0, max: 3, zeroCount: 1});
  expect([...histogram.buckets].reduce((sum, each) => sum + each, 0)).toBe(5);
});

test('exponential histogram: merged ones are as one that has seen everything', () => {
  const values = Array.from({length: 500}, (_, i) => 1.05 ** (i % 250) * (1 + i / 1e4));
  const all = of(40, ...values);
  for (const cut of [0, 1, 100, 499]) {
    const merged = of(40, ...values.slice(0, cut));
    merged.merge(of(40, ...values.slice(cut)));
    expect(shown(merged)).toEqual(shown(all));
    expect(merged.sum).toBeCloseTo(all.sum, 3);
    expect(merged).toMatchObject({count: all.count, min: all.min, max: all.max});
  }
});

test('exponential histogram: extremes of doubles stay within its size', () => {
  const histogram = of(2, 5e-324, Number.MAX_VALUE, 1, 1e-310);
  expect(histogram.size).toBeLessThanOrEqual(2);
  expect([...histogram.buckets].reduce((sum, each) => sum + each, 0)).toBe(4);
});
