import {expect, test} from 'vitest';
import type {Override, SamplingService} from '../../api/index.ts';
import {findSampling, sortSampling} from './sort-sampling.ts';

const service = (name: string, seenRate: number, probability: number, operations: string[] = []): SamplingService => ({
  service: name,
  seenRate,
  keptRate: seenRate * probability,
  probability,
  reason: {kind: probability === 1 ? 'whole' : 'fixed', text: ''},
  operations: operations.map((operation) => ({
    operation,
    seenRate: 1,
    keptRate: 1,
    probability: 1,
    reason: {kind: 'whole', text: ''},
  })),
});
const services = [
  service('', 99, 0.5),
  service('b', 2, 1, ['GET /orders', 'POST /orders']),
  service('a', 10, 0.1, ['GET /stock']),
  service('c', 2, 0.1),
];
const level = {
  service: 'c',
  what: 'logLevel',
  value: 'debug',
  setUnixNano: '0',
  untilUnixNano: '0',
  setBy: '',
  note: '',
};
const sorted = (column: Parameters<typeof sortSampling>[2], up: boolean) =>
  sortSampling(services, [level as Override], column, up).map((one) => one.service || '…');

test.each([
  ['service', true, 'abc…'],
  ['service', false, 'cba…'],
  ['seen', false, 'abc…'],
  ['kept', true, 'cab…'],
  ['probability', false, 'bac…'],
  ['why', true, 'acb…'],
  ['level', true, 'cab…'],
  ['level', false, 'cab…'],
] as const)('%s, ascending %s: %s', (column, up, names) => expect(sorted(column, up).join('')).toBe(names));

const found = (find: string) =>
  findSampling(services, find).map((one) => `${one.service}:${one.operations.map(({operation}) => operation)}`);

test('sort sampling: a service is found by its name, or by an operation, which then stands alone', () => {
  expect(found('post')).toEqual(['b:POST /orders']);
  expect(found('B')).toEqual(['b:GET /orders,POST /orders']);
  expect(found('a stock')).toEqual(['a:GET /stock']);
  expect(found('nowhere')).toEqual([]);
  expect(found(' ')).toHaveLength(4);
});
