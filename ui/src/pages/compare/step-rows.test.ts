import {expect, test} from 'vitest';
import {isOpen, shapeOf, shownRows} from './step-rows.ts';

/** 0 → 1 → 2 (telling), 0 → 3 → 4, 5 alone. */
const rows = [
  {parent: -1, telling: false},
  {parent: 0, telling: false},
  {parent: 1, telling: true},
  {parent: 0, telling: false},
  {parent: 3, telling: false},
  {parent: -1, telling: false},
];
const shape = shapeOf(rows);
const none = new Set<number>();

test('step rows: what leads to a difference is open, the rest folded', () => {
  expect(shownRows(rows, shape, none, false)).toEqual([0, 1, 2, 3, 5]);
  expect([0, 1, 2, 3].map((row) => isOpen(shape, none, row))).toEqual([true, true, false, false]);
});
test('step rows: a row that was turned over folds or unfolds', () => {
  expect(shownRows(rows, shape, new Set([1]), false)).toEqual([0, 1, 3, 5]);
  expect(shownRows(rows, shape, new Set([3]), false)).toEqual([0, 1, 2, 3, 4, 5]);
});
test('step rows: only what differs leaves the other siblings out, but for roots', () => {
  expect(shownRows(rows, shape, none, true)).toEqual([0, 1, 2, 5]);
});
