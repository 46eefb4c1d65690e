import {expect, test} from 'vitest';
import {rootsOf, type TestRoot} from './testing.ts';
import {Traffic} from './traffic.ts';

const limits = {services: 4, operations: 3};
const start = 1_000_000;

/** Traces seen and kept after one window of a second, by service and operation. */
function counted(roots: readonly TestRoot[], traffic = new Traffic(limits)): Record<string, readonly [number, number]> {
  traffic.observe(rootsOf(roots), start);
  const counts: Record<string, readonly [number, number]> = {};
  for (const service of traffic.all()) {
    for (const {name, sum, arrived} of [...service.operations, service.rest]) {
      if (arrived > 0) counts[`${service.name} ${name}`] = [sum, arrived];
    }
  }
  // `all` leaves out a rest that has no rate yet.
  const {rest} = traffic.rest;
  if (rest.arrived > 0) counts[' '] = [rest.sum, rest.arrived];
  return counts;
}
const times = (count: number, root: (index: number) => TestRoot): TestRoot[] =>
  Array.from({length: count}, (_, i) => root(i));

test('traffic: counts root spans by service and operation, and nothing else', () => {
  const roots = [
    {service: 'cart', name: 'a'},
    {service: 'cart', name: 'a', parent: true},
    {service: 'cart', name: 'b'},
    {service: 'login', name: 'a'},
    {service: 'cart', name: 'a'},
  ];
  expect(counted(roots)).toEqual({'cart a': [2, 2], 'cart b': [1, 1], 'login a': [1, 1]});
});

test('traffic: scales by the probability that a span says; what a limit kept counts as nothing but itself', () => {
  const roots = [
    {name: 'a', traceState: 'ot=th:c'},
    {name: 'a', attributes: {'sampler.type': 'probabilistic', 'sampler.param': 0.5}},
    {name: 'a', attributes: {'sampler.type': 'lowerbound', 'sampler.param': 0.1}},
    {name: 'a'},
  ];
  expect(counted(roots)).toEqual({'shop a': [7, 4]});
});

test('traffic: spans that say nothing follow what a service was told that asks', () => {
  const traffic = new Traffic(limits);
  counted([{name: 'a'}], traffic);
  const service = traffic.service('shop');
  for (const operation of service.operations) operation.told = 0.1;
  service.lastAsked = start - 30_000;
  traffic.observe(rootsOf([{name: 'a'}, {name: 'a', traceState: 'ot=th:0'}]), start);
  expect([...service.operations].map(({sum, arrived}) => [sum, arrived])).toEqual([[12, 3]]);
  // It may be gone, and another of its name does not ask.
  traffic.observe(rootsOf([{name: 'a'}]), start + 3_600_000);
  expect([...service.operations].map(({sum}) => sum)).toEqual([13]);
});

test('traffic: operations beyond the limit share one entry', () => {
  const counts = counted(times(10, (i) => ({name: `/users/${i}`})));
  expect(counts).toEqual({'shop /users/0': [1, 1], 'shop /users/1': [1, 1], 'shop /users/2': [1, 1], 'shop ': [7, 7]});
});

test('traffic: so do services, those without a name, and names too long for either', () => {
  const long = 'x'.repeat(600);
  const roots = [
    ...times(6, (i) => ({service: `s${i}`})),
    {service: ''},
    {service: long},
    {service: 's0', name: long},
    {service: 's0', name: ''},
  ];
  expect(counted(roots)).toEqual({
    's0 GET /': [1, 1],
    's1 GET /': [1, 1],
    's2 GET /': [1, 1],
    's3 GET /': [1, 1],
    's0 ': [2, 2],
    ' ': [4, 4],
  });
});

test('traffic: who only asks cannot take the room of who sends', () => {
  const traffic = new Traffic(limits);
  for (let i = 0; i < 100; i++) traffic.service(`made up ${i}`).lastAsked = start;
  expect(traffic.services.size).toBe(2);
  expect(
    Object.keys(
      counted(
        times(2, (i) => ({service: `real ${i}`})),
        traffic,
      ),
    ),
  ).toEqual(['real 0 GET /', 'real 1 GET /']);
});

test('traffic: forgets what is idle for an hour, and for five minutes where room is wanted', () => {
  const traffic = new Traffic(limits);
  const names = (): string[] => [...traffic.services].flatMap(({operations}) => [...operations].map(({name}) => name));
  const advance = (minutes: number): void => traffic.advance(60, start + minutes * 60_000);
  counted([{name: 'a'}, {name: 'b'}], traffic);
  advance(0);
  advance(6);
  expect(names()).toEqual(['a', 'b']);
  counted([{name: 'c'}], traffic);
  advance(6);
  expect(names()).toEqual(['c']);
  advance(60);
  expect([...traffic.services].map(({name}) => name)).toEqual(['shop']);
  advance(67);
  expect([...traffic.services]).toEqual([]);
});
