/** The ClickHouse in the box: starts the engine process, keeps it running, ends it. */
import {type ChildProcess, spawn} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {availableParallelism, tmpdir, totalmem} from 'node:os';
import {dirname, extname, join, resolve} from 'node:path';
import {createInterface} from 'node:readline';
import type {Readable} from 'node:stream';
import {setTimeout as delay} from 'node:timers/promises';
import type {Log} from '../base/index.ts';
import {createEngineClient, insertSettings} from './client.ts';
import type {EngineLimits} from './config.ts';
import type {Engine, EngineState} from './engine.ts';
import {logMend} from './mend-tables.ts';
import type {EngineProcessCommand, EngineProcessMessage, EngineProcessSettings} from './process.ts';
import {createQueryClient} from './query-client.ts';
import {quote, quoteName, shapeSql} from './sql.ts';
import {watchEngine} from './watch.ts';

export interface EmbeddedEngineOptions {
  /** Its own: made where it does not exist, and locked against any other Weft. */
  readonly directory: string;
  readonly log: Log;
  readonly limits?: Partial<EngineLimits>;
  /** How long to wait for a predecessor to let the directory go. Default 15 s. */
  readonly lockWaitMs?: number;
  /** How long to wait for the process to end itself before it is killed. Default 5 s. */
  readonly stopMs?: number;
  /** How often it is asked whether it lives, and how often it may fail to answer before it is killed. Default 2 s, 30 times. */
  readonly watch?: {readonly everyMs: number; readonly misses: number};
  /** Of `startEngineProcess`, to be the first. Default a new one. */
  readonly process?: ChildProcess | undefined;
}

/** A process that ends before it is ready is tried so often at the start: it may have been killed, or its machine busy. */
const firstTrials = 3;
/** One that was ready for less than this has not recovered: the next start waits longer. */
const steadyMs = 10_000;

export interface EmbeddedEngine extends Engine {
  readonly kind: 'embedded';
  /** Of the engine process while it runs, for memory and CPU figures. */
  readonly pid: number | undefined;
}

export function createEmbeddedEngine(options: EmbeddedEngineOptions): EmbeddedEngine {
  const {log, lockWaitMs = 15_000, stopMs = 5000, watch = {everyMs: 2000, misses: 30}} = options;
  const directory = resolve(options.directory);
  const socket = socketPath(directory);
  const settings: EngineProcessSettings = {
    directory,
    socket,
    limits: {...defaultLimits(), ...options.limits},
    lockWaitMs,
  };
  const endpoint = {kind: 'socket', path: socket} as const;
  const client = createEngineClient(endpoint, 'default');
  const queries = createQueryClient(endpoint, 'default');
  let state: EngineState = {kind: 'stopped'};
  let child: ChildProcess | undefined;
  let {process: prepared} = options;
  let wanted = false;
  let restart: NodeJS.Timeout | undefined;
  let failures = 0;
  const listeners: (() => void)[] = [];
  const awayListeners: (() => void)[] = [];
  const becomeAway = (error: Error): void => {
    const known = state.kind === 'unavailable';
    state = {kind: 'unavailable', error};
    if (!known) for (const listener of awayListeners) listener();
  };
  const becomeReady = (version: string): void => {
    state = {kind: 'ready', version};
    for (const listener of listeners) listener();
  };

  /** Starts the process; rejects where it says or shows that it cannot. Its end after that is dealt with here. */
  const launch = (): Promise<void> =>
    new Promise((ready, failed) => {
      state = {kind: 'starting'};
      // One that has ended already would never say so.
      const started = prepared?.connected ? prepared : startEngineProcess();
      prepared = undefined;
      readOutput(started, log);
      started.send({kind: 'start', settings} satisfies EngineProcessCommand, () => {}); // that it is gone comes as `close`
      child = started;
      let error = new Error('the engine process ended');
      let readyAt: number | undefined;
      let watching: {stop(): void} | undefined;
      started.on('message', (message: EngineProcessMessage) => {
        if (message.kind === 'failed') {
          error = message.locked ? new LockedError(directory) : new Error(message.message);
          return;
        }
        if (message.kind === 'mended') return logMend(log, join(directory, 'data'), message.mend);
        if (message.kind === 'givingUp') {
          log.error({reason: message.reason}, 'the engine ends, to be mended as it starts again');
          return;
        }
        const {version, openedMs} = message;
        log.info({version, openedMs: Math.round(openedMs), pid: started.pid}, 'engine ready');
        readyAt = performance.now();
        watching = watchEngine(socket, watch, {
          silent(forMs) {
            error = new Error(`the engine process has not answered for ${Math.round(forMs / 1000)} s`);
            if (state.kind === 'ready') log.error({err: error}, 'engine unavailable');
            becomeAway(error);
          },
          back() {
            log.info({}, 'the engine answers again');
            becomeReady(version);
          },
          lost() {
            log.error({pid: started.pid}, 'the engine does not answer any more: killing it');
            started.kill('SIGKILL');
          },
        });
        becomeReady(version);
        ready();
      });
      started.on('error', (cause) => {
        error = cause;
      });
      started.on('close', (code, signal) => {
        watching?.stop();
        if (child === started) child = undefined;
        if (!wanted) {
          state = {kind: 'stopped'};
          failed(error);
          return;
        }
        if (readyAt !== undefined) error = new Error(`the engine process ended (${signal ?? `exit code ${code}`})`);
        becomeAway(error);
        failed(error);
        if (readyAt !== undefined && performance.now() - readyAt > steadyMs) failures = 0;
        if (readyAt !== undefined || failures > 0) scheduleRestart(error);
      });
    });

  const scheduleRestart = (error: Error): void => {
    const wait = Math.min(100 * 2 ** failures++, 5000);
    log.error({err: error, restartInMs: wait}, 'engine unavailable, restarting it');
    restart = setTimeout(() => launch().catch(() => {}), wait); // `close` schedules the next attempt
  };

  const launchFirst = async (): Promise<void> => {
    for (let trial = 1; ; trial++) {
      try {
        return await launch();
      } catch (error) {
        if (!wanted || trial === firstTrials || error instanceof LockedError) throw error;
        log.error({err: error}, 'the engine did not start, trying again');
        await delay(500 * trial);
        if (!wanted) throw error;
      }
    }
  };

  return {
    kind: 'embedded',
    database: 'default',
    cluster: undefined,
    endpoint,
    client,
    queries,
    get state() {
      return state;
    },
    get pid() {
      return child?.pid;
    },
    async insertFile(table, path, token, signal, shape) {
      const insert = (query: string): Promise<unknown> =>
        client.command({query, clickhouse_settings: insertSettings(token), abort_signal: signal});
      // It reads the file itself: nothing is copied through the socket.
      const file = `${quote(resolve(path))}, 'Native'`;
      if (shape !== undefined) {
        const {target, selected, structure} = shapeSql(shape);
        const sql = `INSERT INTO ${table} ${target} SELECT ${selected} FROM file(${file}, ${quote(structure)})`;
        // Every second or so, and each by `client` would cost a millisecond more.
        await queries.ask({sql, parameters: {}, settings: insertSettings(token), signal});
        return;
      }
      const described = await client.query({
        query: `DESCRIBE TABLE file(${file})`,
        format: 'JSONEachRow',
        abort_signal: signal,
      });
      const columns = (await described.json<{name: string}>()).map(({name}) => quoteName(name)).join(', ');
      await insert(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM file(${file})`);
    },
    async start() {
      if (wanted) return;
      wanted = true;
      failures = 0;
      mkdirSync(directory, {recursive: true, mode: 0o700});
      chmodSync(directory, 0o700);
      await launchFirst().catch((error: unknown) => {
        wanted = false;
        throw error;
      });
    },
    onReady(listener) {
      listeners.push(listener);
    },
    onAway(listener) {
      awayListeners.push(listener);
    },
    async stop() {
      wanted = false;
      clearTimeout(restart);
      if (child) await end(child, stopMs);
      queries.close();
      await client.close();
      state = {kind: 'stopped'};
      if (dirname(socket) !== directory) rmSync(dirname(socket), {recursive: true, force: true});
    },
  };
}

class LockedError extends Error {
  constructor(directory: string) {
    super(`another Weft is running on ${directory}: stop it, or give this one another directory`);
  }
}

/** Starts a process that loads the engine and waits for its settings: only `createEmbeddedEngine` has any. */
export function startEngineProcess(): ChildProcess {
  // The pinned Node.js that runs us; each statement in progress holds a thread of libuv's pool.
  const {NODE_OPTIONS: _, ...environment} = process.env;
  // It uses foreign functions, see base/resting-memory.ts.
  const args = [
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, `process${extname(import.meta.filename)}`),
  ];
  return spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {...environment, UV_THREADPOOL_SIZE: '16'},
  });
}

function readOutput(child: ChildProcess, log: Log): void {
  createInterface({input: child.stdout as Readable}).on('line', (line) => log.debug({line}, 'engine output'));
  createInterface({input: child.stderr as Readable}).on('line', (line) => log.warn({line}, 'engine output'));
}

async function end(child: ChildProcess, limitMs: number): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  if (child.connected) child.send({kind: 'stop'} satisfies EngineProcessCommand);
  const kill = setTimeout(() => child.kill('SIGKILL'), limitMs);
  await ended;
  clearTimeout(kill);
}

/** In the directory, which keeps others out; elsewhere only where its path is too long for a socket's. */
function socketPath(directory: string): string {
  const path = join(directory, 'engine.sock');
  return Buffer.byteLength(path) < 100 ? path : join(mkdtempSync(join(tmpdir(), 'weft-')), 'engine.sock');
}

/** Two fifths of what this process may use, between 512 MiB and 8 GiB, and every core. */
function defaultLimits(): EngineLimits {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const bytes = Math.min(Math.max(memory * 0.4, 512 * 1024 ** 2), 8 * 1024 ** 3);
  return {memoryBytes: Math.floor(bytes), threads: availableParallelism()};
}
