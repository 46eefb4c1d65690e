import {expect, test} from 'vitest';
import {utf8Bytes} from '../base/index.ts';
import {notByChance, rootProbability, thresholdProbability, unsaid} from './root-probability.ts';
import {rootsOf, type TestRoot} from './testing.ts';

test.each([
  ['ot=th:0', 1],
  ['ot=th:8', 0.5],
  ['ot=th:c', 0.25],
  ['ot=th:fd70a4', 0.01],
  ['ot=rv:6e6d1a75832a2f;th:c', 0.25],
  ['ot=th:c;rv:6e6d1a75832a2f', 0.25],
  ['other=th:8, ot=th:c,more=1', 0.25],
  ['rojo=00f067aa0ba902b7,\tot=th:c', 0.25],
  ['ot=p:1;th:8;x:y', 0.5],
  ['', unsaid],
  ['ot=', unsaid],
  ['ot=th:', unsaid],
  ['ot=rv:6e6d1a75832a2f', unsaid],
  ['ot=th:xyz', unsaid],
  ['ot=th:8g', unsaid],
  ['ot=th:123456789abcdef', unsaid],
  ['got=th:8', unsaid],
  ['ot', unsaid],
  ['ot=th:ffffffffffffff', 2 ** -56],
] as const)('root probability: tracestate %j', (text, probability) => {
  const bytes = utf8Bytes(`x${text}th:0`);
  expect(thresholdProbability(bytes, 1, utf8Bytes(text).length) / probability).toBeCloseTo(1, 5);
});

const says = (root: TestRoot): number => rootProbability(rootsOf([root]), 0);
const sampler = (type: string, param: string | number | bigint, prefix = ''): TestRoot => ({
  attributes: {
    'http.request.method': 'GET',
    [`${prefix}sampler.type`]: type,
    [`${prefix}sampler.param`]: param,
    'server.address': 'a',
  },
});

test.each([
  ['Jaeger’s clients', sampler('probabilistic', 0.25), 0.25],
  ['OpenTelemetry Go', sampler('probabilistic', 0.25, 'jaeger.'), 0.25],
  ['a whole number', sampler('probabilistic', 1n), 1],
  ['a text', sampler('probabilistic', '0.5'), 0.5],
  ['a constant', sampler('const', 1n), 1],
  ['a rate limit', sampler('ratelimiting', 5), notByChance],
  ['a lower bound', sampler('lowerbound', 0.016), notByChance],
  ['nonsense', sampler('probabilistic', 'half'), unsaid],
  ['more than all', sampler('probabilistic', 3), unsaid],
  ['no parameter', {attributes: {'sampler.type': 'probabilistic'}}, unsaid],
  ['nothing', {}, unsaid],
  ['tracestate before attributes', {...sampler('probabilistic', 0.25), traceState: 'ot=th:8'}, 0.5],
  ['a tracestate of others', {...sampler('probabilistic', 0.25), traceState: 'a=b'}, 0.25],
] as const)('root probability: %s', (_, root, probability) => expect(says(root)).toBe(probability));
