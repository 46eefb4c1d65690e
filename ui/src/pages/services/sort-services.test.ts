import {expect, test} from 'vitest';
import {sortServices} from './sort-services.ts';

const services = [
  {name: 'b', requests: 10, errors: 5, p50: 1, p95: 2, p99: 3},
  {name: 'a', requests: 10, errors: 0, p50: 9, p95: 9, p99: 9},
  {name: 'c', requests: 0, errors: 0, p50: 0, p95: 0, p99: 0},
];
const f = (...[column, up]: [Parameters<typeof sortServices>[1], boolean]) =>
  sortServices(services, column, up)
    .map((one) => one.name)
    .join('');

test.each([
  ['name', true, 'abc'],
  ['name', false, 'cba'],
  ['rate', false, 'abc'],
  ['errors', false, 'bac'],
  ['p99', true, 'cba'],
] as const)('sort services: %s, ascending %s', (column, up, names) => expect(f(column, up)).toBe(names));
