/** What connectors that gather metrics have in common: they hand them on at intervals, and once more when they stop. */
import {errorMessage, type TenantId} from '../base/index.ts';
import type {Consumer, MetricBatch} from '../model/index.ts';
import type {Component, Settings} from '../pipeline/index.ts';

/** Metrics of one tenant on their way. */
export interface Flushed {
  readonly tenant: TenantId;
  readonly batch: MetricBatch;
  /** Hears that the batch did not arrive. */
  failed(): void;
}

/** A batch of more points would hold other work up. */
export const maxPoints = 4096;

export interface Flusher extends Required<Pick<Component, 'start' | 'stop'>> {
  /** Resolves when everything that there is now has been handed on, or refused. Never rejects. */
  flush(): Promise<void>;
}

/**
 * `gather` gives the metrics of a moment (milliseconds since 1970), batch by batch, each when the one before it has arrived or failed.
 * An interval of 0 sets no timer.
 */
export function createFlusher(
  {log, clock, meter, id}: Settings,
  intervalMs: number,
  next: Consumer,
  gather: (now: number) => Iterable<Flushed>,
): Flusher {
  const failures = meter
    .counter(
      'weft_connector_failed_points',
      'Metric points that a connector gathered and could not hand on; points that count from the start come again.',
    )
    .with({connector: id});
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    for (const {tenant, batch, failed} of gather(clock.now())) {
      const points = batch.points.count;
      try {
        await next.consume(batch, {tenant});
      } catch (error) {
        failed();
        failures.add(points);
        log.warn({err: error, points}, `${id}: ${points} metric points were refused: ${errorMessage(error)}`);
      }
    }
  };
  let queued: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    queued = undefined;
    running = run().finally(() => {
      running = undefined;
    });
    return running;
  };
  const flush = (): Promise<void> => {
    if (running === undefined) return begin();
    // What is under way may have passed what has changed since.
    queued ??= running.then(begin);
    return queued;
  };
  return {
    flush,
    async start() {
      if (intervalMs > 0) timer = setInterval(() => void flush(), intervalMs);
    },
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
