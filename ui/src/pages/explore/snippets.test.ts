import {expect, test} from 'vitest';
import {reachable, receivers} from '../../urls/index.ts';
import {demoCommand, snippets} from './snippets.ts';

test.each([
  ['127.0.0.1:4318', '127.0.0.1:4318'],
  ['0.0.0.0:4318', 'weft.example:4318'],
  ['[::]:4318', 'weft.example:4318'],
  ['[::1]:4318', '[::1]:4318'],
  ['10.0.0.0:4318', '10.0.0.0:4318'],
])('snippets: %s is reached as %s', (address, text) => expect(reachable(address, 'weft.example')).toBe(text));

test('snippets: every snippet names the address in use', () => {
  for (const {code, id} of snippets({otlp_http: '127.0.0.1:9999'}, 'localhost'))
    expect(code, id).toContain('http://127.0.0.1:9999');
});

test('snippets: OTLP stands first, as SDKs want it, and sampling apart', () =>
  expect(
    receivers(
      {
        sampling_http: '127.0.0.1:5778',
        otlp_grpc: '127.0.0.1:4317',
        otlp_http: '0.0.0.0:4318',
        http: '127.0.0.1:16686',
      },
      'weft.example',
    ),
  ).toEqual({
    data: [
      {name: 'otlp_http', url: 'http://weft.example:4318'},
      {name: 'otlp_grpc', url: 'http://127.0.0.1:4317'},
    ],
    sampling: [{name: 'sampling_http', url: 'http://127.0.0.1:5778'}],
  }));

test("snippets: Jaeger's and Zipkin's addresses stand as their clients are told them", () => {
  const endpoints = {
    jaeger_grpc: '127.0.0.1:14250',
    jaeger_thrift_http: '127.0.0.1:14268',
    jaeger_thrift_compact: '127.0.0.1:6831',
    jaeger_zipkin_compact: '127.0.0.1:5775',
    zipkin_http: '127.0.0.1:9411',
  };
  expect(receivers(endpoints, 'localhost').data.map(({url}) => url)).toEqual([
    '127.0.0.1:14250',
    'http://127.0.0.1:14268/api/traces',
    'udp://127.0.0.1:6831',
    'udp://127.0.0.1:5775',
    'http://127.0.0.1:9411/api/v2/spans',
  ]);
});

test('snippets: the demo shop sends to this Weft and links to this page', () =>
  expect(demoCommand({otlp_http: '127.0.0.1:9999'}, 'localhost', 'http://127.0.0.1:1')).toBe(
    'node_modules/.bin/node shop/src/main.ts --otlp http://127.0.0.1:9999 --weft http://127.0.0.1:1',
  ));
