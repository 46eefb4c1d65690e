import {expect, test} from 'vitest';
import type {Override, SamplingResponse} from '../../api/index.ts';
import {type Change, inForce, inverse} from './changes.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const override = (service: string, what: Override['what'], value: string | number, minutes: number): Override => ({
  service,
  what,
  value,
  setUnixNano: '0',
  untilUnixNano: `${now + minutes * 60_000}000000`,
  setBy: 'ann',
  note: 'why',
});
const before: SamplingResponse = {
  mode: 'adaptive',
  modes: ['fixed', 'adaptive'],
  setBy: 'api',
  probability: 0.5,
  budget: 20,
  lowerBound: 0.1,
  endpoints: {},
  observing: true,
  seenRate: 0,
  keptRate: 0,
  services: [],
  overrides: [
    override('*', 'sampling', 1, 10),
    override('order', 'sampling', 0.1, 5),
    override('order', 'logLevel', 'debug', -1),
  ],
};
const f = (change: Change, state = before) => inverse(change, state, now);

test('changes: a policy is brought back whole, or to the configuration’s', () => {
  const same = {kind: 'policy', change: {mode: 'adaptive', budget: 20, probability: 0.5}};
  expect(f({kind: 'policy', change: {budget: 99}})).toEqual([same]);
  expect(f({kind: 'reset'})).toEqual([same]);
  expect(f({kind: 'policy', change: {budget: 99}}, {...before, setBy: 'configuration'})).toEqual([{kind: 'reset'}]);
});

test('changes: an override is brought back as it was, with its own end', () => {
  const back = {
    kind: 'set',
    service: 'order',
    change: {probability: 0.1, until: '2026-01-02T03:09:05.000Z', setBy: 'ann', note: 'why'},
  };
  expect(f({kind: 'end', service: 'order', what: 'sampling'})).toEqual([back]);
  expect(f({kind: 'set', service: 'order', change: {probability: 1, logLevel: 'trace', for: '1h'}})).toEqual([
    {kind: 'end', service: 'order', what: 'logLevel'},
    back,
  ]);
});

test('changes: where there was none, there is none again', () =>
  expect(f({kind: 'set', service: 'payment', change: {probability: 0}})).toEqual([
    {kind: 'end', service: 'payment', what: 'sampling'},
  ]));

test('changes: a service’s own override is stronger than that of all', () => {
  expect(inForce(before.overrides, 'order', 'sampling')?.value).toBe(0.1);
  expect(inForce(before.overrides, 'payment', 'sampling')?.value).toBe(1);
  expect(inForce(before.overrides, 'payment', 'logLevel')).toBeUndefined();
});
