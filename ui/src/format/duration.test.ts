import {expect, test} from 'vitest';
import {durationTicks, formatDuration, parseDuration, writeDuration} from './duration.ts';

test.each([
  [0, '0 ms'],
  [1, '1 ns'],
  [999, '999 ns'],
  [1_000, '1.00 µs'],
  [12_345, '12.3 µs'],
  [999_400, '999 µs'],
  [999_600, '1.00 ms'],
  [9_996_000, '10.0 ms'],
  [123_456_789, '123 ms'],
  [999_600_000, '1.00 s'],
  [8_012_000_000, '8.01 s'],
  [59_940_000_000, '59.9 s'],
  [59_960_000_000, '1 min'],
  [125_000_000_000, '2 min 5 s'],
  [3_599_600_000_000, '1 h'],
  [3_780_000_000_000, '1 h 3 min'],
  [86_399_000_000_000, '1 d'],
  [273_600_000_000_000, '3 d 4 h'],
  [-1_500_000, '−1.50 ms'],
])('duration: %d ns is written %s', (nanoseconds, text) => expect(formatDuration(nanoseconds)).toBe(text));

test.each([
  ['1.5s', 1.5e9],
  ['200ms', 2e8],
  ['200 MS', 2e8],
  ['3', 3e6],
  ['0,5 s', 5e8],
  ['40us', 4e4],
  ['40µs', 4e4],
  ['2m', 1.2e11],
  ['1h 30m', 5.4e12],
  ['', undefined],
  ['fast', undefined],
  ['5 parsecs', undefined],
  ['1.5.2s', undefined],
  ['-3s', undefined],
  ['3 constructor', undefined],
])('duration: %j is read as %j', (text, nanoseconds) => expect(parseDuration(text)).toBe(nanoseconds));

test.each([1, 999, 1_500, 200_000_000, 1_500_000_000, 90_000_000_000, 1_234_567_891])(
  'duration: %d ns survives writing and reading',
  (value) => expect(parseDuration(writeDuration(value))).toBeCloseTo(value, 3),
);

test.each([
  [0, 8e9, 4, ['0', '2 s', '4 s', '6 s', '8 s']],
  [0, 9e5, 5, ['0', '200 µs', '400 µs', '600 µs', '800 µs']],
  [1.2e9, 1.3e9, 4, ['1.20 s', '1.25 s', '1.30 s']],
  [0, 3.6e12, 4, ['0', '15 min', '30 min', '45 min', '60 min']],
  [0, 3, 10, ['0', '1 ns', '2 ns', '3 ns']],
])('duration: ticks from %d to %d', (from, to, count, texts) =>
  expect(durationTicks(from, to, count).map((tick) => tick.text)).toEqual(texts),
);

test('duration: an empty range has no ticks', () => expect(durationTicks(5, 5, 4)).toEqual([]));
