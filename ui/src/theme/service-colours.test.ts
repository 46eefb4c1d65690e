import {expect, test} from 'vitest';
import {COLOURS, coloursWithin, createServiceColours, MARKS} from './service-colours.ts';

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

const look = (palette: ReturnType<typeof coloursWithin>) => (name: string) =>
  `${palette.of(name)} ${palette.markOf(name)}`;
const many = Array.from({length: 40}, (_, i) => `service-${i}`);

test('service colours: services of one trace that have one colour elsewhere differ, the others stay as they are', () => {
  const all = colours();
  all.settle(many);
  const twins = many.filter((name) => all.of(name) === all.of('service-1')).slice(0, 2);
  expect(twins).toHaveLength(2);
  const other = many.find((name) => all.of(name) !== all.of('service-1'))!;
  const within = coloursWithin(all, [...twins, other]);
  expect(new Set([...twins, other].map(within.of)).size).toBe(3);
  expect([within.of(twins[0]!), within.of(other)]).toEqual([all.of(twins[0]!), all.of(other)]);
});

test('service colours: in a trace of more services than colours, marks tell them apart', () => {
  const all = colours();
  all.settle(many);
  const trace = many.slice(0, COLOURS * MARKS);
  expect(new Set(trace.map(look(coloursWithin(all, trace)))).size).toBe(COLOURS * MARKS);
  expect(trace.toReversed().map(look(coloursWithin(all, trace.toReversed())))).toEqual(
    trace.map(look(coloursWithin(all, trace))).toReversed(),
  );
});
