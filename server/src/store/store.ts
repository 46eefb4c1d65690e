/**
 * The store as a whole. It takes data from its start on, whether or not its ClickHouse is there: what it has acknowledged waits
 * in the spool, within its bound, and goes in once the engine and its schema are there. See docs/decisions/0031.
 */
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {MessagePort} from 'node:worker_threads';
import {type Clock, errorMessage, type Log, type Meter} from '../base/index.ts';
import type {Engine} from '../engine/index.ts';

import type {Reader} from '../model/index.ts';
import {createSpool, rejectedFolder, type Spool, type SpoolStatus} from '../spool/index.ts';
import {mendLost} from './mend-lost.ts';
import {migrate, NewerSchemaError, segmentsVersion} from './migrations.ts';
import {createPreparedEngine} from './prepared-engine.ts';
import {type Retention, setRetention, ttlOf} from './retention.ts';
import {formerTables, spanTextTable} from './schema-segments.ts';
import {segmentShape} from './segment-shape.ts';
import {createStoreSink, type StoreSink, sinkTables} from './sink.ts';
import {spanChanges} from './span-changes.ts';
import {spanDerivation} from './span-derivation.ts';
import {createSpanNewsFeed} from './span-news.ts';

export interface StoreOptions {
  readonly engine: Engine;
  /** Of everything that Weft keeps; the spool has a folder in it. */
  readonly directory: string;
  readonly spoolLimitBytes: number;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
}

export interface Store {
  readonly engine: Engine;
  readonly spool: Spool;
  readonly sink: Reader;
  /** Why it takes no data at the moment; undefined where it does. */
  readonly refusing: string | undefined;
  /** Why not everything that was acknowledged can be found at the moment, in words for an operator; empty where it can. */
  readonly problems: readonly string[];
  /** Of `SpanChanges`, for those who read. */
  readonly changes: SharedArrayBuffer;
  /** Tells `SpanNews` to whoever reads at the other end, until the port closes. */
  tellNews(port: MessagePort): void;
  /** Resolves when all that was acknowledged before it can be found; rejects where that takes longer than `limitMs`. */
  flush(limitMs: number): Promise<void>;
  /** Takes data from now on. Rejects where another Weft has the directory. */
  start(): Promise<void>;
  /**
   * Starts the engine. Resolves when queries can be answered, or when a server that others run has been looked for in vain.
   * Rejects with what only a person can mend: an embedded engine that does not start, data of a newer Weft.
   */
  open(): Promise<void>;
  /** Gives the engine up to `graceMs` to take what is there. Idempotent. */
  stop(graceMs: number): Promise<void>;
}

/** Describes the rows that were put into `spool/rejected` since the start. */
function putAside(status: SpoolStatus): string[] {
  const {rejectedSegments, rejectedRows, damagedBlocks, damagedRows} = status;
  return [
    ...(rejectedSegments === 0
      ? []
      : [
          `ClickHouse could not take ${rejectedRows} rows in ${rejectedSegments} pieces: spool/rejected has them, and why`,
        ]),
    ...(damagedBlocks === 0
      ? []
      : [
          `the disk damaged ${damagedRows} rows in ${damagedBlocks} blocks of the spool: spool/rejected has what is left`,
        ]),
  ];
}

/** How long a predecessor on the same directory may take to end. */
const lockWaitMs = 15_000;
/** Of traces, in milliseconds, for files of spans to be kept beside the table for some minutes. */
const leastRetention = 86_400_000;
/** How often it is looked whether the schema is there. */
const readyPauseMs = 100;

export function createStore({engine, directory, spoolLimitBytes, retention, clock, meter, log}: StoreOptions): Store {
  const engineLog = log.child({part: 'engine'});
  const prepared = createPreparedEngine({
    engine,
    log: engineLog,
    shapeOf: segmentShape,
    prepare: async () => {
      // The version before wrote to `spans`. Its tokens are remembered there, and gone with it.
      await migrate(engine, engineLog, {
        before: (version) => (version === segmentsVersion ? spool.insertFormer(engine) : undefined),
        // Segments for `spans` go there first.
        shortcut: !spool.hasFormer,
        ttlOf: (table) => ttlOf(retention, table),
      });
      await spool.rejectFormer('the table for these rows was replaced before they could be inserted into it');
      await setRetention(engine, retention, engineLog);
      // The database may be another one than before: points to come would have no series in it, and spans no texts.
      sink.tellAgain();
    },
  });
  const spoolDirectory = join(directory, 'spool');
  /** Once a start, before anybody reads what was stored before. */
  let mending: Promise<void> | undefined;
  let stopping = false;
  const mend = async (): Promise<void> => {
    // A ClickHouse of others is theirs to mend.
    if (engine.kind !== 'embedded') return;
    try {
      const rejectedDirectory = join(spoolDirectory, rejectedFolder);
      await mendLost({engine, rejectedDirectory, recordFile: join(directory, 'mended.json'), log: engineLog});
    } catch (error) {
      // Weft ends, or ClickHouse is away: the next start looks again.
      if (stopping || engine.state.kind !== 'ready') return;
      engineLog.error({err: error}, 'rows that were lost cannot be made again: the next start tries it once more');
    }
  };
  const changes = spanChanges();
  const news = createSpanNewsFeed(changes, {
    async whenReady() {
      await spool.replayed;
      // Also where ClickHouse is away at the moment: it may come back with other data.
      while (!prepared.prepared) await delay(readyPauseMs, undefined, {ref: false});
      mending ??= mend();
      await mending;
    },
  });
  const spool = createSpool({
    directory: spoolDirectory,
    engine: {
      async insertFile(table, path, token, signal) {
        await prepared.insertFile(table, path, token, signal);
        // What names are read from.
        if (table === 'operations') changes.inserted();
      },
    },
    log: log.child({part: 'spool'}),
    limitBytes: spoolLimitBytes,
    lockWaitMs,
    tables: sinkTables,
    formerTables: new Set(formerTables),
    derived: spanDerivation(news, {
      // Of a ClickHouse of others, nobody here knows all.
      tellsPlaces: engine.kind === 'embedded',
      keepsFiles: engine.kind === 'embedded' && (retention.traces ?? leastRetention) >= leastRetention,
    }),
    onLost: (table) => {
      if (table === 'metric_series' || table === spanTextTable) sink.tellAgain();
    },
    ownerOf: directory,
  });
  const sink: StoreSink = createStoreSink(spool, {retention, clock, meter});
  return {
    engine,
    spool,
    sink,
    changes: changes.shared,
    tellNews: (port) => news.connect(port),
    async flush(limitMs) {
      await spool.flush(limitMs);
      changes.flushed();
    },
    get refusing() {
      return spool.refusing;
    },
    get problems() {
      const {state} = engine;
      if (state.kind === 'unavailable')
        return [`ClickHouse is unavailable: ${errorMessage(state.error)}`, ...putAside(spool.status)];
      if (state.kind !== 'ready') return [`ClickHouse is ${state.kind}`];
      if (prepared.error !== undefined) return [errorMessage(prepared.error), ...putAside(spool.status)];
      if (!prepared.prepared) return ['the schema is being brought up to date'];
      const {error} = spool.status;
      return [
        ...(error === undefined ? [] : [`ClickHouse does not take what is sent to it: ${errorMessage(error)}`]),
        ...putAside(spool.status),
      ];
    },
    async start() {
      const told = setTimeout(() => log.warn({directory}, 'waiting for another Weft on this directory to end'), 1000);
      try {
        await spool.start();
      } finally {
        clearTimeout(told);
      }
    },
    async open() {
      await engine.start();
      if (engine.state.kind !== 'ready') return;
      await prepared.prepare().catch((error: Error) => {
        if (error.cause instanceof NewerSchemaError) throw error.cause;
        // Tried again, and told by `problems` meanwhile.
      });
    },
    async stop(graceMs) {
      stopping = true;
      await spool.stop(graceMs);
      prepared.stop();
      await engine.stop();
    },
  };
}
