/** Brings sealed segments into the engine, oldest first, a few at a time, until each is in or refused for good. */
import {setTimeout as delay} from 'node:timers/promises';
import {ClickHouseError} from '@clickhouse/client';
import {errorMessage, type Log, RetryableError} from '../base/index.ts';
import type {Engine} from '../engine/index.ts';
import {blocksFile, checkSegment, rejectSegment, removeSegment, type Segment} from './segment.ts';

export interface InserterOptions {
  readonly engine: Pick<Engine, 'insertFile'>;
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
  const {engine, rejectedDirectory, log, concurrency, backoffMs, onFree} = options;
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
    // At the end: should this one be what ends the engine, the others still get in between.
    waiting.push(pending);
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
    const {count, rows} = await checkSegment(segment);
    if (count > 0) await engine.insertFile(segment.table, blocksFile(segment), segment.token, stopping.signal);
    return rows;
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

const rowsOf = (segment: Segment): number => segment.frames?.rows ?? 0;
