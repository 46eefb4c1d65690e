import {expect, test} from 'vitest';
import {goDuration, goFloat, goInt} from './go-number.ts';

test.each([
  ['1', 1],
  ['-1.5e3', -1500],
  ['.5', 0.5],
  ['5.', 5],
  ['inf', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['NaN', Number.NaN],
  ['', undefined],
  [' 1', undefined],
  ['1e999', undefined],
  ['abc', undefined],
])('number of a text as Go reads it: %j as a double', (text, value) => expect(goFloat(text)).toBe(value));

test.each([
  ['0', 0n],
  ['+12', 12n],
  ['-9223372036854775808', -(2n ** 63n)],
  ['9223372036854775808', undefined],
  ['1.0', undefined],
  ['0x10', undefined],
  ['', undefined],
])('number of a text as Go reads it: %j as a whole number', (text, value) => expect(goInt(text)).toBe(value));

test.each([
  [0, '0s'],
  [0.25, '250µs'],
  [12.5, '12.5ms'],
  [1500, '1.5s'],
  [61_001, '1m1.001s'],
  [8_133_548, '2h15m33.548s'],
])('Go duration: %d ms is %s', (millis, text) => {
  expect(goDuration(BigInt(Math.round(millis * 1e6)))).toBe(text);
});
