import {expect, test} from 'vitest';
import {logExtent, markedSelection, moveMarked, nearestPoint} from './axis.ts';

test('chart: a logarithmic axis has room around its values, one decade at least', () => {
  const {min, max} = logExtent(5e6, 5e6);
  expect(max / min).toBeCloseTo(10);
  expect(logExtent(1e6, 1e9)).toEqual({min: 1e6 / 1.6, max: 1.6e9});
});

test('chart: the nearest point within reach is found', () => {
  const points = {kind: 'points', x: [1, 2, 3], y: [1, 1, 1], size: [], tone: []} as const;
  const place = (index: number): [number, number] => [index * 10, 5];
  expect(nearestPoint(points, place, 11, 6, 4)).toBe(1);
  expect(nearestPoint(points, place, 15.1, 5, 4)).toBe(-1);
});

test('chart: keys mark a part, move it and change its bounds, and never beyond the axes', () => {
  const press = (keys: readonly string[]) =>
    keys.reduce<ReturnType<typeof moveMarked>>(
      (marked, key) => moveMarked(marked, key.replace('Shift+', ''), key.startsWith('Shift+'), 60, 20),
      undefined,
    );
  expect(press(['ArrowRight'])).toEqual({from: 54, to: 60, low: 0, high: 20});
  expect(press(['ArrowLeft', 'ArrowLeft', 'ArrowLeft'])).toEqual({from: 52, to: 58, low: 0, high: 20});
  expect(press(['ArrowRight', 'ArrowRight'])).toEqual({from: 54, to: 60, low: 0, high: 20});
  expect(press(['Shift+ArrowLeft'])).toEqual({from: 54, to: 59, low: 0, high: 20});
  expect(press(['ArrowUp', 'ArrowUp', 'Shift+ArrowDown'])).toEqual({from: 54, to: 60, low: 2, high: 19});
  expect(press(['ArrowDown'])).toEqual({from: 54, to: 60, low: 0, high: 20});
  expect(moveMarked(undefined, 'x', false, 60, 20)).toBeUndefined();
});

test('chart: what is marked is said in the units of the axes', () => {
  const y = {min: 1e6, max: 1e9, log: true};
  expect(markedSelection({from: 30, to: 60, low: 0, high: 30}, 60, 30, {min: 0, max: 120}, y)).toEqual({
    x: [60, 120],
    y: undefined,
  });
  const part = markedSelection({from: 0, to: 6, low: 10, high: 30}, 60, 30, {min: 0, max: 120}, y);
  expect(part.y![0]).toBeCloseTo(1e7);
  expect(part.y![1]).toBeCloseTo(1e9);
});
