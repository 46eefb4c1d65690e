import {expect, test} from 'vitest';
import {isoNanos, msToNanos, nanosToMs, relativeParts} from './time.ts';

test('time: nanoseconds beyond 2^53 keep their microseconds', () =>
  expect(nanosToMs('1795223045123456789')).toBe(1_795_223_045_123.456));
test('time: milliseconds become nanoseconds', () => expect(msToNanos(1_795_223_045_123.5)).toBe('1795223045123500000'));
test('time: every nanosecond is in the copied text', () =>
  expect(isoNanos('1767323045000000006')).toBe('2026-01-02T03:04:05.000000006Z'));
test('time: 1970 is a moment like another', () => expect(isoNanos('0')).toBe('1970-01-01T00:00:00.000000000Z'));

test.each([
  [0, 0, 'second'],
  [59_999, 59, 'second'],
  [60_000, 1, 'minute'],
  [3_599_999, 59, 'minute'],
  [86_400_000, 1, 'day'],
  [-5_000, 0, 'second'],
])('time: %d ms ago is %d %s', (distance, count, unit) =>
  expect(relativeParts(1_000_000_000 - distance, 1_000_000_000)).toEqual({count, unit}),
);
