import {expect, test} from 'vitest';
import {durationExtent, logTicks, nearestPoint, type Points, scatterPoints, timeExtent} from './scatter-points.ts';

const points: Points = {x: [100, 110, 120], y: [1e6, 1e7, 1e6], trace: [2, 0, 1]};

test('scatter points: points stand by time and never at zero', () => {
  const root = {rootService: '', rootName: '', rootArrived: true, outcome: 'clean', state: 'complete'} as const;
  const trace = {traceId: '', ...root, spans: 1, errors: 0, services: []};
  const data = {
    more: false,
    traces: [
      {...trace, startUnixNano: '2000000000', durationNano: '5'},
      {...trace, startUnixNano: '1000000000', durationNano: '0'},
    ],
  };
  expect(scatterPoints(data)).toEqual({x: [1, 2], y: [1, 5], trace: [1, 0]});
});

test('scatter points: the whole range is shown unless older traces were left out', () => {
  expect(timeExtent(points, 0, 200_000, false)).toEqual([0, 200]);
  const [from, to] = timeExtent(points, 0, 200_000, true);
  expect(from).toBeCloseTo(99.6, 1);
  expect(to).toBeCloseTo(120.4, 1);
});

test('scatter points: durations have room, one decade at least', () => {
  const [low, high] = durationExtent({x: [1], y: [5e6], trace: [0]});
  expect(high / low).toBeCloseTo(10);
  expect(durationExtent({x: [], y: [], trace: []})).toEqual([1e6, 1e9]);
});

test.each([
  [1e5, 2e9, [1e5, 1e6, 1e7, 1e8, 1e9]],
  [2e6, 5e7, [3e6, 1e7, 3e7]],
])('scatter points: ticks from %d to %d', (low, high, ticks) => expect(logTicks(low, high)).toEqual(ticks));

test('scatter points: the nearest point within reach', () => {
  const place = (index: number): [number, number] => [index * 10, 5];
  expect(nearestPoint(points, place, 11, 6, 4)).toBe(1);
  expect(nearestPoint(points, place, 15.1, 5, 4)).toBe(-1);
});
