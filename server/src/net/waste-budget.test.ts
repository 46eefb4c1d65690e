import {expect, test} from 'vitest';
import {createWasteBudget} from './waste-budget.ts';

test('waste budget: one connection may waste some calls, and no more of them', () => {
  const budget = createWasteBudget({now: () => 0});
  const connection = {};
  let spent = 0;
  while (budget.spend(connection)) spent++;
  expect(spent).toBe(200);
});

test('waste budget: many connections share one, and those that waste little are left alone', () => {
  let now = 0;
  const budget = createWasteBudget({now: () => now});
  let taken = 0;
  for (let i = 0; i < 1000; i++) {
    const connection = {};
    for (let call = 0; call < 100 && budget.spend(connection); call++) taken++;
  }
  // A thousand of all, and three of each connection after that.
  expect(taken).toBeLessThan(1000 + 3 * 1000);
  const honest = {};
  for (let i = 0; i < 20; i++) {
    expect(budget.spend(honest)).toBe(true);
    now += 1000;
  }
});
