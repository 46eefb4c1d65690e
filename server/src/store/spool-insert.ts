/** Brings sealed segments into the engine, oldest first, a few at a time, until each is in or refused for good. */
import {Readable} from 'node:stream';
import {setTimeout as delay} from 'node:timers/promises';
import {type ClickHouseClient, ClickHouseError} from '@clickhouse/client';
import {errorMessage, type Log, RetryableError} from '../base/index.ts';
import {openSegment, rejectSegment, removeSegment, type Segment, segmentBlocks} from './spool-segment.ts';

export interface InserterOptions {
  readonly client: ClickHouseClient;
  readonly rejectedDirectory: string;
  readonly log: Log;
  readonly concurrency: number;
  /** Waits between trials: from the first to the last, growing, with jitter. */
  readonly backoffMs: {readonly first: number; readonly last: number};
  /** Called whenever a place has become free, and so a segment may be sealed. */
  readonly onFree: () => void;
}

export interface Inserter {
  add(segment: Segment): void;
  /** Whether one that is added now would be tried at once. */
  readonly free: boolean;
  readonly figures: InserterFigures;
  /** Resolves when every segment added so far is in, or refused. */
  drained(): Promise<void>;
  /** Tries nothing more, and gives up what is under way. */
  stop(): Promise<void>;
}

export interface InserterFigures {
  readonly segments: number;
  readonly bytes: number;
  readonly rows: number;
  readonly insertedRows: number;
  readonly inserts: number;
  readonly rejectedSegments: number;
  readonly rejectedRows: number;
  readonly error: Error | undefined;
}

/** ClickHouse's codes that no later trial can change: the block and the table do not fit together. */
const permanentCodes = new Set([
  6, 16, 20, 27, 32, 33, 36, 38, 41, 42, 43, 44, 46, 47, 50, 53, 62, 69, 70, 72, 117, 131, 190, 321, 349, 352, 636, 691,
]);
/** In case the first trials met a connection that broke, or a schema change under way. */
const permanentTrials = 3;

interface Pending {
  readonly segment: Segment;
  readonly done: PromiseWithResolvers<void>;
  trials: number;
  notBefore: number;
}

export function createInserter(options: InserterOptions): Inserter {
  const {client, rejectedDirectory, log, concurrency, backoffMs, onFree} = options;
  const waiting: Pending[] = [];
  const active = new Set<Pending>();
  const stopping = new AbortController();
  const figures = {
    segments: 0,
    bytes: 0,
    rows: 0,
    insertedRows: 0,
    inserts: 0,
    rejectedSegments: 0,
    rejectedRows: 0,
    error: undefined as Error | undefined,
  };
  /** While the engine cannot be reached: not even tried before this moment. */
  let pausedUntil = 0;
  let failuresInRow = 0;
  let timer: NodeJS.Timeout | undefined;

  const pump = (): void => {
    clearTimeout(timer);
    if (stopping.signal.aborted) return;
    const now = Date.now();
    if (now >= pausedUntil) {
      // After a failure one goes ahead alone to look whether the engine is back.
      const places = failuresInRow > 0 ? 1 : concurrency;
      while (active.size < places) {
        const index = waiting.findIndex((pending) => pending.notBefore <= now);
        if (index < 0) break;
        void run(waiting.splice(index, 1)[0] as Pending);
      }
    }
    if (waiting.length > 0 && active.size < concurrency) {
      const next = Math.max(pausedUntil, Math.min(...waiting.map((pending) => pending.notBefore)));
      timer = setTimeout(pump, Math.max(next - Date.now(), 10));
    }
  };

  const run = async (pending: Pending): Promise<void> => {
    active.add(pending);
    const {segment} = pending;
    pending.trials++;
    try {
      const rows = await insert(segment);
      await removeSegment(segment);
      figures.insertedRows += rows;
      figures.inserts++;
      if (figures.error) log.info({token: segment.token}, 'the engine takes inserts again');
      figures.error = undefined;
      failuresInRow = 0;
      forget(pending);
    } catch (error) {
      if (stopping.signal.aborted) waiting.unshift(pending);
      else await failed(pending, error as Error);
    } finally {
      active.delete(pending);
      pump();
      onFree();
    }
  };

  const failed = async (pending: Pending, error: Error): Promise<void> => {
    const {segment, trials} = pending;
    const code = error instanceof ClickHouseError ? Number(error.code) : undefined;
    if (code !== undefined && permanentCodes.has(code) && trials >= permanentTrials) {
      log.error({err: error, token: segment.token, rejectedDirectory}, 'a segment was refused for good and put aside');
      await rejectSegment(segment, rejectedDirectory, errorMessage(error)).catch((cause: unknown) => {
        log.error({err: cause, token: segment.token}, 'could not put the segment aside');
      });
      figures.rejectedSegments++;
      figures.rejectedRows += rowsOf(segment);
      forget(pending);
      return;
    }
    if (!figures.error) log.warn({err: error, token: segment.token}, 'an insert failed, trying again');
    figures.error = error;
    // An answer of the engine concerns this segment; anything else, that it cannot be reached.
    if (code === undefined) pausedUntil = Date.now() + backoff(failuresInRow++);
    else pending.notBefore = Date.now() + backoff(trials - 1);
    waiting.unshift(pending);
  };

  const backoff = (trial: number): number => {
    const full = Math.min(backoffMs.first * 2 ** Math.min(trial, 20), backoffMs.last);
    return full / 2 + (Math.random() * full) / 2;
  };

  const forget = (pending: Pending): void => {
    figures.segments--;
    figures.bytes -= pending.segment.bytes;
    figures.rows -= rowsOf(pending.segment);
    pending.done.resolve();
  };

  /** Resolves to its rows when the engine has confirmed them. */
  const insert = async (segment: Segment): Promise<number> => {
    const {file, frames} = await openSegment(segment);
    try {
      if (frames.length === 0) return 0;
      const {stream} = await client.exec({
        query: `INSERT INTO ${segment.table} FORMAT Native`,
        values: Readable.from(segmentBlocks(file, frames), {objectMode: false, highWaterMark: 1024 * 1024}),
        clickhouse_settings: {...insertSettings, insert_deduplication_token: segment.token},
        abort_signal: stopping.signal,
      });
      for await (const _ of stream); // nothing is said on success
      return frames.reduce((sum, frame) => sum + frame.rows, 0);
    } finally {
      await file.close();
    }
  };

  return {
    figures,
    get free() {
      return active.size + waiting.length < concurrency && Date.now() >= pausedUntil && failuresInRow === 0;
    },
    add(segment) {
      const pending = {segment, done: Promise.withResolvers<void>(), trials: 0, notBefore: 0};
      pending.done.promise.catch(() => {}); // only `drained` wants to know
      figures.segments++;
      figures.bytes += segment.bytes;
      figures.rows += rowsOf(segment);
      waiting.push(pending);
      pump();
    },
    async drained() {
      await Promise.all([...active, ...waiting].map((pending) => pending.done.promise));
    },
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      while (active.size > 0) await delay(5);
      for (const pending of waiting) pending.done.reject(new RetryableError('stopping', 'the store is stopping'));
    },
  };
}

const rowsOf = (segment: Segment): number => segment.frames?.reduce((sum, frame) => sum + frame.rows, 0) ?? 0;

/** The segment becomes one block, and so one part a partition: all or nothing under one token, on every kind of server. */
const insertSettings = {
  async_insert: 0,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  distributed_foreground_insert: 1,
  max_insert_threads: '1',
  max_insert_block_size: '10000000',
  min_insert_block_size_rows: '10000000',
  min_insert_block_size_bytes: '1073741824',
  max_partitions_per_insert_block: '0',
  wait_end_of_query: 1,
} as const;
