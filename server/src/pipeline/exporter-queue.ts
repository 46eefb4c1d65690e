/** Holds the requests that wait to be sent, within a bound, and gives them to its consumers in order. */
import {RetryableError} from '../base/index.ts';
import type {QueueStore, Stored} from './exporter-queue-store.ts';
import type {QueuedRequest} from './exporter-request.ts';
import type {QueueConfig} from './settings-exporter.ts';

export interface QueueOptions {
  readonly config: Pick<
    QueueConfig,
    'queue_size' | 'sizer' | 'num_consumers' | 'block_on_overflow' | 'wait_for_result'
  >;
  readonly store: QueueStore;
  /** Sends one request, with all its attempts. */
  readonly send: (request: QueuedRequest) => Promise<void>;
  /** A request is given up; `isAnswered`: its sender has heard that all is well. */
  readonly onFailed: (request: QueuedRequest, error: unknown, isAnswered: boolean) => void;
  /** The disk has lost a request, or does not give it now. */
  readonly onLost: (items: number) => void;
  /** A request was sent, and the disk cannot be told so: the next process sends it again. */
  readonly onUnconfirmed: (error: unknown) => void;
}

export interface SendingQueue {
  /** After a stop: what stays on the disk. */
  readonly size: number;
  readonly capacity: number;
  /** Takes up what an earlier process left. Called once, before anything is added. */
  open(): Promise<void>;
  /**
   * Resolves when the request is queued. Rejects with RetryableError when the queue is full. `sent` is what becomes of it
   * where `wait_for_result` says that its sender waits for that.
   */
  add(request: QueuedRequest): Promise<{readonly sent: Promise<void> | undefined}>;
  /**
   * Takes nothing more. Resolves when nothing runs, and nothing waits but on a disk that keeps it. With `instead`, what
   * waits is given to it and not sent, and so is what cannot be sent now.
   */
  drain(instead?: (request: QueuedRequest) => Promise<void>): Promise<void>;
}

interface Waiting {
  readonly stored: Stored;
  readonly cost: number;
  readonly sender: PromiseWithResolvers<void> | undefined;
}

export function createQueue({config, store, send, onFailed, onLost, onUnconfirmed}: QueueOptions): SendingQueue {
  const waiting = createFifo<Waiting>();
  const blocked: (() => void)[] = [];
  let size = 0;
  let running = 0;
  /** Being added, and not yet waiting. */
  let entering = 0;
  let draining = false;
  let drained: (() => void) | undefined;
  let deliver = send;
  let instead: ((request: QueuedRequest) => Promise<void>) | undefined;

  const next = (): void => {
    while (running < config.num_consumers) {
      // What the disk keeps is sent by the next process.
      if (draining && store.keeps && instead === undefined) break;
      const job = waiting.take();
      if (job === undefined) break;
      running++;
      void work(job).then((stays) => {
        running--;
        if (!stays) leave(job.cost);
        next();
      });
    }
    if (draining && running === 0 && entering === 0) drained?.();
  };
  /** One request from the queue to its end. Resolves to whether it stays on the disk; never rejects. */
  const work = async ({stored, sender}: Pick<Waiting, 'stored' | 'sender'>): Promise<boolean> => {
    let request: QueuedRequest | undefined;
    const to = deliver;
    try {
      request = await stored.load();
      if (request === undefined) onLost(stored.items);
      else await to(request);
      sender?.resolve();
    } catch (error) {
      // It may be read by the next process.
      if (request === undefined) {
        onLost(stored.items);
        return draining;
      }
      if (draining && error instanceof RetryableError) {
        if (to === send && instead !== undefined) return work({stored, sender});
        if (store.keeps) return true;
      }
      onFailed(request, error, sender === undefined);
      sender?.reject(error);
    }
    await stored.done().catch(onUnconfirmed);
    return false;
  };
  const enter = async (cost: number): Promise<void> => {
    for (;;) {
      if (draining) throw new RetryableError('stopping', 'the exporter is stopping');
      // A request larger than the whole queue may still pass through an empty one.
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
  const costOf = (items: number, bytes: number): number =>
    config.sizer === 'requests' ? 1 : config.sizer === 'items' ? items : bytes;
  return {
    get size() {
      return size;
    },
    capacity: config.queue_size,
    async open() {
      for (const stored of await store.open()) {
        const cost = costOf(stored.items, stored.bytes);
        size += cost;
        waiting.add({stored, cost, sender: undefined});
      }
      next();
    },
    async add(request) {
      const cost = costOf(request.items, request.body.length);
      await enter(cost);
      entering++;
      try {
        const stored = await store.put(request);
        const sender = config.wait_for_result ? Promise.withResolvers<void>() : undefined;
        waiting.add({stored, cost, sender});
        return {sent: sender?.promise};
      } catch (error) {
        leave(cost);
        throw error;
      } finally {
        entering--;
        next();
      }
    },
    async drain(to) {
      draining = true;
      instead = to;
      if (to !== undefined) deliver = to;
      for (const resume of blocked.splice(0)) resume();
      const over = new Promise<void>((resolve) => {
        drained = resolve;
      });
      next();
      await over;
      await store.close();
    },
  };
}

/** First in, first out, without moving the others. */
function createFifo<T>(): {add(value: T): void; take(): T | undefined} {
  let values: (T | undefined)[] = [];
  let first = 0;
  return {
    add(value) {
      values.push(value);
    },
    take() {
      if (first === values.length) return undefined;
      const value = values[first];
      values[first++] = undefined;
      if (first >= 1024 && first * 2 >= values.length) {
        values = values.slice(first);
        first = 0;
      }
      return value;
    },
  };
}
