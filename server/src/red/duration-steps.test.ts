import {expect, test} from 'vitest';
import {durationStep, lastStep, stepBound, stepMillis} from './duration-steps.ts';

test('duration steps: the middle of a step lies in it and is at most 9 % from any duration of it', () => {
  for (let step = 1; step < lastStep; step++) {
    const nanos = stepMillis(step) * 1e6;
    expect(durationStep(BigInt(Math.round(nanos)))).toBe(step);
    expect(durationStep(BigInt(Math.round(nanos / 1.09)))).toBeLessThan(step + 1);
    expect(durationStep(BigInt(Math.round(nanos * 1.09)))).toBeGreaterThan(step - 1);
  }
});

test('duration steps: nothing, less than nothing and centuries have a step', () => {
  expect([0n, -5n, 999n].map(durationStep)).toEqual([0, 0, 0]);
  expect(durationStep(2n ** 63n - 1n)).toBe(lastStep);
});

test('duration steps: of the open ones, the end that they have is told as a bound', () => {
  expect([0, 1, lastStep - 1, lastStep].map(stepBound)).toEqual(['most', undefined, undefined, 'least']);
  const nanos = (step: number): bigint => BigInt(Math.round(stepMillis(step) * 1e6));
  expect([nanos(0), nanos(0) + 1n].map((one) => durationStep(one))).toEqual([0, 1]);
  expect([nanos(lastStep) - 1n, nanos(lastStep)].map((one) => durationStep(one))).toEqual([lastStep - 1, lastStep]);
});
