/**
 * Durable, then acknowledged: blocks are on disk before `append` resolves, and in the engine exactly once some time later.
 */
import {chmod, mkdir, statfs} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {
  bug,
  type DirectoryLock,
  errorMessage,
  type Log,
  lockDirectory,
  QueryError,
  RetryableError,
} from '../base/index.ts';
import type {Engine} from '../engine/index.ts';
import {createDerivation, type DerivationOptions, type Deriver} from './derive.ts';
import {createFormerSegments} from './former.ts';
import type {NewFrame} from './frame.ts';
import {createInserter, type InserterFigures} from './insert.ts';
import {createRecentSegments, type RecentSegments} from './recent.ts';
import {leftSegments, OpenSegment, rejectedFolder} from './segment.ts';

export interface Spool {
  /**
   * Takes one ClickHouse Native block of `rows` rows for `table`, of which ClickHouse may make `weight` bytes in its memory. Resolves when it would survive a power cut.
   * Rejects with `RetryableError` (`spool_full`, `spool_memory`, `disk_full`, `stopping`) where it cannot take more at the
   * moment: nothing of the block is kept then, and the sender should try again later.
   * The bytes belong to the spool until the promise settles.
   */
  append(table: string, block: Uint8Array, rows: number, weight?: number): Promise<void>;
  /**
   * Resolves when everything that was acknowledged before the call can be queried, or has been put aside. Rejects with
   * `QueryError` of the reason `timeout` where that takes longer than `limitMs`, and says what is missing.
   */
  flush(limitMs?: number): Promise<void>;
  /**
   * Inserts what an earlier process left for one of `formerTables`, by the given engine, and resolves when all of it is in, or put
   * aside. To be called again when the engine has been away: what is in already does not come twice.
   */
  insertFormer(engine: Pick<Engine, 'insertFile'>): Promise<void>;
  /** Whether something is left of that. */
  readonly hasFormer: boolean;
  /** Puts aside what is left of that. Never rejects. */
  rejectFormer(reason: string): Promise<void>;
  readonly status: SpoolStatus;
  /** Resolves when all that an earlier process left is in, or put aside; never before `start`. */
  readonly replayed: Promise<void>;
  /** Why a block of any size would be refused at the moment, in words; undefined where it would be taken. */
  readonly refusing: string | undefined;
  /** Takes blocks from now on, and replays in the background what an earlier process left. Rejects where another has the directory. */
  start(): Promise<void>;
  /** Takes nothing more, gives the engine up to `graceMs` to take what is there, leaves the rest for the next start. Idempotent. */
  stop(graceMs?: number): Promise<void>;
}

export interface SpoolStatus {
  /** Acknowledged and not yet in the engine; rows of segments that an earlier process left count once they are tried. */
  readonly bytes: number;
  readonly rows: number;
  readonly segments: number;
  /** Appended and not yet on disk. */
  readonly waitingBytes: number;
  readonly limitBytes: number;
  /** Since the start. */
  readonly insertedRows: number;
  readonly inserts: number;
  /** Segments, or rows of them, that the engine cannot take; they lie in `rejected/` with the error beside them. */
  readonly rejectedSegments: number;
  readonly rejectedRows: number;
  /** Blocks that the disk gave back otherwise than they were written; they lie in `rejected/` too. */
  readonly damagedBlocks: number;
  readonly damagedRows: number;
  /** Of the last attempt to insert, while it has not been overcome. */
  readonly error: Error | undefined;
}

export interface SpoolOptions {
  readonly directory: string;
  readonly engine: Pick<Engine, 'insertFile'>;
  readonly log: Log;
  /** On disk. Default 2 GiB, or a quarter of the free disk where that is less. */
  readonly limitBytes?: number;
  /** In memory, on their way to the disk. Default 64 MiB. */
  readonly waitingLimitBytes?: number;
  /**
   * A segment is sealed at this size, or this long after its first block: `steadyMs` where it goes on with a flow of rows, for which
   * an INSERT costs as much however many they are. Default 50,000 rows, 32 MiB, 900 ms, 2 s.
   */
  readonly segmentRows?: number;
  readonly segmentBytes?: number;
  readonly segmentMs?: number;
  readonly steadyMs?: number;
  readonly backoffMs?: {readonly first: number; readonly last: number};
  /** How long to wait for a predecessor to let the directory go. Default not at all. */
  readonly lockWaitMs?: number;
  /** Tables that segments may be for: others that an earlier process left are put aside. Default any. */
  readonly tables?: ReadonlySet<string>;
  /**
   * Tables of an earlier version. The segments that one left for them wait for `insertFormer`, since its tokens are known there only.
   * Default none.
   */
  readonly formerTables?: ReadonlySet<string>;
  /** A table whose rows are summed up into others. */
  readonly derived?: {
    readonly table: string;
    readonly deriver: Deriver;
    readonly afterMs?: number;
    readonly onTaken?: NonNullable<DerivationOptions['onTaken']>;
    readonly onDerived?: (tokens: readonly string[]) => void;
    /** Readers want the files of segments that are done with: called when some are gone. Without it none is kept. */
    readonly onGone?: (tokens: readonly string[]) => void;
  };
  /** Called when acknowledged rows of a table were put aside. */
  readonly onLost?: (table: string) => void;
  /** The directory's name in the error that another process has it: the one that its owner was given. */
  readonly ownerOf?: string;
}

interface Waiting extends NewFrame {
  readonly weight: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The way of one table's blocks to the disk. */
interface Lane {
  readonly table: string;
  waiting: Waiting[];
  segment: OpenSegment | undefined;
  /** Of the open segment. */
  weight: number;
  /** Blocks are being written; nobody else touches the segment meanwhile. */
  committing: boolean;
  /** The open segment is old enough to go as soon as the inserter has a place for it. */
  due: boolean;
  /** Until when the next segment would go on with a flow of rows. */
  steadyUntil: number;
  /** Called once all that is on disk now has been handed over. */
  flushes: (() => void)[];
}

export function createSpool(options: SpoolOptions): Spool {
  const directory = resolve(options.directory);
  const rejectedDirectory = join(directory, rejectedFolder);
  const {
    log,
    waitingLimitBytes = 64 * 1024 ** 2,
    segmentRows = 50_000,
    segmentBytes = 32 * 1024 ** 2,
    segmentMs = 900,
    steadyMs = Math.max(segmentMs, 2000),
  } = options;
  const lanes = new Map<string, Lane>();
  let lock: DirectoryLock | undefined;
  let taking = false;
  let stopping: Promise<void> | undefined;
  let limitBytes = options.limitBytes ?? 0;
  let waitingBytes = 0;
  /** On disk in open segments; the inserter counts the sealed ones. */
  let openBytes = 0;
  /** Of the last block that found the spool full. */
  let refusedBytes = 0;
  /** Beside what the spool holds, and not counted with it. */
  let recent: RecentSegments | undefined;
  /** The last write failed: nothing is tried before `until`. */
  let unwritable: {readonly error: RetryableError; readonly until: number} | undefined;
  const inserting = {
    rejectedDirectory,
    log,
    concurrency: 2,
    backoffMs: options.backoffMs ?? {first: 200, last: 10_000},
    onLost: options.onLost,
  };
  const replayed = Promise.withResolvers<void>();
  const former = createFormerSegments(inserting);
  const inserter = createInserter({
    ...inserting,
    engine: {
      async insertFile(...insert) {
        try {
          await options.engine.insertFile(...insert);
        } catch (error) {
          // It may be that the disk is full.
          recent?.clear();
          throw error;
        }
      },
    },
    async takes(segment, read, isFile) {
      if (derivation === undefined || segment.table !== derivation.table) return false;
      await derivation.take(segment, await read(), isFile);
      return true;
    },
    onFree: () => {
      for (const lane of lanes.values()) if (lane.due && !lane.committing) seal(lane);
    },
  });

  const derivation =
    options.derived &&
    createDerivation({
      ...options.derived,
      directory,
      rejectedDirectory,
      log,
      recent: () => recent,
      insert(segments, done) {
        let left = segments.length;
        for (const segment of segments) {
          inserter.add(segment, () => {
            if (--left === 0) done();
          });
        }
      },
    });

  const append = (table: string, block: Uint8Array, rows: number, weight = block.length): Promise<void> => {
    if (!/^[a-z][a-z0-9_]*$/.test(table)) bug(`${table} is no table name for a spool file`);
    if (!taking) return Promise.reject(new RetryableError('stopping', 'the store is not taking data now', 2000));
    if (held() + block.length > limitBytes) {
      refusedBytes = block.length;
      return Promise.reject(new RetryableError('spool_full', fullMessage(), 5000));
    }
    if (unwritable !== undefined && performance.now() < unwritable.until) return Promise.reject(unwritable.error);
    if (waitingBytes > 0 && waitingBytes + block.length > waitingLimitBytes) {
      return Promise.reject(new RetryableError('spool_memory', 'the disk does not keep up with what arrives', 500));
    }
    return new Promise((resolve, reject) => {
      const lane = laneOf(table);
      waitingBytes += block.length;
      lane.waiting.push({block, rows, weight, resolve, reject});
      if (!lane.committing) void commit(lane);
    });
  };

  const held = (): number => figures().bytes + openBytes + waitingBytes + (derivation?.bytes ?? 0);
  /** Of all segments. */
  const figures = (): InserterFigures => {
    const {segments, bytes} = former.waiting;
    const {figures} = inserter;
    const all = former.figures === undefined ? figures : sumOf(figures, former.figures);
    return {...all, segments: all.segments + segments, bytes: all.bytes + bytes};
  };
  const fullMessage = (): string =>
    `the spool is full (${limitBytes} bytes): ClickHouse does not keep up, or is away${
      figures().error === undefined ? '' : ` (${errorMessage(figures().error)})`
    }`;

  const stillMissing = (limitMs: number): string => {
    const {segments, rows, error} = figures();
    const why = error === undefined ? '' : `; the last INSERT failed: ${errorMessage(error)}`;
    return `after ${limitMs / 1000} s ClickHouse has yet to take ${segments} segments (${rows} rows)${why}`;
  };

  const laneOf = (table: string): Lane => {
    const known = lanes.get(table);
    if (known !== undefined) return known;
    const lane: Lane = {
      table,
      waiting: [],
      segment: undefined,
      weight: 0,
      committing: false,
      due: false,
      steadyUntil: 0,
      flushes: [],
    };
    lanes.set(table, lane);
    return lane;
  };

  /** One write and one sync for all that arrived while the last ones were under way. Never rejects. */
  const commit = async (lane: Lane): Promise<void> => {
    lane.committing = true;
    while (lane.waiting.length > 0) {
      await write(lane, lane.waiting.splice(0));
      const {segment} = lane;
      const full =
        segment && (segment.rows >= segmentRows || segment.bytes >= segmentBytes || lane.weight >= maxSegmentWeight);
      if (full || lane.due || lane.flushes.length > 0) seal(lane, full || lane.flushes.length > 0);
      for (const done of lane.flushes.splice(0)) done();
    }
    lane.committing = false;
  };

  const write = async (lane: Lane, frames: readonly Waiting[]): Promise<void> => {
    try {
      lane.segment ??= await openLane(lane);
      const before = lane.segment.bytes;
      await lane.segment.append(frames);
      openBytes += lane.segment.bytes - before;
      for (const {weight} of frames) lane.weight += weight;
      unwritable = undefined;
      for (const {resolve} of frames) resolve();
    } catch (error) {
      if (unwritable === undefined) log.error({err: error, table: lane.table}, 'could not write to the spool');
      const told = refusal(error as NodeJS.ErrnoException);
      unwritable = {error: told, until: performance.now() + unwritablePauseMs};
      recent?.clear();
      await leave(lane);
      for (const {reject} of frames) reject(told);
    }
    for (const {block} of frames) waitingBytes -= block.length;
  };

  /** The file of a failed write is not added to. */
  const leave = async (lane: Lane): Promise<void> => {
    const {segment} = lane;
    if (!segment?.empty) return seal(lane, true);
    lane.segment = undefined;
    lane.due = false;
    await segment.discard().catch(() => {}); // replayed as empty, then
  };

  const openLane = async (lane: Lane): Promise<OpenSegment> => {
    const segment = await OpenSegment.create(directory, lane.table, Date.now());
    const age = performance.now() < lane.steadyUntil ? steadyMs : segmentMs;
    setTimeout(() => {
      if (lane.segment !== segment) return;
      lane.due = true;
      if (!lane.committing) seal(lane);
    }, age);
    return segment;
  };

  /** Hands the open segment over. Unless forced only when it would be tried at once: else it may as well grow on. */
  const seal = (lane: Lane, force = false): void => {
    const {segment} = lane;
    if (!segment || (!force && !inserter.free)) return;
    lane.segment = undefined;
    lane.due = false;
    lane.weight = 0;
    lane.steadyUntil = segment.rows < steadyRows ? 0 : performance.now() + steadyMs;
    openBytes -= segment.bytes;
    inserter.add(segment.seal());
  };

  const sealAll = async (): Promise<void> => {
    await Promise.all(
      [...lanes.values()].map((lane) => {
        if (lane.committing) return new Promise<void>((resolve) => lane.flushes.push(resolve));
        seal(lane, true);
        return undefined;
      }),
    );
  };

  const allIn = async (): Promise<void> => {
    await Promise.all([inserter.drained(), former.drained()]);
    if (derivation === undefined) return;
    await derivation.close();
    await inserter.drained();
  };

  /** Inserts the rows that an earlier process left, beside those that arrive. */
  const replay = async (): Promise<void> => {
    await derivation?.recover();
    const {segments, foreign} = await leftSegments(directory);
    if (foreign.length > 0) log.warn({directory, foreign}, 'files in the spool that are none of Weft’s are left alone');
    if (segments.length > 0)
      log.info({segments: segments.length}, 'replaying what an earlier process left in the spool');
    for (const segment of segments) {
      if (options.formerTables?.has(segment.table)) former.keep(segment);
      else if (options.tables?.has(segment.table) === false) {
        await inserter.reject(segment, `this Weft has no table ${segment.table}`);
      } else inserter.add(segment);
    }
    inserter.drained().then(replayed.resolve, () => {}); // stopped before
  };

  const stop = async (graceMs: number): Promise<void> => {
    taking = false;
    const grace = new AbortController();
    const limit = delay(graceMs, undefined, {signal: grace.signal}).catch(() => {}); // drained in time
    const drained = sealAll().then(allIn);
    drained.catch(() => {}); // what is not in by then is left for the next start
    await Promise.race([drained, limit]);
    grace.abort();
    await Promise.all([inserter.stop(), former.stop()]);
    await derivation?.stop();
    recent?.stop();
    await lock?.release();
  };

  return {
    append,
    insertFormer: (engine) => former.insert(engine),
    get hasFormer() {
      return former.waiting.segments > 0 || (former.figures?.segments ?? 0) > 0;
    },
    async rejectFormer(reason) {
      for (const segment of former.take()) await inserter.reject(segment, reason);
    },
    replayed: replayed.promise,
    get refusing() {
      if (!taking) return 'the store is not taking data now';
      if (refusedBytes > 0 && held() + refusedBytes > limitBytes) return fullMessage();
      if (unwritable !== undefined && performance.now() < unwritable.until + unwritableNewsMs)
        return unwritable.error.message;
      return undefined;
    },
    get status() {
      const all = figures();
      const open = [...lanes.values()].flatMap(({segment}) => segment ?? []);
      return {
        bytes: all.bytes + openBytes,
        rows: all.rows + open.reduce((sum, {rows}) => sum + rows, 0),
        segments: all.segments + open.length,
        waitingBytes,
        limitBytes,
        insertedRows: all.insertedRows,
        inserts: all.inserts,
        rejectedSegments: all.rejectedSegments,
        rejectedRows: all.rejectedRows,
        damagedBlocks: all.damagedBlocks,
        damagedRows: all.damagedRows,
        error: all.error,
      };
    },
    async flush(limitMs) {
      const all = sealAll().then(allIn);
      if (limitMs === undefined) return all;
      all.catch(() => {}); // told below, or too late
      const late = new AbortController();
      const limit = delay(limitMs, undefined, {signal: late.signal, ref: false}).then(
        () => Promise.reject(new QueryError('timeout', stillMissing(limitMs))),
        () => {}, // all in before
      );
      await Promise.race([all, limit]).finally(() => late.abort());
    },
    async start() {
      if (lock) return;
      await mkdir(rejectedDirectory, {recursive: true, mode: 0o700});
      await chmod(directory, 0o700);
      lock = await lockDirectory(directory, options.lockWaitMs);
      if (!lock)
        throw new Error(
          `another Weft is running on ${options.ownerOf ?? directory}: stop it, or give this one another directory`,
        );
      limitBytes ||= await defaultLimit(directory);
      const onGone = options.derived?.onGone;
      if (onGone !== undefined)
        recent = await createRecentSegments({directory, limitBytes: Math.min(maxRecentBytes, limitBytes / 8), onGone});
      await replay();
      taking = true;
    },
    stop(graceMs = 5000) {
      stopping ??= stop(graceMs);
      return stopping;
    },
  };
}

/** Of files that are kept for readers, or an eighth of the spool's limit. */
const maxRecentBytes = 256 * 1024 ** 2;
/** A segment with so many has a flow of them. Whoever sends a few wants to see them soon, and costs little at any rate. */
const steadyRows = 1000;
/** Bytes that ClickHouse may make of a segment: what lies in it once may be copied for every row. */
const maxSegmentWeight = 128 * 1024 ** 2;
/** A disk that cannot be written is not tried by every block, but now and then. */
const unwritablePauseMs = 1000;
/** How long it counts as unwritable when nobody tries. */
const unwritableNewsMs = 10_000;

function refusal(error: NodeJS.ErrnoException): RetryableError {
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  const message = full ? 'the disk of the spool is full' : `the spool cannot be written: ${error.message}`;
  return new RetryableError(full ? 'disk_full' : 'spool_failed', message, 5000, {cause: error});
}

const sumOf = (a: InserterFigures, b: InserterFigures): InserterFigures => ({
  segments: a.segments + b.segments,
  bytes: a.bytes + b.bytes,
  rows: a.rows + b.rows,
  insertedRows: a.insertedRows + b.insertedRows,
  inserts: a.inserts + b.inserts,
  rejectedSegments: a.rejectedSegments + b.rejectedSegments,
  rejectedRows: a.rejectedRows + b.rejectedRows,
  damagedBlocks: a.damagedBlocks + b.damagedBlocks,
  damagedRows: a.damagedRows + b.damagedRows,
  error: a.error ?? b.error,
});

async function defaultLimit(directory: string): Promise<number> {
  const {bavail, bsize} = await statfs(directory);
  return Math.min(2 * 1024 ** 3, Math.floor((bavail * bsize) / 4));
}
