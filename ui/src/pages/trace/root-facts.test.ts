import {expect, test} from 'vitest';
import type {Attribute} from '../../api/index.ts';
import {rootFacts} from './root-facts.ts';

const facts = (values: Readonly<Record<string, string>>) => {
  const attributes = Object.entries(values).map(([key, value]): Attribute => ({key, value: {type: 'string', value}}));
  return rootFacts({attributes, resource: {attributes: [{key: 'tenant', value: {type: 'string', value: 'ours'}}]}});
};

test.each([
  [{'http.request.method': 'GET', 'http.route': '/cart'}, 'GET /cart'],
  [{'http.method': 'GET', 'http.target': '/cart?a=1'}, 'GET /cart?a=1'],
  [{'http.request.method': 'GET'}, undefined],
  [{'rpc.method': 'Charge'}, 'Charge'],
  [{}, undefined],
])('root facts: of %j the entry is %s', (values, entry) => expect(facts(values).entry).toBe(entry));

test('root facts: a tenant of the span goes before that of its resource', () => {
  expect([facts({'tenant.id': 'a'}).tenant?.value, facts({}).tenant?.value]).toEqual(['a', 'ours']);
});
