import {expect, test} from 'vitest';
import type {Attribute} from '../../api/index.ts';
import {rootFacts} from './root-facts.ts';

const facts = (values: Readonly<Record<string, string>>) => {
  const attributes = Object.entries(values).map(([key, value]): Attribute => ({key, value: {type: 'int', value}}));
  return rootFacts({attributes, resource: {attributes: []}});
};

test.each([
  ['http.response.status_code', '200', 'http', 'good'],
  ['http.status_code', '302', 'http', 'good'],
  ['http.response.status_code', '404', 'http', 'refused'],
  ['http.response.status_code', '499', 'http', 'refused'],
  ['http.response.status_code', '503', 'http', 'bad'],
  ['rpc.grpc.status_code', '0', 'grpc', 'good'],
  ['rpc.response.status_code', 'NOT_FOUND', 'grpc', 'refused'],
  ['rpc.grpc.status_code', '5', 'grpc', 'refused'],
  ['rpc.grpc.status_code', '14', 'grpc', 'bad'],
  ['rpc.response.status_code', 'DEADLINE_EXCEEDED', 'grpc', 'bad'],
])('root facts: %s %s is %s and %s', (key, code, protocol, verdict) =>
  expect(facts({[key]: code}).status).toMatchObject({protocol, code, verdict}),
);

test('root facts: a root without a status has none', () => expect(facts({}).status).toBeUndefined());
