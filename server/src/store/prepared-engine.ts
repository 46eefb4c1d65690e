/**
 * Nothing is inserted before the schema is as it must be, and it is made so again whenever the database may be another one than
 * before: a server that was away may come back with an empty one.
 */
import {setTimeout as delay} from 'node:timers/promises';
import {errorMessage, type Log} from '../base/index.ts';
import {type Engine, exceptionCode, type InsertShape} from '../engine/index.ts';

export interface PreparedEngineOptions {
  readonly engine: Engine;
  /** Brings the schema up to date; can be run again without harm. */
  readonly prepare: () => Promise<void>;
  /** Of the files that are inserted. Default what they say themselves. */
  readonly shapeOf?: (table: string, token: string) => InsertShape | undefined;
  readonly log: Log;
  /** Waits between trials that fail: from the first to the last. Default 1 s to 30 s. */
  readonly backoffMs?: {readonly first: number; readonly last: number};
}

export interface PreparedEngine extends Pick<Engine, 'insertFile'> {
  /** Whether the schema is up to date, as far as anybody knows. */
  readonly prepared: boolean;
  /** Why it could not be brought up to date the last time. */
  readonly error: Error | undefined;
  /** Prepares at once, or joins in where that is under way. Rejects with what keeps it from being done. */
  prepare(): Promise<void>;
  stop(): void;
}

/** UNKNOWN_TABLE, UNKNOWN_DATABASE, NO_SUCH_COLUMN_IN_TABLE: not the tables that were prepared. */
const strangeDatabase: ReadonlySet<number | undefined> = new Set([60, 81, 16]);

export function createPreparedEngine(options: PreparedEngineOptions): PreparedEngine {
  const {engine, log, shapeOf = () => undefined, backoffMs = {first: 1000, last: 30_000}} = options;
  const stopping = new AbortController();
  let current: Promise<void> | undefined;
  let prepared = false;
  let error: Error | undefined;
  let trying = false;

  /** One at a time: an engine that comes back may find the one before still under way. */
  let running: Promise<void> = Promise.resolve();
  const prepareNext = (): Promise<void> => {
    running = running.then(options.prepare, options.prepare);
    return running;
  };

  const prepare = (): Promise<void> => {
    current ??= prepareNext().then(
      () => {
        prepared = true;
        error = undefined;
      },
      (cause: unknown) => {
        current = undefined;
        // An Error of no other kind: what ClickHouse says of the schema must not be taken for a verdict on a block.
        error = new Error(`the schema could not be brought up to date: ${errorMessage(cause)}`, {cause});
        throw error;
      },
    );
    return current;
  };

  const doubt = (): void => {
    prepared = false;
    current = undefined;
  };

  /** Until it is done, or the engine is away again: its return calls this again. */
  const keepTrying = async (): Promise<void> => {
    if (trying) return;
    trying = true;
    for (let trial = 0; !stopping.signal.aborted && engine.state.kind === 'ready'; trial++) {
      try {
        await prepare();
        break;
      } catch (cause) {
        log.error({err: cause}, 'the schema could not be brought up to date, trying again');
      }
      const wait = Math.min(backoffMs.first * 2 ** trial, backoffMs.last);
      await delay(wait, undefined, {signal: stopping.signal, ref: false}).catch(() => {}); // stopped meanwhile
    }
    trying = false;
  };

  /** An engine that is only just starting is no failure: what an earlier process left waits for it. */
  const untilLaunched = async (signal: AbortSignal): Promise<void> => {
    while (engine.state.kind === 'stopped' || engine.state.kind === 'starting') await delay(20, undefined, {signal});
  };

  engine.onReady(() => {
    doubt();
    void keepTrying();
  });

  return {
    get prepared() {
      return prepared;
    },
    get error() {
      return error;
    },
    prepare,
    async insertFile(table, path, token, signal) {
      const insert = (): Promise<void> => engine.insertFile(table, path, token, signal, shapeOf(table, token));
      await untilLaunched(signal);
      await prepare();
      try {
        await insert();
      } catch (cause) {
        if (!strangeDatabase.has(exceptionCode(cause))) throw cause;
        doubt();
        await prepare();
        // With the schema as it must be, a second answer of the kind is about the block.
        await insert();
      }
    },
    stop: () => stopping.abort(),
  };
}
