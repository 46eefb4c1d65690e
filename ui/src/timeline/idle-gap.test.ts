import {expect, test} from 'vitest';
import {traceOf} from './testing.ts';
import {modelTrace} from './trace-model.ts';

type Times = readonly [start: number, end: number];
const gapOf = (...spans: readonly Times[]) =>
  modelTrace(traceOf(...spans.map(([start, end], i) => ({id: `s${i}`, start, end})))).gap;

test.each<[string, readonly Times[], object | undefined]>([
  [
    'two parts a day apart',
    [
      [0, 50],
      [86_400_000, 86_400_020],
    ],
    {from: 50, to: 86_400_000},
  ],
  [
    'a span that ran all the while',
    [
      [0, 86_400_000],
      [10, 20],
      [86_399_999, 86_400_000],
    ],
    undefined,
  ],
  [
    'a pause of a third of the trace',
    [
      [0, 10],
      [20, 30],
    ],
    undefined,
  ],
  [
    'the longest of several pauses',
    [
      [0, 1],
      [5, 6],
      [1_000, 1_001],
    ],
    {from: 6, to: 1_000},
  ],
  ['one span', [[0, 10]], undefined],
  ['one span without a length', [[0, 0]], undefined],
])('idle gap: %s', (_, spans, gap) => expect(gapOf(...spans)).toEqual(gap));

test('trace model: a trace without a length has none, though its scale has one', () => {
  expect(modelTrace(traceOf({id: 'a', start: 0, end: 0}))).toMatchObject({duration: 0, total: 1});
});
