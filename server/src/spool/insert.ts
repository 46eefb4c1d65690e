/**
 * Brings sealed segments into the engine, oldest first, a few at a time, until each is in or put aside. One that needs more
 * memory than ClickHouse has goes in pieces. See docs/decisions/0037-what-the-spool-cannot-insert.md.
 */
import {readFile} from 'node:fs/promises';
import {setTimeout as delay} from 'node:timers/promises';
import {bug, errorMessage, type Log, RetryableError} from '../base/index.ts';
import type {Engine} from '../engine/index.ts';
import {insertFailure} from './insert-failure.ts';
import {rejectSegment, removeSegment, type Segment, setAside} from './segment.ts';
import {type CheckedSegment, checkSegment, sum} from './segment-check.ts';
import {halves, loadPieces, type Piece, pieceToken, savePieces, wholePiece, writePiece} from './segment-pieces.ts';

export interface InserterOptions {
  readonly engine: Pick<Engine, 'insertFile'>;
  readonly rejectedDirectory: string;
  readonly log: Log;
  readonly concurrency: number;
  /** Waits between trials: from the first to the last, growing, with jitter. */
  readonly backoffMs: {readonly first: number; readonly last: number};
  /** Called whenever a place has become free, and so a segment may be sealed. */
  readonly onFree: () => void;
  /**
   * Asked of a segment that is in, with a way to read what is in of it, and whether that is just what its file has: takes it over and
   * returns true, or leaves it to be removed.
   */
  readonly takes?:
    | ((segment: Segment, read: () => Promise<Uint8Array>, isFile: boolean) => Promise<boolean>)
    | undefined;
  /** Called when rows that were acknowledged will not come into this table. */
  readonly onLost?: ((table: string) => void) | undefined;
  /** Whether a table that is not there will never be. Default: it is about to be made. */
  readonly absentForEver?: boolean;
}

export interface Inserter {
  /** `onDone` is called when it is in, or put aside. */
  add(segment: Segment, onDone?: () => void): void;
  /** Puts aside a segment that could never be inserted, without trying. Never rejects. */
  reject(segment: Segment, reason: string): Promise<void>;
  /** Whether one that is added now would be tried at once. */
  readonly free: boolean;
  readonly figures: InserterFigures;
  /** Resolves when every segment added so far is in, or put aside. */
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
  /** Segments, or pieces of them, that were put aside because ClickHouse does not take them. */
  readonly rejectedSegments: number;
  readonly rejectedRows: number;
  /** Blocks that the disk gave back otherwise than they were written. */
  readonly damagedBlocks: number;
  readonly damagedRows: number;
  readonly error: Error | undefined;
}

/** In case the first trials met a connection that broke, or a schema change under way. */
const permanentTrials = 3;
/** So often memory may be short for the sake of others before the segment is taken to be the cause. */
const memoryTrials = 5;
/** A single row, or a segment of which only a view is missing, waits longer for memory before it is put aside. */
const lastTrials = 10;
/** A file that cannot be read. */
const diskTrials = 5;
/** Pieces of one segment that are inserted before others have their turn. */
const piecesATurn = 16;

interface Pending {
  readonly segment: Segment;
  readonly done: PromiseWithResolvers<void>;
  checked: CheckedSegment | undefined;
  /** The pieces that are in. */
  readonly accepted: Piece[];
  /** Undefined while it goes as a whole; `looked` says whether an earlier process had begun with pieces. */
  pieces: Piece[] | undefined;
  looked: boolean;
  /** Of the segment, or of its first piece. */
  trials: number;
  notBefore: number;
}

export function createInserter(options: InserterOptions): Inserter {
  const {engine, rejectedDirectory, log, concurrency, backoffMs, onFree, onLost = () => {}} = options;
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
    damagedBlocks: 0,
    damagedRows: 0,
    error: undefined as Error | undefined,
  };
  const now = (): number => performance.now();
  /** While the engine cannot be reached: not even tried before this moment. */
  let pausedUntil = 0;
  let failuresInRow = 0;
  let timer: NodeJS.Timeout | undefined;

  const pump = (): void => {
    clearTimeout(timer);
    if (stopping.signal.aborted) return;
    if (now() >= pausedUntil) {
      // After a failure one goes ahead alone to look whether the engine is back.
      const places = failuresInRow > 0 ? 1 : concurrency;
      while (active.size < places) {
        const index = waiting.findIndex((pending) => pending.notBefore <= now());
        if (index < 0) break;
        void run(waiting.splice(index, 1)[0] as Pending);
      }
    }
    if (waiting.length > 0 && active.size < concurrency) {
      const next = Math.max(pausedUntil, Math.min(...waiting.map((pending) => pending.notBefore)));
      timer = setTimeout(pump, Math.max(next - now(), 10));
    }
  };

  const run = async (pending: Pending): Promise<void> => {
    active.add(pending);
    pending.trials++;
    try {
      if (await insert(pending)) {
        const {segment} = pending;
        if ((await options.takes?.(segment, () => readAccepted(pending), isFile(pending))) !== true)
          await removeSegment(segment);
        forget(pending);
      } else waiting.push(pending);
    } catch (error) {
      if (stopping.signal.aborted) waiting.unshift(pending);
      else await failed(pending, error as Error);
    } finally {
      active.delete(pending);
      pump();
      onFree();
    }
  };

  /** Resolves to whether all of it is in. */
  const insert = async (pending: Pending): Promise<boolean> => {
    const {segment} = pending;
    pending.checked ??= await check(segment);
    const {file, blocks, rows} = pending.checked;
    if (!pending.looked) {
      pending.pieces = (await loadPieces(segment))?.slice();
      pending.looked = true;
    }
    if (pending.pieces === undefined) {
      if (blocks > 0) await engine.insertFile(segment.table, file, segment.token, stopping.signal);
      succeeded(pending, rows);
      return true;
    }
    for (let turn = 0; turn < piecesATurn; turn++) {
      const [piece] = pending.pieces;
      if (piece === undefined) return true;
      const part = await writePiece(segment, piece);
      if (part.rows > 0) await engine.insertFile(segment.table, part.file, pieceToken(segment, piece), stopping.signal);
      pending.pieces.shift();
      pending.accepted.push(piece);
      succeeded(pending, part.rows);
    }
    return false;
  };

  /** The blocks of what is in. */
  const readAccepted = async ({segment, checked, pieces, accepted}: Pending): Promise<Uint8Array> => {
    if (pieces === undefined)
      return checked === undefined || checked.blocks === 0 ? new Uint8Array(0) : readFile(checked.file);
    const parts: Uint8Array[] = [];
    for (const piece of accepted) parts.push(await readFile((await writePiece(segment, piece)).file));
    return Buffer.concat(parts);
  };

  /** Of this process's own, which has written it and knows where its blocks are. */
  const isFile = ({segment, checked, pieces}: Pending): boolean =>
    segment.frames !== undefined && pieces === undefined && checked?.damaged.length === 0;

  const succeeded = (pending: Pending, rows: number): void => {
    pending.trials = 0;
    figures.insertedRows += rows;
    figures.inserts++;
    if (figures.error) log.info({token: pending.segment.token}, 'the engine takes inserts again');
    figures.error = undefined;
    failuresInRow = 0;
  };

  const check = async (segment: Segment): Promise<CheckedSegment> => {
    const checked = await checkSegment(segment, rejectedDirectory);
    const {damaged} = checked;
    if (damaged.length > 0) {
      const [blocks, rows] = [sum(damaged, 'blocks'), sum(damaged, 'rows')];
      log.error(
        {token: segment.token, blocks, rows, kept: checked.rows, rejectedDirectory},
        'a segment was damaged on disk: the damaged blocks are put aside',
      );
      figures.damagedBlocks += blocks;
      figures.damagedRows += rows;
      onLost(segment.table);
    }
    return checked;
  };

  /** Decides what becomes of it; never rejects. */
  const failed = async (pending: Pending, error: Error): Promise<void> => {
    const {segment, trials} = pending;
    const failure = insertFailure(error, options.absentForEver);
    if (!figures.error) log.warn({err: error, token: segment.token, failure}, 'an insert failed, trying again');
    figures.error = error;
    try {
      if (failure.kind === 'memory' && (failure.own || trials >= memoryTrials)) {
        if (await split(pending, error)) pending.trials = 0;
        else if (failure.own || trials >= lastTrials) return await putAside(pending, error);
        else pending.notBefore = now() + backoff(trials - 1);
      } else if (trials >= trialsOf[failure.kind]) return await putAside(pending, error);
      // An answer of the engine concerns this segment; silence, that it cannot be reached.
      else if (failure.kind === 'away') pausedUntil = now() + backoff(failuresInRow++);
      else pending.notBefore = now() + backoff(trials - 1);
    } catch (cause) {
      log.error({err: cause, token: segment.token}, 'could not prepare the next trial of a segment');
      pending.notBefore = now() + backoff(trials);
    }
    // At the end: should this one be what ends the engine, the others still get in between.
    waiting.push(pending);
  };

  /** Of what was tried, two halves; false where it is a single row. */
  const split = async (pending: Pending, error: Error): Promise<boolean> => {
    const {segment} = pending;
    const [first, ...rest] = pending.pieces ?? [await wholePiece(segment)];
    if (first === undefined) bug('a segment without pieces failed');
    if (first.to - first.from <= 1) return false;
    if (pending.pieces === undefined) {
      log.warn(
        {err: error, token: segment.token},
        'a segment needs more memory than ClickHouse has: it goes in pieces',
      );
    }
    const pieces = [...halves(first), ...rest];
    await savePieces(segment, pieces);
    pending.pieces = pieces;
    return true;
  };

  /** The segment, or where it goes in pieces the first of them. */
  const putAside = async (pending: Pending, error: Error): Promise<void> => {
    const {segment, pieces} = pending;
    const [piece] = pieces ?? [];
    if (pieces === undefined || piece === undefined) {
      await reject(segment, errorMessage(error));
      forget(pending);
      return;
    }
    const part = await writePiece(segment, piece);
    const name = pieceToken(segment, piece);
    await setAside(rejectedDirectory, name, await readFile(part.file), errorMessage(error));
    log.error(
      {err: error, token: name, rows: part.rows, rejectedDirectory},
      'rows that ClickHouse cannot take are put aside',
    );
    pieces.shift();
    pending.trials = 0;
    countRejected(segment.table, part.rows);
    waiting.push(pending);
  };

  const reject = async (segment: Segment, reason: string): Promise<void> => {
    log.error({token: segment.token, reason, rejectedDirectory}, 'a segment that ClickHouse cannot take is put aside');
    await rejectSegment(segment, rejectedDirectory, reason).catch((cause: unknown) => {
      log.error({err: cause, token: segment.token}, 'could not put the segment aside');
    });
    countRejected(segment.table, rowsOf(segment));
  };

  const countRejected = (table: string, rows: number): void => {
    figures.rejectedSegments++;
    figures.rejectedRows += rows;
    onLost(table);
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

  return {
    figures,
    reject,
    get free() {
      return active.size + waiting.length < concurrency && now() >= pausedUntil && failuresInRow === 0;
    },
    add(segment, onDone = () => {}) {
      const done = Promise.withResolvers<void>();
      done.promise.then(onDone, () => {}); // only `drained` wants to know of a failure
      figures.segments++;
      figures.bytes += segment.bytes;
      figures.rows += rowsOf(segment);
      waiting.push({
        segment,
        done,
        checked: undefined,
        accepted: [],
        pieces: undefined,
        looked: false,
        trials: 0,
        notBefore: 0,
      });
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

/** The trials after which an insert is put aside, by the kind of its failure; `memory` has its own rules. */
const trialsOf = {
  away: Number.POSITIVE_INFINITY,
  later: Number.POSITIVE_INFINITY,
  memory: Number.POSITIVE_INFINITY,
  never: permanentTrials,
  views: lastTrials,
  disk: diskTrials,
} as const;

const rowsOf = (segment: Segment): number => segment.frames?.rows ?? 0;
