import {expect, test} from 'vitest';
import {blindSeed} from '../base/testing.ts';
import {DictionaryColumn} from './columns.ts';

const names = Array.from({length: 5000}, (_, i) => new TextEncoder().encode(`GET /${i}`));
const indexes = names.map((_, i) => i);
const internAll = (column: DictionaryColumn): number[] => names.map((name) => column.intern(name, 0, name.length));

test('dictionary: names that all collide make it take another seed, once', () => {
  const column = new DictionaryColumn(blindSeed);
  expect(internAll(column)).toEqual(indexes);
  expect(internAll(column)).toEqual(indexes);
  expect(column.reseeds).toBe(1);
});

test('dictionary: names by chance keep its seed', () => {
  const column = new DictionaryColumn();
  expect(internAll(column)).toEqual(indexes);
  expect(column.reseeds).toBe(0);
});
