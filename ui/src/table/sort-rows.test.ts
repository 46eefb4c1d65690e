import {expect, test} from 'vitest';
import {nextSort, sortRows} from './sort-rows.ts';

const f = (values: readonly (number | string | undefined)[], up: boolean) =>
  sortRows(
    values.map((value, index) => ({value, id: 'abcdefgh'.charAt(index)})),
    (row) => row.value,
    up,
    (row) => row.id,
  )
    .map(({id}) => id)
    .join('');

test.each([
  ['numbers', [3, 1, 2], true, 'bca'],
  ['numbers', [3, 1, 2], false, 'acb'],
  ['texts as read', ['svc-10', 'svc-2', 'Svc-3'], true, 'bca'],
  ['equal ones by id', [1, 1, 1], true, 'abc'],
  ['equal ones by id', [1, 1, 1], false, 'abc'],
  ['those without a value last', [undefined, 2, 1], true, 'cba'],
  ['those without a value last', [undefined, 2, 1], false, 'bca'],
] as const)('sort rows: %s, %j, ascending %s', (_, values, up, ids) => expect(f(values, up)).toBe(ids));

test('sort rows: a head turns its own order round, and another begins as its column does', () => {
  const rate = {id: 'rate'};
  const name = {id: 'name', up: true};
  expect(nextSort(undefined, rate)).toEqual({column: 'rate', up: false});
  expect(nextSort({column: 'rate', up: false}, rate)).toEqual({column: 'rate', up: true});
  expect(nextSort({column: 'rate', up: false}, name)).toEqual({column: 'name', up: true});
});
