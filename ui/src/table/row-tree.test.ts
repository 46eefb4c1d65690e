import {expect, test} from 'vitest';
import {fitsWords} from './find-rows.ts';
import {layOutRows} from './row-tree.ts';

const below: Readonly<Record<string, readonly string[]>> = {a: ['a1', 'a2'], b: []};
const f = (...open: string[]) =>
  layOutRows(
    ['a', 'b', 'c'],
    (row) => row,
    {open: new Set(open), below: (row) => below[row]},
    (rows) => rows.toReversed(),
  )
    .map(({id, level, open}) => `${'-'.repeat(level - 1)}${id}${open === undefined ? '' : open ? '▾' : '▸'}`)
    .join(' ');

test('row tree: what belongs to an open row stands below it, in the order of the table', () => {
  expect(f()).toBe('a▸ b▸ c');
  expect(f('a', 'b', 'c', 'gone')).toBe('a▾ -a2 -a1 b▾ c');
});

test.each([
  ['', 'anything', true],
  ['pay', 'PAYMENT', true],
  ['ment pay', 'payment', true],
  ['pay x', 'payment', false],
])('find rows: %j in %j: %s', (find, text, fits) => expect(fitsWords(find)(text)).toBe(fits));
