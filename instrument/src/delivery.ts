import {diag} from '@opentelemetry/api';
import type {Send} from './otlp-sender.ts';

/** Where finished items of one signal wait for the collector. */
export type Delivery<T> = {
  /** Takes one item, or drops it when the queue is full. Never blocks, never throws. */
  add(item: T): void;
  /** Resolves when everything added before the call was accepted, refused or given up. */
  flush(): Promise<void>;
  /** Flushes with one last attempt per batch (no more waiting between attempts); later items are dropped. */
  shutdown(): Promise<void>;
  /** What no collector has acknowledged yet, encoded; it is the caller's from here on. For the end of the process. */
  drain(): Uint8Array[];
  readonly counts: DeliveryCounts;
};

/** Every item that was added is, in the end, in exactly one of `sent`, `refused`, `queueFull`, `gaveUp`. */
export type DeliveryCounts = {
  readonly queued: number;
  readonly sent: number;
  /** The collector answered with a permanent error. */
  readonly refused: number;
  /** Dropped because the queue was full. */
  readonly queueFull: number;
  /** Dropped after retrying for `retryForMillis`, or at a shutdown. */
  readonly gaveUp: number;
};

export type DeliveryOptions<T> = {
  /** For messages: `spans`, `logs`. */
  readonly name: string;
  readonly encode: (items: readonly T[]) => Uint8Array;
  readonly send: Send;
  /** Items that may wait; what comes on top is dropped and counted. Bounds the memory a dead collector can cost. */
  readonly maxQueue: number;
  readonly maxBatch: number;
  /** Longest time an item waits for its batch to fill. */
  readonly delayMillis: number;
  /** How long one batch is tried before it is given up. */
  readonly retryForMillis: number;
};

type Batch = {readonly body: Uint8Array; readonly size: number};

/** One batch at a time, oldest first: a batch that must be retried holds the queue, and the queue is bounded. */
export function createDelivery<T>(options: DeliveryOptions<T>): Delivery<T> {
  const {name, encode, send, maxQueue, maxBatch, delayMillis, retryForMillis} = options;
  const counts = {queued: 0, sent: 0, refused: 0, queueFull: 0, gaveUp: 0};
  let queue: T[] = [];
  let current: Batch | undefined;
  let pumping: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let flushing = 0;
  let closed = false;
  let wake: (() => void) | undefined;
  let complainedAt = Number.NEGATIVE_INFINITY;

  const complain = (text: string): void => {
    if (performance.now() - complainedAt < 60_000) return; // A dead collector is one line a minute, not one a batch.
    complainedAt = performance.now();
    diag.warn(`${name}: ${text} (${JSON.stringify({...counts, queued: queue.length})})`);
  };

  const nextBatch = (): Batch | undefined => {
    const items = queue.length <= maxBatch ? queue : queue.slice(0, maxBatch);
    queue = queue.length <= maxBatch ? [] : queue.slice(maxBatch);
    try {
      return {body: encode(items), size: items.length};
    } catch (error) {
      counts.refused += items.length;
      complain(`a batch could not be encoded: ${String(error)}`);
      return undefined;
    }
  };

  const pause = (millis: number): Promise<void> =>
    new Promise((resolve) => {
      const timeout = setTimeout(resolve, millis).unref();
      wake = () => {
        clearTimeout(timeout);
        resolve();
      };
    });

  const deliver = async (batch: Batch): Promise<void> => {
    const since = performance.now();
    for (let attempt = 0; ; attempt++) {
      const result = await send(batch.body);
      if (current !== batch) return; // Drained meanwhile: its fate is the drainer's.
      if (result.kind === 'accepted') return void (counts.sent += batch.size);
      if (result.kind === 'refused') {
        counts.refused += batch.size;
        return complain(`refused: ${result.reason}`);
      }
      const wait = result.afterMillis ?? Math.min(30_000, 500 * 2 ** attempt) * (0.8 + 0.4 * Math.random());
      if (closed || performance.now() + wait - since > retryForMillis) {
        counts.gaveUp += batch.size;
        return complain(`given up: ${result.reason}`);
      }
      complain(`will retry: ${result.reason}`);
      await pause(wait);
    }
  };

  const pump = async (): Promise<void> => {
    while (queue.length >= maxBatch || (flushing > 0 && queue.length > 0)) {
      current = nextBatch();
      if (current !== undefined) await deliver(current);
      current = undefined;
    }
  };

  const kick = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    pumping ??= pump().finally(() => {
      pumping = undefined;
      if (queue.length > 0) arm();
    });
    return pumping;
  };

  const flush = async (): Promise<void> => {
    flushing++;
    while (queue.length > 0 || pumping !== undefined) await kick();
    flushing--;
  };

  const arm = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined; // Here and not in `flush`: that may find nothing left to do.
      void flush();
    }, delayMillis).unref();
  };

  return {
    add(item) {
      if (closed || queue.length >= maxQueue) return void counts.queueFull++;
      queue.push(item);
      if (queue.length >= maxBatch && pumping === undefined) void kick();
      else if (timer === undefined) arm();
    },
    flush,
    async shutdown() {
      closed = true;
      wake?.();
      await flush();
    },
    drain() {
      closed = true;
      const rest = current === undefined ? [] : [current.body];
      current = undefined;
      while (queue.length > 0) {
        const batch = nextBatch();
        if (batch !== undefined) rest.push(batch.body);
      }
      return rest;
    },
    get counts() {
      return {...counts, queued: queue.length + (current?.size ?? 0)};
    },
  };
}
