import protobuf from 'protobufjs';
import {describe, expect, test} from 'vitest';
import {MalformedError} from '../base/index.ts';
import {decodeStrategyRequest, encodeStrategy, probabilistic, type Strategy, strategyJson} from './strategy.ts';

/** jaeger-idl, proto/api_v2/sampling.proto. */
const idl = protobuf.parse(
  `syntax = "proto3";
   enum SamplingStrategyType { PROBABILISTIC = 0; RATE_LIMITING = 1; }
   message ProbabilisticSamplingStrategy { double samplingRate = 1; }
   message RateLimitingSamplingStrategy { int32 maxTracesPerSecond = 1; }
   message OperationSamplingStrategy { string operation = 1; ProbabilisticSamplingStrategy probabilisticSampling = 2; }
   message PerOperationSamplingStrategies {
     double defaultSamplingProbability = 1;
     double defaultLowerBoundTracesPerSecond = 2;
     repeated OperationSamplingStrategy perOperationStrategies = 3;
     double defaultUpperBoundTracesPerSecond = 4;
   }
   message SamplingStrategyResponse {
     SamplingStrategyType strategyType = 1;
     ProbabilisticSamplingStrategy probabilisticSampling = 2;
     RateLimitingSamplingStrategy rateLimitingSampling = 3;
     PerOperationSamplingStrategies operationSampling = 4;
   }
   message SamplingStrategyParameters { string serviceName = 1; }`,
  {keepCase: true},
).root;
const response = idl.lookupType('SamplingStrategyResponse');
const request = idl.lookupType('SamplingStrategyParameters');

const cases: readonly (readonly [string, Strategy, string])[] = [
  [
    'probabilistic',
    probabilistic(0.42),
    '{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0.42}}',
  ],
  ['none at all', probabilistic(0), '{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0}}'],
  [
    'rate limit',
    {base: {kind: 'rate_limit', perSecond: 300}},
    '{"strategyType":"RATE_LIMITING","rateLimitingSampling":{"maxTracesPerSecond":300}}',
  ],
  [
    'operations',
    {
      ...probabilistic(0.5),
      operations: {
        probability: 0.5,
        lowerBound: 0.0625,
        list: [
          {operation: 'GET /orders/:id', probability: 0.125},
          {operation: '訂單', probability: 0},
        ],
      },
    },
    '{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0.5},"operationSampling":{"defaultSamplingProbability":0.5,' +
      '"defaultLowerBoundTracesPerSecond":0.0625,"perOperationStrategies":[{"operation":"GET /orders/:id","probabilisticSampling":' +
      '{"samplingRate":0.125}},{"operation":"訂單","probabilisticSampling":{"samplingRate":0}}]}}',
  ],
  [
    'no operation yet',
    {base: {kind: 'rate_limit', perSecond: 1}, operations: {probability: 1, lowerBound: 0, list: []}},
    '{"strategyType":"RATE_LIMITING","rateLimitingSampling":{"maxTracesPerSecond":1},"operationSampling":' +
      '{"defaultSamplingProbability":1,"defaultLowerBoundTracesPerSecond":0,"perOperationStrategies":[]}}',
  ],
];

describe.each(cases)('sampling strategy: %s', (_, strategy, json) => {
  test('as JSON', () => expect(strategyJson(strategy)).toBe(json));
  test('as JSON of Thrift 0.9.2', () => {
    const type = strategy.base.kind === 'rate_limit' ? 1 : 0;
    expect(strategyJson(strategy, true)).toBe(json.replace(/"strategyType":"\w+"/, `"strategyType":${type}`));
  });
  test('as protobuf', () => {
    const decoded = response.decode(encodeStrategy(strategy));
    // Zeros are not on the wire; the JSON has them.
    expect(response.toObject(decoded, {enums: String, defaults: true})).toMatchObject(
      withNulls(JSON.parse(json) as Record<string, unknown>),
    );
  });
});

const withNulls = (document: Record<string, unknown>): Record<string, unknown> => ({
  probabilisticSampling: null,
  rateLimitingSampling: null,
  operationSampling: null,
  ...document,
});

test('sampling strategy: reads a request', () => {
  const encoded = (serviceName: string): Uint8Array => request.encode({serviceName}).finish();
  expect(decodeStrategyRequest(encoded('結帳 check-out'))).toBe('結帳 check-out');
  expect(decodeStrategyRequest(encoded(''))).toBe('');
  expect(() => decodeStrategyRequest(Uint8Array.of(0x0a, 9, 1))).toThrow(MalformedError);
});
