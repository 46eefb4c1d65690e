import {expect, test} from 'vitest';
import {nextRate} from './rate.ts';
import {poisson, random} from './testing.ts';

/** `ticks` windows of 5 s at `perSecond`, of which each is kept with `probability`. */
function follow(rate: number, ticks: number, perSecond: number, probability: number, next: () => number): number[] {
  const rates: number[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    const kept = poisson(perSecond * probability * 5, next);
    const weight = 1 / probability;
    rates.push((rate = nextRate(rate, kept * weight, kept * weight * weight, weight, 5)));
  }
  return rates;
}
const last = (rates: readonly number[]): number => rates.at(-1) as number;
const mean = (rates: readonly number[]): number => rates.reduce((sum, rate) => sum + rate, 0) / rates.length;

test.each([
  [340, 1],
  [340, 0.006],
  [5000, 0.0004],
  [0.4, 1],
  [12, 0.1],
])('rate: comes to %d/s of which %d is kept', (perSecond, probability) => {
  const rates = follow(0, 500, perSecond, probability, random(7)).slice(100);
  expect(mean(rates) / perSecond).toBeCloseTo(1, 1);
});

test('rate: a burst is believed at once, whatever share of it is kept', () => {
  const next = random(3);
  const before = last(follow(0, 60, 20, 0.1, next));
  expect(last(follow(before, 2, 400, 0.1, next))).toBeGreaterThan(250);
});

test('rate: so is silence', () => {
  const before = last(follow(0, 60, 200, 0.05, random(3)));
  expect(nextRate(before, 0, 0, 20, 5)).toBeLessThan(before / 2);
});

test('rate: one event out of a thousand is chance, not a change', () => {
  expect(nextRate(0, 1000, 1000 ** 2, 1000, 5)).toBeLessThan(20);
});

test('rate: what ended is nothing after a while', () => {
  let rate = 3;
  for (let tick = 0; tick < 240; tick++) rate = nextRate(rate, 0, 0, 1, 5);
  expect(rate).toBe(0);
});
