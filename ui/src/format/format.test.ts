import {expect, test} from 'vitest';
import {createFormat} from './format.ts';

const en = createFormat('en', 'UTC');
const hant = createFormat('zh-Hant', 'UTC');

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_500, '1.5 kB'],
  [999_600, '1.0 MB'],
  [123_456_789, '123 MB'],
])('format: %d bytes', (value, text) => expect(en.bytes(value)).toBe(text));

test.each([
  [0, '0 %'],
  [0.00001, '<0.01 %'],
  [0.00998, '1.0 %'],
  [0.0123, '1.2 %'],
  [0.0997, '10 %'],
  [0.5, '50 %'],
  [0.99999, '>99.9 %'],
  [1, '100 %'],
])('format: share %d', (share, text) => expect(en.percent(share)).toBe(text));

test.each([
  [0, '0/s'],
  [0.1, '0.10/s'],
  [0.02, '1.20/min'],
  [1 / 3600, '1.00/h'],
  [12.34, '12.3/s'],
  [3.456, '3.46/s'],
  [1234, '1,234/s'],
])('format: rate %d', (value, text) => expect(en.rate(value)).toBe(text));

test.each([
  [-5, '0:00'],
  [1, '0:01'],
  [871_400, '14:32'],
  [3_599_001, '1 h'],
  [7_500_000, '2 h 5 min'],
  [90_000_000, '1 d 1 h'],
])('format: %d ms are left', (value, text) => expect(en.countdown(value)).toBe(text));

const noon = Date.UTC(2026, 0, 2, 12, 4, 5, 67);
test('format: a moment of today is a time, an older one has its day', () => {
  expect(en.time(noon, noon + 1000)).toBe('12:04:05');
  expect(en.time(noon, noon + 86_400_000)).toBe('Jan 2, 12:04:05');
});
test('format: midnight is 00, not 24', () => expect(en.timeMillis(Date.UTC(2026, 0, 2))).toBe('00:00:00.000'));
test('format: a whole moment names its zone', () => {
  expect(en.moment(noon)).toMatch(/^Jan 2, 2026, 12:04:05\.067 (UTC|GMT\+0)$/);
  expect(createFormat('en', 'Asia/Taipei').moment(noon)).toBe('Jan 2, 2026, 20:04:05.067 GMT+8');
  for (const locale of ['zh-Hant', 'zh-Hans'])
    expect(createFormat(locale, 'Asia/Taipei').moment(noon)).toBe('2026年1月2日 20:04:05.067 GMT+8');
  // Of that moment, not of now.
  expect(createFormat('en', 'Europe/Berlin').moment(noon)).toMatch(/ GMT\+1$/);
  expect(createFormat('en', 'Europe/Berlin').moment(Date.UTC(2026, 6, 2))).toMatch(/ GMT\+2$/);
});
test('format: relative texts follow the language', () => {
  expect(en.ago(noon - 12_000, noon)).toBe('12s ago');
  expect(en.ago(noon + 86_400_000, noon)).toBe('in 1d');
  expect(hant.ago(noon - 180_000, noon)).toBe('3 分鐘前');
});
test('format: nanoseconds in words of the language', () =>
  expect(hant.momentOfNanos('1767355445067000000')).toContain('2026年1月2日'));
