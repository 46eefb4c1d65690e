/**
 * Merges small batches into large ones (the Collector's batch processor), without acknowledging anything before the merged
 * batch is safe (docs/decisions/0010-when-a-pipeline-answers.md).
 */
import {PermanentError} from '../base/index.ts';
import {anyLength, duration, integer, list, object, text, withDefault} from '../config/index.ts';
import {
  type AnyBatch,
  appendBatch,
  type ConsumeContext,
  type Consumer,
  emptyBatch,
  gatherRows,
  maxHeapBytes,
} from '../model/index.ts';
import {
  allSignals,
  type Processor,
  type ProcessorFactory,
  type Settings,
  takes,
  throwWorst,
} from '../pipeline/index.ts';

/** Senders wait for their answer as long as a batch is being filled, so it may not take longer. */
export const maxTimeoutMs = 1000;

const config = object(
  {
    timeout: withDefault(
      duration(0, anyLength),
      200,
      '200ms',
      'How long a batch may be filled. More than 1s counts as 1s, because senders wait for it.',
    ),
    send_batch_size: withDefault(
      integer(),
      8192,
      '8192',
      'A batch that has this many items is sent at once; 0: every batch is.',
    ),
    send_batch_max_size: withDefault(integer(), 0, '0', 'Larger batches are split; 0: never.'),
    metadata_keys: withDefault(
      list(text),
      [],
      '[]',
      "Headers of senders whose values are kept apart (with the receiver's `include_metadata`).",
    ),
    metadata_cardinality_limit: withDefault(integer(1), 1000, '1000', 'How many such batches may be filled at once.'),
  },
  (values, node, report) => {
    const {send_batch_size, send_batch_max_size, metadata_keys, timeout} = values;
    if (send_batch_max_size > 0 && send_batch_max_size < send_batch_size) {
      report.fault(node.at, '`send_batch_max_size` must be 0 or at least `send_batch_size`');
    }
    const lower = metadata_keys.map((key) => key.toLowerCase());
    const twice = lower.find((key, index) => lower.indexOf(key) !== index);
    if (twice !== undefined) report.fault(node.at, `\`metadata_keys\` names \`${twice}\` twice (case does not count)`);
    if (timeout > maxTimeoutMs) {
      report.warn(
        node.entries.get('timeout')?.at ?? node.at,
        '`timeout` counts as 1s: senders wait until their data is safe',
      );
    }
  },
);
export type BatchConfig = ReturnType<typeof config.read>;

export const batchProcessor: ProcessorFactory<BatchConfig> = {
  help: 'Merges small batches into large ones, for each tenant; senders are answered when the large one is safe.',
  signals: allSignals,
  config,
  create: createBatcher,
};

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

function createBatcher(settings: Settings, limits: BatchConfig, next: Consumer): Processor {
  const timeout = Math.min(limits.timeout, maxTimeoutMs);
  const keys = limits.metadata_keys.map((key) => key.toLowerCase());
  const filling = new Map<string, Filling>();
  const sending = new Set<Promise<void>>();
  const sizes = settings.meter
    .histogram('otelcol_processor_batch_batch_send_size', 'Number of units in the batch.', sizeBounds)
    .with({processor: settings.id});
  const triggers = settings.meter.counter(
    'otelcol_processor_batch_trigger_send',
    'Number of times the batch was sent, by what made it be sent.',
  );
  const bySize = triggers.with({processor: settings.id, trigger: 'size'});
  const byTimeout = triggers.with({processor: settings.id, trigger: 'timeout'});

  const start = (key: string, context: ConsumeContext, batch: AnyBatch): Filling => {
    if (filling.size >= limits.metadata_cardinality_limit && keys.length > 0) {
      const message = `more than ${limits.metadata_cardinality_limit} combinations of ${keys.join(', ')} at once`;
      throw new PermanentError('metadata_cardinality', message);
    }
    const timer = setTimeout(() => {
      byTimeout.add(1);
      flush(started);
    }, timeout);
    const started: Filling = {key, batch, context, waiters: [], timer};
    filling.set(key, started);
    return started;
  };
  const flush = (full: Filling): void => {
    clearTimeout(full.timer);
    filling.delete(full.key);
    const sent = send(full).finally(() => sending.delete(sent));
    sending.add(sent);
  };
  /** Sends the batch, whole or in pieces, and answers each waiter by what became of its own rows. */
  const send = async ({batch, context, waiters}: Filling): Promise<void> => {
    const pieces = split(batch, limits.send_batch_max_size);
    for (const piece of pieces) sizes.record(piece.items.count);
    const size = pieces.length === 1 ? batch.items.count : limits.send_batch_max_size;
    const results = await Promise.allSettled(pieces.map(async (piece) => next.consume(piece, context)));
    for (const waiter of waiters) {
      try {
        throwWorst(results.slice(Math.floor(waiter.from / size), Math.ceil(waiter.to / size)));
        waiter.resolve();
      } catch (error) {
        waiter.reject(error);
      }
    }
  };
  return {
    consumer: takes(async (batch, context) => {
      if (batch.items.count === 0) return;
      await new Promise<void>((resolve, reject) => {
        const key = keyOf(context, keys);
        let target = filling.get(key);
        if (target !== undefined && target.batch.heap.length + batch.heap.length > maxHeapBytes / 2) {
          flush(target);
          target = undefined;
        }
        const from = target?.batch.items.count ?? 0;
        if (target === undefined) target = start(key, contextFor(context, keys), batch);
        else appendBatch(target.batch, batch);
        const to = target.batch.items.count;
        target.waiters.push({from, to, resolve, reject});
        if (to < limits.send_batch_size && timeout > 0) return;
        bySize.add(1);
        flush(target);
      });
    }),
    async stop(): Promise<void> {
      for (const each of [...filling.values()]) flush(each);
      await Promise.all(sending);
    },
  };
}

const sizeBounds = [
  10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 20_000, 30_000,
  50_000, 100_000,
];

/** Pieces of `size` items, the last one smaller; the batch itself where it is small enough or `size` is 0. */
function split(batch: AnyBatch, size: number): AnyBatch[] {
  const {count} = batch.items;
  if (size === 0 || count <= size) return [batch];
  const pieces: AnyBatch[] = [];
  for (let from = 0; from < count; from += size) {
    const piece = emptyBatch(batch.signal);
    gatherRows(piece, batch, range(from, Math.min(count, from + size)));
    pieces.push(piece);
  }
  return pieces;
}

function* range(from: number, to: number): Iterable<number> {
  for (let row = from; row < to; row++) yield row;
}

/** Tenants are never merged, nor are different values of the metadata keys; not set and empty are different. */
function keyOf({tenant, metadata}: ConsumeContext, keys: readonly string[]): string {
  return keys.length === 0 ? tenant : JSON.stringify([tenant, ...keys.map((key) => metadata?.get(key) ?? 0)]);
}

/** Of the senders' metadata, only what they have in common goes on. */
function contextFor({tenant, metadata}: ConsumeContext, keys: readonly string[]): ConsumeContext {
  if (keys.length === 0) return {tenant};
  const shared = keys.flatMap((key) => {
    const values = metadata?.get(key);
    return values === undefined ? [] : [[key, values] as const];
  });
  return {tenant, metadata: new Map(shared)};
}
