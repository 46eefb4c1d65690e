import {describe, expect, test} from 'vitest';
import {Budget} from './budget.ts';

const {signal} = new AbortController();

describe('query budget: budget', () => {
  test('time left is what the queries before have left', () => {
    let now = 0;
    const budget = new Budget(signal, {seconds: 10}, () => now);
    now = 4000;
    expect(budget.takeQuery().seconds).toBe(6);
    now = 10_000;
    expect(() => budget.takeQuery()).toThrow(
      expect.objectContaining({reason: 'timeout', message: expect.stringContaining('longer than 10 s')}),
    );
  });

  test('rows of all queries add up', () => {
    const budget = new Budget(signal, {rows: 5000});
    budget.spendRows(2000);
    expect(budget.takeQuery().rows).toBe(3000);
    budget.spendRows(3000);
    expect(() => budget.takeQuery()).toThrow(
      expect.objectContaining({reason: 'too_large', message: expect.stringContaining('more than 5,000 rows')}),
    );
  });

  test('queries are counted', () => {
    const budget = new Budget(signal, {queries: 2});
    budget.takeQuery();
    budget.takeQuery();
    expect(() => budget.takeQuery()).toThrow(
      expect.objectContaining({reason: 'too_large', message: expect.stringContaining('more than 2 queries')}),
    );
  });
});
