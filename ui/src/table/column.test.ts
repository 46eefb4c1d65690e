import {expect, test} from 'vitest';
import {type Column, readChosen, writeChosen} from './column.ts';

const columns = ['name', 'rate', 'errors', 'p99'].map(
  (id): Column<object> => ({id, header: id, draw: () => undefined, width: {fixed: 50}, hidden: id === 'p99'}),
);

test.each([
  [undefined, undefined],
  ['', undefined],
  ['nonsense', undefined],
  ['name', 'name'],
  ['rate', 'name,rate'],
  ['p99,rate,nonsense', 'name,rate,p99'],
])('chosen columns: %j in an address means %j', (text, ids) => expect(readChosen(text, columns)?.join()).toBe(ids));

test('chosen columns: the address says nothing of those that are on show at first', () => {
  expect(writeChosen(['name', 'rate', 'errors'], columns)).toBeUndefined();
  expect(writeChosen(['name', 'rate', 'errors', 'p99'], columns)).toBe('name,rate,errors,p99');
  expect(writeChosen(['name'], columns)).toBe('name');
});
