import {setTimeout as sleep} from 'node:timers/promises';
import {RetryableError, timerMs} from '../base/index.ts';
import type {RetryConfig} from './settings-exporter.ts';

/**
 * Sends, again and again while it is refused retryably: after growing, randomised waits, or as long as the other side says.
 * Throws the last error when the time is up or `signal` aborts, and every other error at once.
 */
export async function withRetry(
  config: RetryConfig,
  signal: AbortSignal,
  send: () => Promise<void>,
  onRetry: (error: RetryableError, waitMs: number) => void,
): Promise<void> {
  const begin = performance.now();
  let interval = config.initial_interval;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!config.enabled || signal.aborted || !(error instanceof RetryableError)) throw error;
      const random = 1 + config.randomization_factor * (2 * Math.random() - 1);
      const wait = timerMs(Math.max(interval * random, error.retryAfterMs));
      if (config.max_elapsed_time > 0 && performance.now() - begin + wait > config.max_elapsed_time) throw error;
      onRetry(error, wait);
      try {
        await sleep(wait, undefined, {signal});
      } catch {
        throw error;
      }
      interval = Math.min(interval * config.multiplier, config.max_interval);
    }
  }
}
