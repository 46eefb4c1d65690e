import {expect, test} from 'vitest';
import {hashBytes, utf8, utf8Bytes} from '../base/index.ts';
import {KeyTable, moveColumn} from './key-table.ts';

const intern = (table: KeyTable, text: string): number => table.intern(utf8Bytes(text), 0, utf8Bytes(text).length);

test('key table: a key has its number again, whatever stands before and behind it', () => {
  const table = new KeyTable();
  expect(['a', 'b', 'ab', '', 'a'].map((text) => intern(table, text))).toEqual([0, 1, 2, 3, 0]);
  expect(table.find(utf8Bytes('xaby'), 1, 2)).toBe(2);
  expect(table.find(utf8Bytes('c'), 0, 1)).toBe(-1);
});

test('key table: ten thousand keys are all found again, and so are those that stay when others go', () => {
  const table = new KeyTable();
  const keys = Array.from({length: 10_000}, (_, i) => `key ${i}`);
  const numbers = keys.map((_, i) => i);
  expect(keys.map((key) => intern(table, key))).toEqual(numbers);
  const moved = table.retain((id) => id % 3 === 0) ?? new Int32Array();
  expect(table.count).toBe(3334);
  const left = numbers.map((i) => (i % 3 === 0 ? i / 3 : -1));
  expect(keys.map((key) => table.find(utf8Bytes(key), 0, key.length))).toEqual(left);
  expect([...moved]).toEqual(left);
  expect(utf8(table.key(1))).toBe('key 3');
  expect(intern(table, 'new')).toBe(3334);
  expect(table.retain(() => true)).toBeUndefined();
});

test('key table: keys that collide under its seed make it take another', () => {
  const seed = {basis: 1, multiplier: 3};
  const table = new KeyTable(seed);
  // All end in the same slot of a table of 4,096.
  const hashed = (text: string): number => hashBytes(seed, utf8Bytes(text), 0, text.length) & 4095;
  const wanted = hashed('0');
  const keys: string[] = [];
  for (let i = 0; keys.length < 100; i++) if (hashed(String(i)) === wanted) keys.push(String(i));
  const numbers = keys.map((_, i) => i);
  expect(keys.map((key) => intern(table, key))).toEqual(numbers);
  expect(table.reseeds).toBeGreaterThan(0);
  expect(keys.map((key) => intern(table, key))).toEqual(numbers);
});

test('key table: columns move with their keys', () => {
  const column = Float64Array.of(0, 1, 2, 3, 4, 5);
  moveColumn(column, Int32Array.of(-1, 0, 1), 2);
  expect([...column.subarray(0, 4)]).toEqual([2, 3, 4, 5]);
});
