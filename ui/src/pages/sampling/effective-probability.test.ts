import {expect, test} from 'vitest';
import {effectiveProbability} from './effective-probability.ts';

const reason = {kind: 'whole', text: ''} as const;
const f = (
  seenRate: number,
  probability: number,
  operations: readonly (readonly [seen: number, probability: number])[],
) =>
  effectiveProbability({
    service: 'a',
    seenRate,
    keptRate: 0,
    probability,
    reason,
    operations: operations.map(([seen, share]) => ({
      operation: 'x',
      seenRate: seen,
      keptRate: 0,
      probability: share,
      reason,
    })),
  });

test('effective probability: each operation counts by its traffic, what is not listed by the rest', () => {
  expect(
    f(10, 1, [
      [9, 0.1],
      [1, 1],
    ]),
  ).toBeCloseTo(0.19);
  expect(f(20, 1, [[10, 0.1]])).toBeCloseTo(0.55);
});
test('effective probability: without traffic it is what operations keep that are not listed', () => {
  expect(f(0, 0.3, [[0, 1]])).toBe(0.3);
  expect(f(5, 0.3, [])).toBeCloseTo(0.3);
});
