import {expect, test} from 'vitest';
import {questionOf} from '../../urls/index.ts';
import {changeOf} from './share-terms.ts';

const asked = (where: readonly string[], service?: string) => ({
  context: service === undefined ? {} : {service},
  question: questionOf({where}),
});
const version = {of: 'resource', key: 'service.version', value: '2', services: ['payment']} as const;

test('what is shared: a value becomes a condition, or what is left out', () => {
  expect(changeOf(version, asked(['duration>=1s']), true)).toEqual({where: ['duration>=1s', 'service.version=2']});
  expect(changeOf(version, asked(['duration>=1s']), false)).toEqual({where: ['duration>=1s', 'service.version!=2']});
  expect(changeOf({of: 'span', key: 'cache.hit', services: []}, asked([]), true)).toEqual({where: ['has=cache.hit']});
});

test('what is shared: conditions on spans of others give way, for one span must fit all', () => {
  expect(changeOf(version, asked(['operation=charge', 'outcome=failed'], 'gateway'), true)).toEqual({
    where: ['outcome=failed', 'service.version=2'],
    service: 'payment',
  });
  expect(changeOf(version, asked(['outcome=failed'], 'payment'), true)).toEqual({
    where: ['outcome=failed', 'service.version=2'],
  });
});

test('what is shared: numbers are asked by their range, the trace’s duration as such', () => {
  const items = {of: 'span', key: 'cart.items', range: {from: 40}, services: []} as const;
  expect(changeOf(items, asked([]), true)).toEqual({where: ['cart.items>=40']});
  expect(changeOf(items, asked([]), false)).toEqual({where: ['cart.items<40']});
  const duration = {of: 'trace', key: 'duration', range: {below: 2e9}, services: []} as const;
  expect(changeOf(duration, asked(['operation=charge']), true)).toEqual({where: ['operation=charge', 'duration<=2s']});
  expect(changeOf({of: 'trace', key: 'spans', range: {from: 4}, services: []}, asked([]), true)).toBeUndefined();
});

test('what is shared: an operation that failed is asked with its status, and cannot be left out', () => {
  const failed = {of: 'failed', key: 'payment', value: 'charge', services: ['payment']} as const;
  expect(changeOf(failed, asked([]), true)).toEqual({where: ['operation=charge', 'status=error']});
  expect(changeOf(failed, asked([]), false)).toBeUndefined();
});
