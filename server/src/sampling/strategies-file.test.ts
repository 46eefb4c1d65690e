import {expect, test} from 'vitest';
import {parseStrategies} from './strategies-file.ts';
import {strategyJson} from './strategy.ts';

const rate = (operation: string, param: number) => ({operation, type: 'probabilistic', param});
/** Jaeger's own example of every kind (file provider, `operation_strategies.json`). */
const example = {
  default_strategy: {
    type: 'probabilistic',
    param: 0.5,
    operation_strategies: [
      rate('op0', 0.2),
      rate('op6', 0),
      {operation: 'spam', type: 'ratelimiting', param: 1},
      rate('op7', 1),
    ],
  },
  service_strategies: [
    {
      service: 'foo',
      type: 'probabilistic',
      param: 0.8,
      operation_strategies: [rate('op6', 0.5), rate('op1', 0.2), {operation: 'op2', type: 'ratelimiting', param: 10}],
    },
    {service: 'bar', type: 'ratelimiting', param: 5, operation_strategies: [rate('op3', 0.3), rate('op5', 0.4)]},
    {service: 'plain', type: 'probabilistic', param: 0.1},
    {service: 'slow', type: 'ratelimiting', param: 2.9},
  ],
};

const {byService, otherwise, warnings} = parseStrategies(JSON.stringify(example), 0.001);
const told = (service: string) => {
  const {strategyType, operationSampling, ...base} = JSON.parse(strategyJson(byService.get(service) ?? otherwise));
  const operations = Object.fromEntries(
    (operationSampling?.perOperationStrategies ?? []).map(
      ({operation, probabilisticSampling}: {operation: string; probabilisticSampling: {samplingRate: number}}) => [
        operation,
        probabilisticSampling.samplingRate,
      ],
    ),
  );
  return [strategyType, base, operationSampling?.defaultSamplingProbability, operations];
};

test.each([
  ['nobody', 'PROBABILISTIC', {probabilisticSampling: {samplingRate: 0.5}}, 0.5, {op0: 0.2, op6: 0, op7: 1}],
  ['foo', 'PROBABILISTIC', {probabilisticSampling: {samplingRate: 0.8}}, 0.8, {op6: 0.5, op1: 0.2, op0: 0.2, op7: 1}],
  [
    'bar',
    'RATE_LIMITING',
    {rateLimitingSampling: {maxTracesPerSecond: 5}},
    0.001,
    {op3: 0.3, op5: 0.4, op0: 0.2, op6: 0, op7: 1},
  ],
  ['plain', 'PROBABILISTIC', {probabilisticSampling: {samplingRate: 0.1}}, 0.1, {op0: 0.2, op6: 0, op7: 1}],
  ['slow', 'RATE_LIMITING', {rateLimitingSampling: {maxTracesPerSecond: 2}}, 0.5, {op0: 0.2, op6: 0, op7: 1}],
])('strategies file: %s is told what Jaeger would tell it', (service, ...expected) =>
  expect(told(service)).toEqual(expected),
);

test('strategies file: says what Jaeger passes over', () => {
  expect(warnings).toEqual([
    'default_strategy.operation_strategies[2]: an operation can be probabilistic only; "spam" is sampled at 0.5',
    'service_strategies[0].operation_strategies[2]: an operation can be probabilistic only; "op2" is sampled at 0.8',
  ]);
  const odd = parseStrategies('{"default_strategy": {"type": "adaptive", "param": 1}}', 0.25);
  expect(odd.otherwise).toEqual({base: {kind: 'probabilistic', probability: 0.25}});
  expect(odd.warnings).toEqual(['default_strategy.type: expected probabilistic or ratelimiting, not "adaptive"']);
});

test.each(['null', '{}', '{"service_strategies": []}'])('strategies file: %s leaves everything open', (text) => {
  expect(parseStrategies(text, 0.25)).toMatchObject({otherwise: {base: {kind: 'probabilistic', probability: 0.25}}});
});

test.each([
  ['{', /^not JSON: /],
  ['[]', 'expected an object with `default_strategy`, `service_strategies`, found a list'],
  [
    '{"default_strategy": 1}',
    'default_strategy: expected an object with `type`, `param`, `operation_strategies`, found 1',
  ],
  ['{"service_strategies": {}}', 'service_strategies: expected a list, as in [a, b]; found an object'],
  [
    '{"service_strategies": [{"type": "probabilistic"}]}',
    'service_strategies[0]: `service` is required: the name of the service',
  ],
  [
    '{"service_strategies": [{"service": 5}, {"service": ""}]}',
    'service_strategies[0].service: expected a name, found 5; service_strategies[1].service: expected a name, found ""',
  ],
  [
    '{"default_strategy": {"type": "probabilistic", "param": 2}}',
    'default_strategy.param: a probability is at most 1, not 2',
  ],
  [
    '{"default_strategy": {"type": "probabilistic", "param": "all"}}',
    'default_strategy.param: expected a number of at least 0, found "all"',
  ],
])('strategies file: refuses %s', (text, message) => expect(() => parseStrategies(text, 1)).toThrow(message));

test.each([
  [
    'service_name: cart\nsampler: {type: probabilistic, param: 0.1}\n',
    '`sampler` is a setting of a Jaeger client; a strategies file is Jaeger\'s JSON: write `{"default_strategy": {"type": "probabilistic", "param": 0.1}}`',
  ],
  [
    '{"sampler": {"type": "ratelimiting", "param": 5}}',
    '`sampler` is a setting of a Jaeger client; a strategies file is Jaeger\'s JSON: write `{"default_strategy": {"type": "ratelimiting", "param": 5}}`',
  ],
  [
    'distributor: {receivers: {otlp: }}\nstorage: {}\n',
    /^`distributor` is a section of a configuration; .* `--config`$/,
  ],
  ['receivers: {otlp: }\nservice: {}\n', /^`receivers` is a section of a configuration; /],
  [
    'JAEGER_SAMPLER_TYPE=const\nJAEGER_SAMPLER_PARAM=1\n',
    /^`JAEGER_SAMPLER_TYPE` is a variable of Jaeger's and has no effect: /,
  ],
  ['JAEGER_SAMPLER_PARAM: 1\n', /^`JAEGER_SAMPLER_PARAM` is a variable of Jaeger's and has no effect: /],
  [
    'default_strategy: {type: probabilistic, param: 0.5}\n',
    /^these strategies are YAML; a strategies file is Jaeger's JSON/,
  ],
])('sampling strategies: %j is recognised, with what to write instead', (text, message) => {
  expect(() => parseStrategies(text, 1)).toThrow(message);
});
