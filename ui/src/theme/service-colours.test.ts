import {expect, test} from 'vitest';
import {COLOURS, coloursWithin, createServiceColours, MARKS, type ServiceColours} from './service-colours.ts';

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
const busy = (services: readonly string[], spans = 1_000) => services.map((name) => ({name, spans}));
const many = Array.from({length: 77}, (_, i) => `a-service-${i}`);
const look = (palette: ServiceColours) => (name: string) => `${palette.of(name)} ${palette.markOf(name)}`;
const plain = (palette: ServiceColours) => (name: string) => palette.markOf(name) === 0;

test('service colours: ten services have ten colours, whichever comes first', () => {
  const one = colours();
  one.settle(busy(names));
  const other = colours();
  other.settle(busy(names.toReversed()));
  expect(new Set(names.map(one.of)).size).toBe(COLOURS);
  expect(names.map(look(other))).toEqual(names.map(look(one)));
});

test('service colours: of 87 services the ten busiest have colours of their own, and the first fifty looks', () => {
  const all = colours();
  all.settle([...busy(many, 40), ...busy(names, 5_000)]);
  expect(new Set(names.map(all.of)).size).toBe(COLOURS);
  expect(names.every(plain(all))).toBe(true);
  const looks = [...names, ...many].map(look(all));
  expect(new Set(looks).size).toBe(COLOURS * MARKS);
  // No look is given out a third time before all were given out twice.
  const times = [...Map.groupBy(looks, (one) => one).values()].map((same) => same.length);
  expect(Math.max(...times)).toBe(2);
});

test('service colours: moments at which services were about as busy give the same looks', () => {
  const [morning, noon] = [colours(), colours()];
  morning.settle(names.map((name, i) => ({name, spans: 1_030 + 10 * i})));
  noon.settle(names.map((name, i) => ({name, spans: 2_040 - 10 * i})));
  expect(names.map(look(noon))).toEqual(names.map(look(morning)));
});

test('service colours: a look stays when services come and when the page is opened again', () => {
  let saved = {};
  const first = createServiceColours({}, (all) => {
    saved = all;
  });
  first.settle(busy(names));
  const before = names.map(look(first));
  first.settle(busy(['a-newcomer', ...names]));
  expect(names.map(look(first))).toEqual(before);
  const again = colours(saved);
  // Twice as busy is no reason to take a colour away.
  again.settle([{name: 'another-newcomer', spans: 2_100}, ...busy(names)]);
  expect(names.map(look(again))).toEqual(before);
});

test('service colours: a service that has become one of the busiest has a colour of its own from the next visit on', () => {
  let saved = {};
  const first = createServiceColours({}, (all) => {
    saved = all;
  });
  first.settle(busy([...names, 'quiet']));
  first.settle([...busy(names), {name: 'checkout', spans: 1}]);
  expect(first.markOf('checkout')).toBeGreaterThan(0);
  const again = colours(saved);
  again.settle([...busy(names), {name: 'checkout', spans: 100_000}]);
  expect(again.markOf('checkout')).toBe(0);
  const kept = names.filter((name) => again.markOf(name) === 0);
  expect(new Set([...kept, 'checkout'].map(again.of)).size).toBe(COLOURS);
  expect(kept.map(look(again))).toEqual(kept.map(look(first)));
});

test('service colours: services that come back one after another look as before, and newcomers meanwhile take what is free', () => {
  let saved: Readonly<Record<string, number>> = {};
  const open = () =>
    createServiceColours(saved, (all) => {
      saved = all;
    });
  const first = open();
  first.settle(busy(names.slice(0, 8)));
  const before = names.slice(0, 8).map(look(first));
  // Weft was started anew: at first it knows nobody, then one of them and somebody else.
  const again = open();
  again.settle([]);
  expect(names.slice(0, 8).map(look(open()))).toEqual(before);
  again.settle(busy(['newcomer', 'gateway']));
  for (let n = 1; n <= 8; n++) again.settle(busy(['newcomer', ...names.slice(0, n)]));
  expect(names.slice(0, 8).map(look(again))).toEqual(before);
  expect(before).not.toContain(look(again)('newcomer'));
});

test('service colours: services of a trace that grows stay as they are', () => {
  const all = colours();
  all.settle(busy([...names, ...many]));
  let before: {colours: ServiceColours; services: readonly string[]} | undefined;
  for (let n = 1; n <= 20; n++) {
    const services = [...many.slice(0, n / 2), ...names.slice(0, (n + 1) / 2)];
    const within = coloursWithin(all, services, before);
    const shown = before;
    if (shown !== undefined) expect(shown.services.map(look(within))).toEqual(shown.services.map(look(shown.colours)));
    expect(new Set(services.map(look(within))).size).toBe(services.length);
    before = {colours: within, services};
  }
});

test('service colours: a service that is no more keeps no look from others', () => {
  let saved: Readonly<Record<string, number>> = {};
  const first = createServiceColours({}, (all) => {
    saved = all;
  });
  first.settle(busy(many));
  const again = createServiceColours(saved, (all) => {
    saved = all;
  });
  again.settle(busy(names));
  expect(Object.keys(saved)).toEqual(expect.arrayContaining(names));
  // Beside them no more than one for each look that none of them has.
  expect(Object.keys(saved)).toHaveLength(COLOURS * MARKS);
  expect(names.every(plain(again))).toBe(true);
});

test('service colours: a service drawn before the services are known does not decide their looks', () => {
  const usual = colours();
  usual.settle(busy(names));
  const early = colours();
  for (const name of names.toReversed()) early.of(name);
  expect(early.settle(busy(names))).toBe(true);
  expect(names.map(look(early))).toEqual(names.map(look(usual)));
  expect(early.settle(busy(names))).toBe(false);
});

test('service colours: a damaged store is not trusted', () => {
  expect(colours({gateway: 99}).of('gateway')).toBeLessThan(COLOURS);
  expect(colours({gateway: -1}).of('gateway')).toBeGreaterThanOrEqual(0);
});

test('service colours: few services of one trace that have one colour elsewhere differ, the others stay as they are', () => {
  const all = colours();
  all.settle(busy(many));
  const twins = many.filter((name) => all.of(name) === all.of('a-service-1')).slice(0, 2);
  expect(twins).toHaveLength(2);
  const other = many.find((name) => all.of(name) !== all.of('a-service-1'))!;
  const within = coloursWithin(all, [...twins, other]);
  expect(new Set([...twins, other].map(within.of)).size).toBe(3);
  const staying = twins.toSorted((a, b) => all.markOf(a) - all.markOf(b))[0]!;
  expect([staying, other].map(look(within))).toEqual([staying, other].map(look(all)));
});

test('service colours: any ten of 87 services have ten colours in their trace', () => {
  const all = colours();
  all.settle(busy([...names, ...many]));
  for (let from = 0; from < many.length - COLOURS; from += 3) {
    const trace = many.slice(from, from + COLOURS);
    expect(new Set(trace.map(coloursWithin(all, trace).of)).size, `from ${from}`).toBe(COLOURS);
  }
});

test('service colours: in a trace of more services than colours, marks tell fifty apart, in whatever order they come', () => {
  const all = colours();
  all.settle(busy([...names, ...many]));
  const trace = [...names, ...many].filter((_, i) => i % 7 !== 0).slice(0, COLOURS * MARKS);
  const within = coloursWithin(all, trace);
  expect(new Set(trace.map(look(within))).size).toBe(COLOURS * MARKS);
  expect(trace.map(look(coloursWithin(all, trace.toReversed())))).toEqual(trace.map(look(within)));
  // Those that nobody shares a look with are as everywhere.
  const alone = trace.filter((name) => trace.filter((other) => look(all)(other) === look(all)(name)).length === 1);
  expect(alone.map(look(within))).toEqual(alone.map(look(all)));
});
