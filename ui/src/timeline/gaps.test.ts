import {expect, test} from 'vitest';
import {type Gap, gapsOf} from './gaps.ts';
import type {TraceModel} from './trace-model.ts';

const layout = {
  indexOf: new Map([
    ['a', 0],
    ['b', 1],
  ]),
};
const model = (more: object = {}) => ({layout, skew: undefined, adjusted: false, ...more}) as unknown as TraceModel;
const gap = (spanId: string, from: number): Gap => ({
  spanId,
  from,
  to: from + 1,
  cause: 'backoff',
  confidence: 1,
  evidence: [],
});

test('gaps: each with its span, those of spans that are not shown left out', () =>
  expect(gapsOf(model(), [gap('b', 1), gap('c', 2), gap('b', 3)])).toEqual(new Map([[1, [gap('b', 1), gap('b', 3)]]])));
test('gaps: none where the clocks are shown as they were sent, and the explanation has adjusted them', () => {
  expect(gapsOf(model({skew: {}}), [gap('a', 1)])).toBeUndefined();
  expect(gapsOf(model({skew: {}, adjusted: true}), [gap('a', 1)])?.size).toBe(1);
});
