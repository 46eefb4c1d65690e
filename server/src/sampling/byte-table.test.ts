import {expect, test} from 'vitest';
import {blindSeed} from '../base/testing.ts';
import {ByteTable} from './byte-table.ts';

const names = Array.from({length: 2000}, (_, i) => `GET /${i}`);
const bytes = names.map((name) => new TextEncoder().encode(name));

test('table of names: names that all collide make it take another seed, once, and lose none', () => {
  const table = new ByteTable<{readonly name: string}>(2000, blindSeed);
  for (const name of bytes) table.find(name, 0, name.length, (made) => ({name: made}));
  expect(table.reseeds).toBe(1);
  expect(bytes.map((name) => table.find(name, 0, name.length)?.name)).toEqual(names);
  expect([...table].map(({name}) => name).sort()).toEqual(names.toSorted());
  expect(table.find(bytes[0] as Uint8Array, 0, 3)).toBeUndefined();
  table.remove(({name}) => name !== 'GET /7');
  expect([...table]).toEqual([{name: 'GET /7'}]);
  expect(table.size).toBe(1);
});
