import {diag} from '@opentelemetry/api';
import type {Send} from './otlp-sender.ts';
import type {QueueBudget} from './queue-budget.ts';

/** Where finished items of one signal wait for the collector. */
export type Delivery<T> = {
  /** Takes one item, or drops it when the queue is full. Never blocks, never throws. */
  add(item: T): void;
  /** Resolves when everything added before the call was accepted, refused or given up. */
  flush(): Promise<void>;
  /** Flushes with one last attempt per batch (no more waiting between attempts); later items are dropped. */
  shutdown(): Promise<void>;
  /** The items that no collector has acknowledged yet, encoded; they are the caller's from here on. For the end of the process. */
  drain(): Uint8Array[];
  readonly counts: DeliveryCounts;
};

/** Every item that was added is, in the end, in exactly one of the others than `queued`. */
export type DeliveryCounts = {
  readonly queued: number;
  readonly sent: number;
  /** The collector answered with a permanent error. */
  readonly refused: number;
  /** Dropped because as many items waited as may (`OTEL_BSP_MAX_QUEUE_SIZE` and its like). */
  readonly queueFull: number;
  /** Dropped because as many bytes waited as may, over all signals (`WEFT_QUEUE_BYTES`). */
  readonly bytesFull: number;
  /** Dropped after retrying for `retryForMillis`, or at a shutdown. */
  readonly gaveUp: number;
};

export type DeliveryOptions<T> = {
  /** For messages: `spans`, `logs`. */
  readonly name: string;
  /** Belongs to the delivery from here on. */
  readonly encoder: Encoder<T>;
  readonly send: Send;
  /** Items that may wait; what comes on top is dropped and counted. */
  readonly maxQueue: number;
  /** Bytes that may wait, shared by all signals; likewise. Bounds the memory a dead collector can cost. */
  readonly budget: QueueBudget;
  readonly maxBatch: number;
  /** Longest time an item waits for its batch to fill. */
  readonly delayMillis: number;
  /** How long one batch is tried before it is given up. */
  readonly retryForMillis: number;
};

/**
 * Makes export requests of items, one item at a time: what is encoded as it arrives is bytes from then on and leaves the
 * garbage collector nothing to carry from one collection to the next.
 */
export type Encoder<T> = {
  /** Throws for an item that cannot be encoded; nothing of it stays. */
  add(item: T): void;
  /** Takes back the item of the last `add`, once, before any `take`. */
  undo(): void;
  /** Of what was added since the last `take`, near enough for a bound. */
  readonly bytes: number;
  /** The request with everything added since the last call. */
  take(): Uint8Array;
};

/** An encoder that keeps the items and encodes them all at once. `sizeOf` is what one holds meanwhile. */
export function batchEncoder<T>(encode: (items: readonly T[]) => Uint8Array, sizeOf: (item: T) => number): Encoder<T> {
  let items: T[] = [];
  let bytes = 0;
  let last = 0;
  return {
    add(item) {
      last = sizeOf(item);
      bytes += last;
      items.push(item);
    },
    undo() {
      items.pop();
      bytes -= last;
    },
    get bytes() {
      return bytes;
    },
    take() {
      const all = items;
      items = [];
      bytes = 0;
      return encode(all);
    },
  };
}

type Batch = {readonly body: Uint8Array; readonly size: number};

/** A quarter of what gRPC servers take unless told otherwise: a batch ends here, however few its items. */
const fullBytes = 1024 * 1024;

/** One batch at a time, oldest first: a batch that must be retried holds the queue, and the queue is bounded. */
export function createDelivery<T>(options: DeliveryOptions<T>): Delivery<T> {
  const {name, encoder, send, maxQueue, budget, maxBatch, delayMillis, retryForMillis} = options;
  const counts = {queued: 0, sent: 0, refused: 0, queueFull: 0, bytesFull: 0, gaveUp: 0};
  const full: Batch[] = [];
  /** Items in the encoder, and those with the ones in full batches. */
  let open = 0;
  let queued = 0;
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
    diag.warn(`${name}: ${text} (${JSON.stringify({...counts, queued})})`);
  };

  const dropForBytes = (): void => {
    counts.bytesFull++;
    complain(`dropped: ${budget.used} of the ${budget.limit} bytes of WEFT_QUEUE_BYTES wait`);
  };

  /** Ends the batch that is being filled. */
  const seal = (): void => {
    const size = open;
    open = 0;
    budget.correct(-encoder.bytes);
    try {
      const body = encoder.take();
      budget.correct(body.length);
      full.push({body, size});
    } catch (error) {
      queued -= size;
      counts.refused += size;
      complain(`a batch could not be encoded: ${String(error)}`);
    }
  };

  const nextBatch = (): Batch | undefined => {
    if (full.length === 0) seal();
    const batch = full.shift();
    queued -= batch?.size ?? 0;
    return batch;
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
    while (full.length > 0 || (flushing > 0 && open > 0)) {
      current = nextBatch();
      if (current !== undefined) {
        const {body} = current;
        await deliver(current);
        budget.correct(-body.length);
      }
      current = undefined;
    }
  };

  const kick = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    pumping ??= pump().finally(() => {
      pumping = undefined;
      if (queued > 0) arm();
    });
    return pumping;
  };

  const flush = async (): Promise<void> => {
    flushing++;
    while (queued > 0 || pumping !== undefined) await kick();
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
      if (closed || queued >= maxQueue) return void counts.queueFull++;
      if (budget.isFull) return dropForBytes();
      const before = encoder.bytes;
      try {
        encoder.add(item);
      } catch (error) {
        counts.refused++;
        return complain(`could not be encoded: ${String(error)}`);
      }
      if (!budget.take(encoder.bytes - before)) {
        encoder.undo();
        return dropForBytes();
      }
      queued++;
      if (++open >= maxBatch || encoder.bytes >= fullBytes) seal();
      if (full.length > 0 && pumping === undefined) void kick();
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
      while (queued > 0) {
        const batch = nextBatch();
        if (batch !== undefined) rest.push(batch.body);
      }
      return rest;
    },
    get counts() {
      return {...counts, queued: queued + (current?.size ?? 0)};
    },
  };
}
