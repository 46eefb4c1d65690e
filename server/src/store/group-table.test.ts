import {expect, test} from 'vitest';
import {blindSeed} from '../base/testing.ts';
import {GroupTable} from './group-table.ts';

/** Counts keys of two words in the third. */
function countAll(table: GroupTable, keys: readonly (readonly [number, number])[]): void {
  for (const key of keys) {
    table.key.set(key);
    const at = table.find();
    table.words[at + 2] = (table.words[at + 2] as number) + 1;
  }
}
const rowsOf = ({words, width, count}: GroupTable): number[][] =>
  Array.from({length: count}, (_, row) => [...words.subarray(row * width, (row + 1) * width)]);

const keys = Array.from({length: 3000}, (_, i) => [i % 50, 2 ** 32 - 1 - i] as const);

test('group table: rows come in the order of their first keys, each key once, over any growth', () => {
  const table = new GroupTable(2, 1);
  countAll(table, [...keys, ...keys]);
  expect(rowsOf(table)).toEqual(keys.map((key) => [...key, 2]));
  expect(table.reseeds).toBe(0);
});

test('group table: after a reset it is empty, and new rows begin with zeros', () => {
  const table = new GroupTable(2, 1);
  countAll(table, keys);
  table.reset();
  expect(rowsOf(table)).toEqual([]);
  countAll(table, keys.slice(7, 9));
  expect(rowsOf(table)).toEqual(keys.slice(7, 9).map((key) => [...key, 1]));
});

test('group table: keys that all collide make it take another seed, once', () => {
  const table = new GroupTable(2, 1, blindSeed);
  countAll(table, [...keys, ...keys]);
  expect(rowsOf(table)).toEqual(keys.map((key) => [...key, 2]));
  expect(table.reseeds).toBe(1);
});
