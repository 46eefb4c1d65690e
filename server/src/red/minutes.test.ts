import {expect, test} from 'vitest';
import {type UnixNano, unixNano} from '../base/index.ts';
import {pointTimes} from './minutes.ts';

const minute = 60_000_000_000n;
const start = (1000n * minute) as UnixNano;
const points = (minutes: bigint, most: number) => pointTimes({start, end: unixNano(start + minutes)}, most);

test('points: an hour in 60 points has a minute each', () =>
  expect(points(60n * minute, 60)).toEqual({start, stepSeconds: 60, count: 60}));
test('points: an hour in 7 has nine minutes each, the last one less', () =>
  expect(points(60n * minute, 7)).toEqual({start, stepSeconds: 540, count: 7}));
test('points: a range that ends within a minute has that minute', () =>
  expect(points(2n * minute + 1n, 60)).toEqual({start, stepSeconds: 60, count: 3}));
