import {describe, expect, test} from 'vitest';
import {random} from './testing.ts';
import {waterFill} from './water-fill.ts';

test.each([
  ['nobody', [], 10, []],
  ['room for all', [1, 2, 3], 10, [1, 2, 3]],
  ['one who wants more than there is', [50], 10, [10]],
  ['equal parts', [50, 50], 10, [5, 5]],
  ['a busy one never takes from a rare one', [1, 50, 200], 61, [1, 30, 30]],
  ['what some leave goes to the others', [2, 9, 100], 20, [2, 9, 9]],
  ['in the order of the demands', [100, 0, 1], 5, [4, 0, 1]],
  ['no budget', [1, 2], 0, [0, 0]],
] as const)('water filling: %s', (_, demands, budget, shares) => expect(waterFill(demands, budget)).toEqual(shares));

describe('water filling: for any demands', () => {
  test.each(Array.from({length: 200}, (_, seed) => seed))('seed %i', (seed) => {
    const next = random(seed);
    const demands = Array.from({length: Math.ceil(next() * 40)}, () => (next() < 0.1 ? 0 : 10 ** (next() * 6 - 2)));
    const total = demands.reduce((sum, each) => sum + each, 0);
    const budget = next() * 1.5 * total;
    const shares = waterFill(demands, budget);
    expect(shares.reduce((sum, each) => sum + each, 0)).toBeCloseTo(Math.min(budget, total), 6);
    const most = Math.max(...shares);
    for (const [index, share] of shares.entries()) {
      const demand = demands[index] as number;
      expect(share).toBeLessThanOrEqual(demand);
      // A share below its demand is as large as any other.
      if (share < demand * (1 - 1e-9)) expect(share).toBeGreaterThan(most * (1 - 1e-9));
    }
  });
});
