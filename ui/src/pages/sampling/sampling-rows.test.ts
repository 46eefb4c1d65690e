import {expect, test} from 'vitest';
import type {Override, SamplingService} from '../../api/index.ts';
import {fitsWords, sortRows} from '../../table/index.ts';
import type {SamplingColumn} from '../../urls/index.ts';
import {below, findSampling, idOf, type SamplingRow, serviceOfId, sortValue} from './sampling-rows.ts';

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
const row = (one: SamplingService): SamplingRow => ({kind: 'service', service: one});
const sorted = (column: SamplingColumn, up: boolean) =>
  sortRows(services.map(row), (one) => sortValue(one, column, [level as Override]), up, idOf).map(
    (one) => idOf(one) || '…',
  );

test.each([
  ['service', true, 'abc…'],
  ['service', false, 'cba…'],
  ['seen', false, 'abc…'],
  ['kept', true, 'cab…'],
  // Of what it keeps as a whole: `a` keeps one operation of ten whole.
  ['probability', false, 'bac…'],
  ['why', true, 'acb…'],
  ['level', true, 'c…ab'],
  ['level', false, 'c…ab'],
] as const)('sampling rows: by %s, ascending %s: %s', (column, up, names) =>
  expect(sorted(column, up).join('')).toBe(names),
);

const found = (find: string) =>
  findSampling(services, fitsWords(find)).map(
    (one) => `${one.service}:${one.operations.map(({operation}) => operation)}`,
  );

test('sampling rows: a service is found by its name, or by an operation, which then stands alone', () => {
  expect(found('post')).toEqual(['b:POST /orders']);
  expect(found('B')).toEqual(['b:GET /orders,POST /orders']);
  expect(found('a stock')).toEqual(['a:GET /stock']);
  expect(found('nowhere')).toEqual([]);
  expect(found(' ')).toHaveLength(4);
});

test('sampling rows: each has an id of its own that tells its service, and left out operations are counted', () => {
  const busy = {...service('b', 2, 1, ['', 'x', 'b']), omittedOperations: 7};
  const rows = [row(busy), ...(below(row(busy)) ?? [])];
  expect(new Set(rows.map(idOf)).size).toBe(5);
  expect(new Set(rows.map(idOf).map(serviceOfId))).toEqual(new Set(['b']));
  expect(rows.at(-1)).toEqual({kind: 'omitted', service: 'b', count: 7});
  expect(below(row(service('c', 1, 1)))).toBeUndefined();
});
