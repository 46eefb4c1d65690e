import {expect, test} from 'vitest';
import {comparedTime} from './compared-time.ts';

const minutes = (n: number): string => String(BigInt(n) * 60_000_000_000n);
const day = 24 * 60;
const before = (n: number): string => String(BigInt(minutes(n)) - 1n);

test.each([
  ['before', minutes(5_060), {start: minutes(4_940), end: before(5_000)}],
  ['before', String(BigInt(minutes(5_059)) + 7n), {start: minutes(4_940), end: before(5_000)}],
  ['yesterday', minutes(5_060), {start: minutes(5_000 - day), end: before(5_060 - day)}],
  ['version:1.4', minutes(5_060), {start: minutes(5_000), end: minutes(5_060), version: '1.4'}],
] as const)('compared time: %s of minute 5,000 to %s', (compare, end, other) => {
  const start = minutes(5_000);
  expect(comparedTime({start, end}, compare)).toEqual(other);
});
