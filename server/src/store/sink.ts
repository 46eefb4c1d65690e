/**
 * The end of the pipeline: batches become Native blocks, blocks go to the spool, and a batch's promise resolves when its block
 * is on disk. Batches that arrive within a few milliseconds share a block: fewer, larger blocks cost everyone less.
 */
import {type Clock, giveBytes, type Meter, PermanentError, RetryableError, systemClock} from '../base/index.ts';
import {
  type AnyBatch,
  type BatchOf,
  type ConsumeContext,
  emptyBatch,
  gatherRows,
  type Lent,
  type Reader,
  type Signal,
} from '../model/index.ts';
import type {Spool} from '../spool/index.ts';
import type {Block, BlockWriter} from './block-writer.ts';
import {createPlacement, type Placement, place} from './placement.ts';
import type {Retention} from './retention.ts';
import {spanFilterTable} from './schema-filters.ts';
import {spanTable, spanTextTable, traceIndexTable} from './schema-segments.ts';
import {expandedBytes} from './write-attributes.ts';
import {createLogWriter} from './write-logs.ts';
import {createMetricWriter} from './write-metrics.ts';
import {createSpanWriter} from './write-spans.ts';

export interface StoreSinkOptions {
  /** Default for ever. */
  readonly retention?: Retention;
  readonly clock?: Clock;
  readonly meter?: Meter;
  /** How long the first batch of a block waits for company. */
  readonly gatherMs?: number;
}

export interface StoreSink extends Reader {
  /** Tells every metric series and every text that spans share once more: what was stored of them may be gone. */
  tellAgain(): void;
}

/** A block with this many rows is written at once. */
const maxRows = 16_384;
/** So is a block that may take this many bytes in ClickHouse; a batch beyond the second bound is refused. */
const maxWeight = 32 * 1024 ** 2;
const maxBatchWeight = 128 * 1024 ** 2;

interface BlockSinkOptions<S extends Signal> {
  readonly writer: BlockWriter<BatchOf<S>>;
  readonly spool: Spool;
  readonly placement: Placement;
  /** Hears of items that are too old to be kept. */
  readonly onExpired: (expired: number, of: number, context: ConsumeContext) => void;
  readonly gatherMs?: number | undefined;
}

/** Reads the batches of one signal into blocks by way of the spool. */
function createBlockSink<S extends Signal>({
  writer,
  spool,
  placement,
  onExpired,
  gatherMs = 3,
}: BlockSinkOptions<S>): (batch: Lent<BatchOf<S>>, context: ConsumeContext) => Promise<void> {
  let waiting: PromiseWithResolvers<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let weight = 0;

  function write(): void {
    const group = waiting;
    if (group === undefined) return;
    clearTimeout(timer);
    waiting = undefined;
    const {blocks, failed} = writer.finish();
    const weighs = weight;
    weight = 0;
    store(blocks, weighs).then(group.resolve, (error: unknown) => {
      failed?.();
      group.reject(error);
    });
  }

  async function store(blocks: readonly Block[], weighs: number): Promise<void> {
    for (const {table, bytes, rows} of blocks) {
      await spool.append(table, bytes, rows, weighs);
      giveBytes(bytes);
    }
  }

  /** The part to store, and its place. */
  function sift(lent: Lent<BatchOf<S>>, context: ConsumeContext): {batch: Lent<BatchOf<S>>; places?: Uint8Array} {
    const {places, expired} = placement(lent as Lent<AnyBatch>);
    if (places === undefined) return {batch: lent};
    if (expired === 0) return {batch: lent, places};
    onExpired(expired, lent.items.count, context);
    const rows = [...places.keys()].filter((row) => places[row] !== place.expired);
    const kept = emptyBatch(lent.signal) as BatchOf<S>;
    gatherRows(kept, lent, rows);
    return {batch: kept as unknown as Lent<BatchOf<S>>, places: Uint8Array.from(rows, (row) => places[row] as number)};
  }

  return async (lent, context) => {
    if (lent.items.count === 0) return;
    const {batch, places} = sift(lent, context);
    if (batch.items.count === 0) return;
    const weighs = expandedBytes(batch as Lent<AnyBatch>);
    if (weighs > maxBatchWeight) throw tooHeavy(weighs, batch.items.count);
    try {
      writer.append(batch, context.tenant, places);
    } catch (error) {
      // Half a batch has left columns of unequal length: the whole block must go, and its other senders try again.
      writer.finish().failed?.();
      weight = 0;
      clearTimeout(timer);
      waiting?.reject(
        new RetryableError('block_discarded', 'another batch of the same block could not be encoded', 100),
      );
      waiting = undefined;
      // A defect of this program, and not of the batch: another version may store what the sender keeps.
      throw new Error(`BUG: cannot encode a batch of ${batch.signal}`, {cause: error});
    }
    if (waiting === undefined) {
      waiting = Promise.withResolvers();
      timer = setTimeout(write, gatherMs);
    }
    const done = waiting.promise;
    weight += weighs;
    if (writer.rows >= maxRows || weight >= maxWeight) write();
    await done;
  };
}

const tooHeavy = (weight: number, items: number): PermanentError =>
  new PermanentError(
    'resource_too_large',
    `${items} items share resources so large that they would take ${Math.round(weight / 1024 ** 2)} MiB to store, of at most ` +
      `${maxBatchWeight / 1024 ** 2} MiB: send fewer items with such a resource in a request, or fewer and shorter attributes in it`,
  );

/** Every table that the spool brings blocks into: of the writers, and of what is summed up beside spans. */
export const sinkTables: ReadonlySet<string> = new Set([
  ...[spanTable, spanTextTable, 'logs', 'metric_series', 'metric_points'],
  ...['traces', traceIndexTable, 'span_rates', 'operations', spanFilterTable],
]);

/** The three signals over one spool. */
export function createStoreSink(spool: Spool, options: StoreSinkOptions = {}): StoreSink {
  const {retention = {traces: undefined, logs: undefined, metrics: undefined}, clock = systemClock, gatherMs} = options;
  const metricWriter = createMetricWriter();
  const spanWriter = createSpanWriter(clock);
  const counter = options.meter?.counter(
    'weft_store_expired_items',
    'Items that were not stored because they are older than the retention.',
  );
  const sinkOf = <S extends Signal>(signal: S, writer: BlockWriter<BatchOf<S>>) =>
    createBlockSink<S>({
      writer,
      spool,
      placement: createPlacement(signal, retention, clock),
      onExpired(expired, of, context) {
        counter?.with({signal}).add(expired);
        context.onLeftOut?.(expired, expiredReason(expired, of, signal, retention));
      },
      gatherMs,
    });
  const traces = sinkOf('traces', spanWriter);
  const logs = sinkOf('logs', createLogWriter(clock));
  const metrics = sinkOf('metrics', metricWriter);
  return {
    access: 'reads',
    consume(batch, context) {
      switch (batch.signal) {
        case 'traces':
          return traces(batch, context);
        case 'logs':
          return logs(batch, context);
        case 'metrics':
          return metrics(batch, context);
      }
    },
    tellAgain() {
      metricWriter.forget();
      spanWriter.forget();
    },
  };
}

const nouns: Readonly<Record<Signal, string>> = {traces: 'spans', logs: 'log records', metrics: 'data points'};

function expiredReason(expired: number, of: number, signal: Signal, retention: Retention): string {
  const hours = (retention[signal] ?? 0) / 3_600_000;
  const kept = hours >= 48 ? `${Math.round(hours / 24)} days` : `${Math.round(10 * hours) / 10} hours`;
  return (
    `${expired} of ${of} ${nouns[signal]} not stored: older than the ${kept} that ${signal} are kept ` +
    '(weft.retention); one without a time counts as of 1970'
  );
}
