/** Gathers small batches into large ones and splits those that are too large; every sender hears what became of its own items. */
import {PermanentError} from '../base/index.ts';
import {
  type AnyBatch,
  appendBatch,
  type BatchSize,
  batchSize,
  type ConsumeContext,
  type Consumer,
  emptyBatch,
  gatherRows,
  growBatch,
  maxHeapBytes,
  type Taker,
} from '../model/index.ts';
import {throwWorst} from './fan-out.ts';
import {takes} from './kit.ts';
import {handOver, release} from './spares.ts';

export interface BatcherOptions {
  /** What sizes count: items, or bytes: about as many for `minSize`, and what `encodedBytes` says for `maxSize`. */
  readonly sizer: 'items' | 'bytes';
  readonly encodedBytes?: (batch: AnyBatch) => number;
  /** A batch of this size goes on at once. */
  readonly minSize: number;
  /** Larger ones are split; 0: never. */
  readonly maxSize: number;
  /** How long a batch may be filled: senders wait for it. */
  readonly timeoutMs: number;
  /** Names in lower case of the metadata whose values are kept apart. */
  readonly keys: readonly string[];
  /** How many combinations of their values may be filled at once, and what becomes of one more. */
  readonly maxKeys: number;
  readonly beyond: 'refused' | 'sends_oldest';
  readonly onSend?: (trigger: 'size' | 'timeout') => void;
  readonly onPiece?: (items: number) => void;
  readonly next: Consumer;
}

export interface Batcher {
  /** Combinations that are being filled. */
  readonly filling: number;
  readonly consumer: Taker;
  /** Sends what is being filled and waits for it. */
  stop(): Promise<void>;
}

/** Of more keys than this, what is known of their batches is forgotten. */
const maxSizes = 64;

/** A batch that is being filled, and who waits for it. */
interface Filling {
  readonly key: string;
  readonly batch: AnyBatch;
  readonly context: ConsumeContext;
  readonly waiters: Waiter[];
  readonly timer: NodeJS.Timeout;
}

/** A batch that was given: its rows in the merged one, and its promise. */
interface Waiter {
  readonly from: number;
  readonly to: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Rows of a merged batch that go on together. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly batch: AnyBatch;
}

export function createBatcher(options: BatcherOptions): Batcher {
  const {sizer, minSize, maxSize, timeoutMs, keys, maxKeys, beyond, next} = options;
  const filling = new Map<string, Filling>();
  const sending = new Set<Promise<void>>();
  /** How large the last batch of each key became: the next one gets as much memory at once. */
  const sizes = new Map<string, BatchSize>();
  const sizeOf = (batch: AnyBatch): number => (sizer === 'items' ? batch.items.count : batch.heap.length);

  const start = (key: string, context: ConsumeContext, batch: AnyBatch): Filling => {
    const oldest = filling.size >= maxKeys && keys.length > 0 ? filling.values().next().value : undefined;
    if (oldest !== undefined && beyond === 'sends_oldest') {
      options.onSend?.('size');
      flush(oldest);
    } else if (oldest !== undefined) {
      const message = `more than ${maxKeys} combinations of ${keys.join(', ')} at once`;
      throw new PermanentError('metadata_cardinality', message);
    }
    const timer = setTimeout(() => {
      options.onSend?.('timeout');
      flush(started);
    }, timeoutMs);
    const started: Filling = {key, batch, context, waiters: [], timer};
    filling.set(key, started);
    return started;
  };
  const flush = (full: Filling): void => {
    clearTimeout(full.timer);
    filling.delete(full.key);
    if (sizes.size >= maxSizes) sizes.clear();
    sizes.set(full.key, batchSize(full.batch));
    const sent = send(full).finally(() => sending.delete(sent));
    sending.add(sent);
  };
  /** Sends the batch, whole or in pieces, and answers each waiter by what became of its own rows. */
  const send = async ({batch, context, waiters}: Filling): Promise<void> => {
    const pieces =
      sizer === 'items' ? splitItems(batch, maxSize) : splitBytes(batch, maxSize, options.encodedBytes ?? sizeOf);
    if (pieces[0]?.batch !== batch) release(batch);
    for (const piece of pieces) options.onPiece?.(piece.batch.items.count);
    const results = await Promise.allSettled(pieces.map(async (piece) => handOver(next, piece.batch, context)));
    for (const waiter of waiters) {
      try {
        throwWorst(results.filter((_, index) => pieces[index]!.from < waiter.to && pieces[index]!.to > waiter.from));
        waiter.resolve();
      } catch (error) {
        waiter.reject(error);
      }
    }
  };
  return {
    get filling() {
      return filling.size;
    },
    consumer: takes(async (batch, context) => {
      if (batch.items.count === 0) return;
      await new Promise<void>((resolve, reject) => {
        const key = keyOf(batch, context, keys);
        let target = filling.get(key);
        if (target !== undefined && target.batch.heap.length + batch.heap.length > maxHeapBytes / 2) {
          flush(target);
          target = undefined;
        }
        const from = target?.batch.items.count ?? 0;
        if (target === undefined) target = start(key, contextFor(context, keys), batch);
        else {
          const size = sizes.get(key);
          if (size !== undefined && target.waiters.length === 1) growBatch(target.batch, size);
          appendBatch(target.batch, batch);
          release(batch);
        }
        target.waiters.push({from, to: target.batch.items.count, resolve, reject});
        if (sizeOf(target.batch) < minSize && timeoutMs > 0) return;
        options.onSend?.('size');
        flush(target);
      });
    }),
    async stop(): Promise<void> {
      for (const each of [...filling.values()]) flush(each);
      await Promise.all(sending);
    },
  };
}

/** Pieces of `size` items, the last one smaller; the batch itself where it is small enough or `size` is 0. */
function splitItems(batch: AnyBatch, size: number): Piece[] {
  const {count} = batch.items;
  if (size === 0 || count <= size) return [{from: 0, to: count, batch}];
  const pieces: Piece[] = [];
  for (let from = 0; from < count; from += size) pieces.push(pieceOf(batch, from, Math.min(count, from + size)));
  return pieces;
}

/** Halves until each is small enough or a single item. */
function splitBytes(batch: AnyBatch, size: number, bytesOf: (batch: AnyBatch) => number, from = 0): Piece[] {
  const {count} = batch.items;
  if (size === 0 || count === 1 || bytesOf(batch) <= size) return [{from, to: from + count, batch}];
  const middle = count >>> 1;
  return [
    ...splitBytes(pieceOf(batch, 0, middle).batch, size, bytesOf, from),
    ...splitBytes(pieceOf(batch, middle, count).batch, size, bytesOf, from + middle),
  ];
}

function pieceOf(batch: AnyBatch, from: number, to: number): Piece {
  const piece = emptyBatch(batch.signal);
  gatherRows(piece, batch, range(from, to));
  return {from, to, batch: piece};
}

function* range(from: number, to: number): Iterable<number> {
  for (let row = from; row < to; row++) yield row;
}

/** Signals and tenants are never merged, nor are different values of the metadata keys; not set and empty are different. */
const keyOf = ({signal}: AnyBatch, {tenant, metadata}: ConsumeContext, keys: readonly string[]): string =>
  keys.length === 0
    ? `${signal}/${tenant}`
    : JSON.stringify([signal, tenant, ...keys.map((key) => metadata?.get(key) ?? 0)]);

/** Of the senders' metadata, only what they have in common goes on. */
function contextFor({tenant, metadata}: ConsumeContext, keys: readonly string[]): ConsumeContext {
  if (keys.length === 0) return {tenant};
  const shared = keys.flatMap((key) => {
    const values = metadata?.get(key);
    return values === undefined ? [] : [[key, values] as const];
  });
  return {tenant, metadata: new Map(shared)};
}
