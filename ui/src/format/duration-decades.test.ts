import {expect, test} from 'vitest';
import {formatDuration} from './duration.ts';
import {durationDecades} from './duration-decades.ts';

const texts = (low: number, high: number, most: number) =>
  durationDecades(low, high, most).map((mark) => formatDuration(mark, (value) => String(Math.round(value))));

test.each([
  [5e5, 2e10, 7, '1 ms, 10 ms, 100 ms, 1 s, 10 s'],
  [5e5, 4e12, 8, '1 ms, 10 ms, 100 ms, 1 s, 10 s, 1 min, 10 min, 1 h'],
  [2e6, 5e7, 7, '3 ms, 10 ms, 30 ms'],
  [2e10, 9e12, 7, '30 s, 1 min, 3 min, 10 min, 30 min, 1 h'],
  [500, 2e14, 7, '1 µs, 1 ms, 1 s, 1 min, 1 h, 1 d'],
  [2e14, 9e15, 7, '3 d, 10 d, 30 d, 100 d'],
])('duration: marks of a logarithmic axis from %d to %d ns, %d at most: %s', (low, high, most, marks) =>
  expect(texts(low, high, most).join(', ')).toBe(marks),
);
