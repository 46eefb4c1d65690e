import {expect, test} from 'vitest';
import {coveredSeconds, isShort} from './covered-time.ts';

const times = (start: number, coveredStart: number, end: number) => ({
  start: `${start}000000000`,
  coveredStart: `${coveredStart}000000000`,
  end: `${end}000000000`,
});

test.each([
  ['a Weft of half a minute', times(0, 3570, 3600), 30, true],
  ['a lone request a second ago', times(0, 3599, 3600), 10, true],
  ['data from the beginning on', times(0, 3, 3600), 3597, false],
  ['none at all', times(0, 0, 3600), 3600, false],
])('covered time: %s', (_, given, seconds, short) => {
  expect(coveredSeconds(given)).toBe(seconds);
  expect(isShort(given)).toBe(short);
});
