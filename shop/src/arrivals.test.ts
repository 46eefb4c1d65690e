import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createArrivals} from './arrivals.ts';
import {loadShapes} from './load-shapes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Numbers 0 to 1 that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Instants of the arrivals, in seconds from the start. */
async function arrivalsAt(rate: number, seconds: number, random = seeded(7)): Promise<number[]> {
  const instants: number[] = [];
  const started = performance.now();
  const arrivals = createArrivals({
    rate: () => rate,
    arrive: () => instants.push((performance.now() - started) / 1000),
    random,
  });
  arrivals.restart();
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  arrivals.stop();
  return instants;
}

test.each(Object.entries(loadShapes).filter(([, shape]) => shape.arrivalsPerSecond > 0))(
  'arrivals: those of load shape %s are a Poisson process of its rate',
  async (_, {arrivalsPerSecond: rate}) => {
    const seconds = 1_200;
    const instants = await arrivalsAt(rate, seconds);
    const expected = rate * seconds;
    expect(Math.abs(instants.length - expected)).toBeLessThan(4 * Math.sqrt(expected));

    // Counts per second: variance and mean are equal.
    const counts = new Array<number>(seconds).fill(0);
    for (const instant of instants) counts[Math.floor(instant)] = (counts[Math.floor(instant)] ?? 0) + 1;
    const mean = instants.length / seconds;
    const dispersion = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (seconds - 1) / mean;
    expect(Math.abs(dispersion - 1)).toBeLessThan(4 * Math.sqrt(2 / (seconds - 1)));

    // Gaps: exponential, by Kolmogorov and Smirnov; timers round to a millisecond.
    const gaps = instants.slice(1).map((instant, index) => instant - (instants[index] as number));
    const farthest = gaps
      .toSorted((a, b) => a - b)
      .reduce(
        (most, gap, index) => Math.max(most, Math.abs((index + 1) / gaps.length - (1 - Math.exp(-rate * gap)))),
        0,
      );
    expect(farthest).toBeLessThan(1.95 / Math.sqrt(gaps.length) + rate / 1000);
  },
);

test('arrivals: a rate of 0 brings nobody, and a changed rate holds at once', async () => {
  let rate = 0;
  let arrived = 0;
  const arrivals = createArrivals({rate: () => rate, arrive: () => arrived++, random: seeded(3)});
  arrivals.restart();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(arrived).toBe(0);
  rate = 10;
  arrivals.restart();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(Math.abs(arrived - 600)).toBeLessThan(4 * Math.sqrt(600));
  rate = 0;
  arrivals.restart();
  const before = arrived;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(arrived).toBe(before);
});

test('arrivals: after a pause of the machine the visitors missed do not come all at once', () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(0);
  let arrived = 0;
  const arrivals = createArrivals({rate: () => 10, arrive: () => arrived++, random: seeded(5)});
  arrivals.restart();
  now.mockReturnValue(3_600_000);
  vi.advanceTimersToNextTimer();
  expect(arrived).toBeGreaterThan(0);
  expect(arrived).toBeLessThan(40);
  arrivals.stop();
  now.mockRestore();
});
