import {expect, test} from 'vitest';
import {COLOURS, createServiceColours} from './service-colours.ts';

const names = [
  'gateway',
  'order',
  'inventory',
  'payment',
  'notification',
  'catalog',
  'search',
  'email',
  'cart',
  'ledger',
];
const colours = (known = {}) => createServiceColours(known, () => undefined);

test('ten services have ten colours, whichever comes first', () => {
  const one = colours();
  one.settle(names);
  const other = colours();
  other.settle(names.toReversed());
  expect(new Set(names.map(one.of)).size).toBe(COLOURS);
  expect(names.map(other.of)).toEqual(names.map(one.of));
});

test('a colour stays when services come and when the page is opened again', () => {
  let saved = {};
  const first = createServiceColours({}, (all) => {
    saved = all;
  });
  const before = names.map(first.of);
  const again = colours(saved);
  again.settle(['a-newcomer', ...names]);
  expect(names.map(again.of)).toEqual(before);
});

test('an eleventh service gets a colour too', () => {
  const many = colours();
  many.settle(names);
  expect(many.of('eleventh')).toBeLessThan(COLOURS);
});

test('a damaged store is not trusted', () => expect(colours({gateway: 99}).of('gateway')).toBeLessThan(COLOURS));
