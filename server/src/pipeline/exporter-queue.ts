/** Holds the requests that wait to be sent, within a bound. */
import {RetryableError} from '../base/index.ts';
import type {QueueConfig} from './settings-exporter.ts';

export interface Job {
  /** Its size in each of the queue's measures. */
  readonly requests: 1;
  readonly items: number;
  readonly bytes: number;
  run(): Promise<void>;
}

export interface SendingQueue {
  readonly size: number;
  readonly capacity: number;
  /** Resolves when the job is queued, or done where `wait_for_result` says so. Rejects with RetryableError when full. */
  add(job: Job): Promise<void>;
  /** Resolves when nothing waits and nothing runs; takes nothing more. */
  drain(): Promise<void>;
}

/** `onFailed` is told of a queued job that failed after its sender had been answered. */
export function createQueue(config: QueueConfig, onFailed: (job: Job, error: unknown) => void): SendingQueue {
  const waiting: (() => Promise<void>)[] = [];
  const blocked: (() => void)[] = [];
  let size = 0;
  let running = 0;
  let draining = false;
  let drained: (() => void) | undefined;

  const next = (): void => {
    while (running < config.num_consumers) {
      const job = waiting.shift();
      if (job === undefined) break;
      running++;
      void job().finally(() => {
        running--;
        next();
      });
    }
    if (running === 0 && waiting.length === 0) drained?.();
  };
  const enter = async (cost: number): Promise<void> => {
    for (;;) {
      if (draining) throw new RetryableError('stopping', 'the exporter is stopping');
      // A job larger than the whole queue may still pass through an empty one.
      if (size === 0 || size + cost <= config.queue_size) break;
      if (!config.block_on_overflow)
        throw new RetryableError('queue_full', 'the sending queue is full; try again later');
      await new Promise<void>((resolve) => blocked.push(resolve));
    }
    size += cost;
  };
  const leave = (cost: number): void => {
    size -= cost;
    for (const resume of blocked.splice(0)) resume();
  };
  return {
    get size() {
      return size;
    },
    capacity: config.queue_size,
    async add(job) {
      const cost = job[config.sizer];
      await enter(cost);
      const {promise, resolve, reject} = Promise.withResolvers<void>();
      waiting.push(async () => {
        try {
          await job.run();
          resolve();
        } catch (error) {
          if (config.wait_for_result) reject(error);
          else onFailed(job, error);
        } finally {
          leave(cost);
        }
      });
      next();
      if (config.wait_for_result) await promise;
    },
    async drain() {
      draining = true;
      for (const resume of blocked.splice(0)) resume();
      if (running === 0 && waiting.length === 0) return;
      await new Promise<void>((resolve) => {
        drained = resolve;
      });
    },
  };
}
