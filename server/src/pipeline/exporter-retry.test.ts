import {expect, test} from 'vitest';
import {maxTimerMs, RetryableError} from '../base/index.ts';
import {withRetry} from './exporter-retry.ts';

const config = {
  enabled: true,
  initial_interval: 1,
  randomization_factor: 0,
  multiplier: 1,
  max_interval: 1,
  max_elapsed_time: 0,
};

test('exporter retry: a peer that asks for more than a timer holds is not asked again at once', async () => {
  const stopping = new AbortController();
  const waits: number[] = [];
  let attempts = 0;
  const sending = withRetry(
    config,
    stopping.signal,
    async () => {
      attempts++;
      throw new RetryableError('destination', 'come back in 35 years', 2 ** 40);
    },
    (_, wait) => {
      waits.push(wait);
      // A wait that overflows ends in the next turn of the timers; this timer is behind it.
      setTimeout(() => stopping.abort(), 20);
    },
  );
  await expect(sending).rejects.toThrow('come back in 35 years');
  expect({attempts, waits}).toEqual({attempts: 1, waits: [maxTimerMs]});
});
