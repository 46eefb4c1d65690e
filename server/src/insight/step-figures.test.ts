/** Steps of traces, by hand and of the shop. */
import {expect, test} from 'vitest';
import {dissect} from './index.ts';
import {quantile, spreadOf, stepFigures, stepsOfTrace} from './step-figures.ts';
import {recorded, sketched} from './testing.ts';

const trace = (ms: number, failed = false) =>
  dissect(
    sketched(
      {id: 'a', name: 'shop: GET /', at: 0, ms: 100 + ms, kind: 'server'},
      {id: 'b', parent: 'a', name: 'shop: query', at: 10, ms, ...(failed ? {failed: 'no'} : {})},
      {id: 'c', parent: 'a', name: 'shop: query', at: 10 + ms, ms: 20},
    ),
  );

test('steps: spans of one operation are one step of the trace, with what they took and worked themselves', () => {
  expect(stepsOfTrace(trace(30))).toEqual([
    {service: 'shop', operation: 'GET /', calls: 1, errors: 0, self: 80e6, duration: 130e6, critical: 80e6},
    {service: 'shop', operation: 'query', calls: 2, errors: 0, self: 50e6, duration: 50e6, critical: 50e6},
  ]);
});

test('steps: values stand by trace, and traces that lack a step are not counted for it', () => {
  const lone = dissect(sketched({id: 'a', name: 'shop: GET /', at: 0, ms: 5}));
  const [root, query] = stepFigures([trace(30), lone, trace(10, true)].map(stepsOfTrace));
  expect(root).toMatchObject({operation: 'GET /', traces: 3});
  expect(query).toMatchObject({operation: 'query', traces: 2, failedTraces: 1});
  expect([...(query?.values.trace ?? [])]).toEqual([0, 2]);
  expect([...(query?.values.self ?? [])]).toEqual([50e6, 30e6]);
});

test('steps: quantiles lie between values, and of none are 0', () => {
  expect(quantile(Float64Array.of(1, 2, 3, 4), 0.5)).toBe(2.5);
  expect(spreadOf(Float64Array.of(4, 1, 3, 2))).toEqual({mean: 2.5, p50: 2.5, p95: 3.8499999999999996, most: 4});
  expect(spreadOf(new Float64Array())).toEqual({mean: 0, p50: 0, p95: 0, most: 0});
});

test('steps: critical times of a trace of the shop sum to what its critical path covers', () => {
  for (const anatomy of recorded('healthy').slice(0, 10).map(dissect)) {
    const sum = stepsOfTrace(anatomy).reduce((all, {critical}) => all + critical, 0);
    expect(Math.abs(sum - anatomy.critical.reduce((all, one) => all + one, 0))).toBeLessThan(1);
    expect(stepsOfTrace(anatomy).reduce((all, {calls}) => all + calls, 0)).toBe(anatomy.trace.count);
  }
});
