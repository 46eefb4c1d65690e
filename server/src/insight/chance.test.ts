/** Held against published figures: SciPy's and R's documentation, Wilson's and Newcombe's papers. */
import {expect, test} from 'vitest';
import {differenceInterval, fisherTest, quantileInterval, rankTest, shareInterval} from './chance.ts';

test('chance: the rank test has the p of SciPy’s example, by its normal approximation', () => {
  const {p, superiority} = rankTest([20, 11, 17, 12], [19, 22, 16, 29, 24]);
  expect(p).toBeCloseTo(0.11134688653314041, 6);
  expect(superiority).toBeCloseTo(17 / 20, 12);
});
test('chance: the rank test counts ties half, and equal samples are no difference', () => {
  expect(rankTest([1, 1, 1], [1, 1, 1])).toEqual({superiority: 0.5, p: 1});
  expect(rankTest([1, 2], [2, 3]).superiority).toBe(3.5 / 4);
  expect(rankTest([], [1])).toEqual({superiority: 0.5, p: 1});
});
test('chance: Fisher’s test has the p of the lady tasting tea, and of R’s convictions', () => {
  expect(fisherTest(3, 4, 1, 4)).toBeCloseTo(0.4857, 4);
  expect(fisherTest(2, 17, 10, 13)).toBeCloseTo(0.0005367, 6);
  expect(fisherTest(0, 10, 0, 10)).toBeCloseTo(1, 10);
});
test('chance: Wilson’s interval of a share', () => {
  const [low, high] = shareInterval(0, 10);
  expect([low, high.toFixed(4)]).toEqual([0, '0.2775']);
  expect(shareInterval(15, 148).map((end) => end.toFixed(4))).toEqual(['0.0624', '0.1605']);
});
test('chance: Newcombe’s interval of a difference, his method 10', () => {
  const [low, high] = differenceInterval(48, 80, 56, 70);
  expect([low.toFixed(4), high.toFixed(4)]).toEqual(['0.0524', '0.3339']);
});
test('chance: the interval of a quantile is two values of the sample', () => {
  const values = Array.from({length: 101}, (_, index) => index);
  expect(quantileInterval(values, 0.5)).toEqual([40, 61]);
});
