import {expect, test} from 'vitest';
import {
  createStepTable,
  durationStep,
  lastStep,
  lastTraceStep,
  stepBound,
  stepMillis,
  stepNanos,
} from './duration-steps.ts';

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

test('duration steps: the table says the step of every duration around the bounds of all steps and powers of two', () => {
  const bounds = Array.from({length: lastTraceStep + 1}, (_, step) => stepNanos(step));
  const powers = Array.from({length: 64}, (_, bit) => 2 ** bit);
  const near = [...bounds, ...powers].flatMap((nanos) => [nanos - 1, nanos, nanos + 1, Math.round(nanos * 1.05)]);
  const all = [...near, -(2 ** 63), -1, 0].filter((nanos) => nanos <= 2 ** 63);
  for (const last of [lastStep, lastTraceStep]) {
    const stepOf = createStepTable(last);
    expect(all.map(stepOf)).toEqual(all.map((nanos) => durationStep(nanos, last)));
  }
});
