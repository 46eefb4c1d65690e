import {expect, test} from 'vitest';
import {responseStatus} from './response-status.ts';

test.each([
  ['http.response.status_code', '200', 'http', 'good'],
  ['http.status_code', '302', 'http', 'good'],
  ['http.response.status_code', '404', 'http', 'refused'],
  ['http.response.status_code', '499', 'http', 'refused'],
  ['http.response.status_code', '503', 'http', 'bad'],
  ['http.status_code', '503', 'http', 'bad'],
  ['rpc.grpc.status_code', '0', 'grpc', 'good'],
  ['rpc.response.status_code', 'NOT_FOUND', 'grpc', 'refused'],
  ['rpc.grpc.status_code', '5', 'grpc', 'refused'],
  ['rpc.grpc.status_code', '14', 'grpc', 'bad'],
  ['rpc.response.status_code', 'DEADLINE_EXCEEDED', 'grpc', 'bad'],
])('response status: %s %s is %s and %s', (key, code, protocol, verdict) =>
  expect(responseStatus((one) => (one === key ? code : ''))).toEqual({protocol, code, key, verdict}),
);

test('response status: the name in force goes before the older one, and a span without any has none', () => {
  const both: Readonly<Record<string, string>> = {'http.status_code': '200', 'http.response.status_code': '503'};
  expect(responseStatus((key) => both[key])?.code).toBe('503');
  expect(responseStatus(() => undefined)).toBeUndefined();
});
