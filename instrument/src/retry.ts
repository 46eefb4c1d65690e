import {setTimeout as sleep} from 'node:timers/promises';
import type {Span} from '@opentelemetry/api';
import {type SpanSettings, traced} from './traced.ts';

export type RetryOptions = {
  /** Tries in all, the first included (default 3). */
  readonly attempts?: number;
  /** Wait before the second try in ms (default 100); doubles with each further one. */
  readonly backoffMillis?: number;
  /** Longest single wait in ms (default 30,000). */
  readonly maxBackoffMillis?: number;
  /** Share of the wait that is random, 0 to 1 (default 0.2), so that many callers do not come back at once. */
  readonly jitter?: number;
  /** Whether this error is worth another try (default: every error). */
  readonly retryIf?: (error: unknown, attempt: number) => boolean;
  /** Gives up waiting when it aborts. */
  readonly signal?: AbortSignal;
  readonly attributes?: SpanSettings['attributes'];
};

/**
 * Calls `fn` until it succeeds. One span of that name for the whole, in it a child per attempt (`retry.attempt` = 1, 2, …)
 * and a child `retry.backoff` for each wait, so that a trace shows where the time went. Rejects with the last error.
 *
 * @example await retry('payment.charge', {attempts: 3, backoffMillis: 5_000}, () => provider.charge(order));
 */
export function retry<T>(
  name: string,
  options: RetryOptions,
  fn: (attempt: number, span: Span) => T | Promise<T>,
): Promise<T> {
  const {attempts = 3, backoffMillis = 100, maxBackoffMillis = 30_000, jitter = 0.2, retryIf = () => true} = options;
  return traced(name, options.attributes === undefined ? {} : {attributes: options.attributes}, async (whole) => {
    for (let attempt = 1; ; attempt++) {
      whole.setAttribute('retry.attempts', attempt);
      try {
        const value = await traced(`${name} attempt`, {attributes: {'retry.attempt': attempt}}, async (span) =>
          fn(attempt, span),
        );
        whole.setAttribute('retry.outcome', 'succeeded');
        return value;
      } catch (error) {
        const retryable = retryIf(error, attempt);
        if (attempt >= attempts || !retryable || options.signal?.aborted === true) {
          whole.setAttribute('retry.outcome', retryable ? 'exhausted' : 'not_retryable');
          throw error;
        }
        const full = Math.min(maxBackoffMillis, backoffMillis * 2 ** (attempt - 1));
        const wait = Math.round(full * (1 - jitter * Math.random()));
        const attributes = {'retry.attempt': attempt + 1, 'retry.backoff_ms': wait};
        whole.addEvent('retry.scheduled', attributes);
        const signal = options.signal === undefined ? {} : {signal: options.signal};
        await traced('retry.backoff', {attributes}, () => sleep(wait, undefined, signal));
      }
    }
  });
}
