/**
 * The end of the pipeline: batches become Native blocks, blocks go to the spool, and a batch's promise resolves when its block
 * is on disk. Batches that arrive within a few milliseconds share a block: fewer, larger blocks cost everyone less.
 */
import {giveBytes, PermanentError, RetryableError} from '../base/index.ts';
import type {BatchOf, ConsumeContext, Lent, Reader, Signal} from '../model/index.ts';
import type {Spool} from '../spool/index.ts';
import type {Block, BlockWriter} from './block-writer.ts';
import {createLogWriter} from './write-logs.ts';
import {createMetricWriter} from './write-metrics.ts';
import {createSpanWriter} from './write-spans.ts';

export interface BlockSinkOptions {
  /** How long the first batch of a block waits for company. */
  readonly gatherMs?: number;
  /** A block that has so many rows is written at once. */
  readonly maxRows?: number;
}

/** Reads the batches of one signal into blocks by way of the spool. */
export function createBlockSink<S extends Signal>(
  writer: BlockWriter<BatchOf<S>>,
  spool: Spool,
  {gatherMs = 3, maxRows = 16_384}: BlockSinkOptions = {},
): (batch: Lent<BatchOf<S>>, context: ConsumeContext) => Promise<void> {
  let waiting: PromiseWithResolvers<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function write(): void {
    const group = waiting;
    if (group === undefined) return;
    clearTimeout(timer);
    waiting = undefined;
    const {blocks, failed} = writer.finish();
    store(blocks).then(group.resolve, (error: unknown) => {
      failed?.();
      group.reject(error);
    });
  }

  async function store(blocks: readonly Block[]): Promise<void> {
    for (const {table, bytes, rows} of blocks) {
      await spool.append(table, bytes, rows);
      giveBytes(bytes);
    }
  }

  return async (batch, {tenant}) => {
    if (batch.items.count === 0) return;
    try {
      writer.append(batch, tenant);
    } catch (error) {
      // Half a batch has left columns of unequal length: the whole block must go, and its other senders try again.
      writer.finish().failed?.();
      clearTimeout(timer);
      waiting?.reject(
        new RetryableError('block_discarded', 'another batch of the same block could not be encoded', 100),
      );
      waiting = undefined;
      throw new PermanentError('encode_failed', `cannot encode a batch of ${batch.signal}`, {cause: error});
    }
    if (waiting === undefined) {
      waiting = Promise.withResolvers();
      timer = setTimeout(write, gatherMs);
    }
    const done = waiting.promise;
    if (writer.rows >= maxRows) write();
    await done;
  };
}

/** Every table that a writer makes blocks for. */
export const sinkTables: ReadonlySet<string> = new Set(['spans', 'logs', 'metric_series', 'metric_points']);

/** The three signals over one spool. */
export function createStoreSink(spool: Spool, options: BlockSinkOptions = {}): Reader {
  const traces = createBlockSink<'traces'>(createSpanWriter(), spool, options);
  const logs = createBlockSink<'logs'>(createLogWriter(), spool, options);
  const metrics = createBlockSink<'metrics'>(createMetricWriter(), spool, options);
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
  };
}
