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

test('service colours: ten services have ten colours, whichever comes first', () => {
  const one = colours();
  one.settle(names);
  const other = colours();
  other.settle(names.toReversed());
  expect(new Set(names.map(one.of)).size).toBe(COLOURS);
  expect(names.map(other.of)).toEqual(names.map(one.of));
});

test('service colours: a colour stays when services come and when the page is opened again', () => {
  let saved = {};
  const first = createServiceColours({}, (all) => {
    saved = all;
  });
  first.settle(names);
  const before = names.map(first.of);
  const again = colours(saved);
  again.settle(['a-newcomer', ...names]);
  expect(names.map(again.of)).toEqual(before);
});

test('service colours: what is drawn before the services are known does not decide their colours', () => {
  const usual = colours();
  usual.settle(names);
  const early = colours();
  for (const name of names.toReversed()) early.of(name);
  expect(early.settle(names)).toBe(true);
  expect(names.map(early.of)).toEqual(names.map(usual.of));
  expect(early.settle(names)).toBe(false);
});

test('service colours: an eleventh service gets a colour too', () => {
  const many = colours();
  many.settle(names);
  expect(many.of('eleventh')).toBeLessThan(COLOURS);
});

test('service colours: a damaged store is not trusted', () =>
  expect(colours({gateway: 99}).of('gateway')).toBeLessThan(COLOURS));
