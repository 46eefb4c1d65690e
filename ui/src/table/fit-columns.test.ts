import {expect, test} from 'vitest';
import type {Column} from './column.ts';
import {fitColumns} from './fit-columns.ts';

const column = (id: string, width: Column<object>['width'], rank = 0): Column<object> => ({
  id,
  header: id,
  draw: () => undefined,
  width,
  rank,
});
const columns = [
  column('name', {share: 1, min: 160}),
  column('rate', {fixed: 80}, 1),
  column('errors', {fixed: 80}, 0),
  column('p50', {fixed: 80}, 3),
  column('p99', {fixed: 80}, 2),
];
const fit = (width: number, twoLinesBelow = 0) => {
  const {columns: fitting, left, lines} = fitColumns(columns, width, twoLinesBelow);
  return `${lines}: ${fitting.map(({id}) => id)} | ${left.map(({id}) => id)}`;
};

test.each([
  ['a place not measured yet holds all', 0, 0, '1: name,rate,errors,p50,p99 | '],
  // 160 + 4 × 80 and 4 gaps and 2 edges are 564.
  ['all fit to the pixel', 564, 0, '1: name,rate,errors,p50,p99 | '],
  ['the highest rank leaves first', 563, 0, '1: name,rate,errors,p99 | p50'],
  ['then the next', 400, 0, '1: name,rate,errors | p50,p99'],
  ['the first stays whatever there is', 100, 0, '1: name | rate,errors,p50,p99'],
  ['two lines keep the figures', 400, 500, '2: name,rate,errors,p50,p99 | '],
  ['two lines have an end too', 300, 500, '2: name,rate,errors,p99 | p50'],
  ['a wide place has one line', 700, 500, '1: name,rate,errors,p50,p99 | '],
] as const)('fit columns: %s', (_, width, twoLinesBelow, expected) => expect(fit(width, twoLinesBelow)).toBe(expected));

test('fit columns: a share never shrinks below its least, and a lone name gives way', () => {
  expect(fitColumns(columns, 564).template).toBe('minmax(160px, 1fr) 80px 80px 80px 80px');
  expect(fitColumns(columns, 100).template).toBe('minmax(0px, 1fr)');
});
