/** A ClickHouse server or cluster that others run. */
import {createReadStream} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {Log} from '../base/index.ts';
import {createEngineClient, insertSettings} from './client.ts';
import type {Engine, EngineState, InsertShape} from './engine.ts';
import {createQueryClient} from './query-client.ts';
import {quote, shapeSql} from './sql.ts';

export interface RemoteEngineOptions {
  /** `http://user:password@host:8123/database?cluster=name`; the database is made where it does not exist. */
  readonly url: string;
  readonly log: Log;
  /** How often to look whether it is there while it is not. Default 1 s. */
  readonly pingMs?: number;
  /** How long it may take to answer that. Default 5 s. */
  readonly answerMs?: number;
  /** Inserts in flight are given up, to be tried again, when it has not answered for this long. Default 60 s. */
  readonly lostMs?: number;
}

/** Its `start` resolves once the server has been looked for, whether it is there or not. */
export function createRemoteEngine(options: RemoteEngineOptions): Engine {
  const {log, pingMs = 1000, answerMs = 5000, lostMs = 60_000} = options;
  const url = new URL(options.url);
  const database = decodeURIComponent(url.pathname.slice(1)) || 'default';
  const cluster = url.searchParams.get('cluster') ?? undefined;
  url.pathname = '';
  url.search = '';
  const endpoint = {kind: 'url', url} as const;
  const client = createEngineClient(endpoint, database);
  const queries = createQueryClient(endpoint, database);
  let state: EngineState = {kind: 'stopped'};
  let stopping: AbortController | undefined;

  const listeners: (() => void)[] = [];
  const awayListeners: (() => void)[] = [];
  let awaySince: number | undefined;
  /** Aborts what waits for an answer that will not come: a server that lost its power never closes a connection. */
  let lost = new AbortController();

  const look = async (): Promise<void> => {
    try {
      const answer = await client.query({
        query: 'SELECT version() AS version',
        format: 'JSONEachRow',
        abort_signal: AbortSignal.timeout(answerMs),
      });
      const [row] = await answer.json<{version: string}>();
      awaySince = undefined;
      const wasReady = state.kind === 'ready';
      state = {kind: 'ready', version: row?.version ?? 'unknown'};
      if (wasReady) return;
      log.info({version: row?.version, host: url.host}, 'ClickHouse ready');
      for (const listener of listeners) listener();
    } catch (cause) {
      const error = explained(cause as Error, answerMs);
      if (state.kind !== 'unavailable') log.error({err: error, host: url.host}, 'ClickHouse unavailable, trying again');
      const known = state.kind === 'unavailable';
      state = {kind: 'unavailable', error};
      if (!known) for (const listener of awayListeners) listener();
      awaySince ??= performance.now();
      if (performance.now() - awaySince > lostMs) {
        lost.abort(error);
        lost = new AbortController();
        awaySince = performance.now();
      }
    }
  };

  const createDatabase = async (): Promise<void> => {
    if (database === 'default') return;
    const where = cluster === undefined ? '' : ` ON CLUSTER '${cluster}'`;
    const bare = createEngineClient(endpoint, 'default');
    try {
      await bare.command({
        query: `CREATE DATABASE IF NOT EXISTS \`${database}\`${where}`,
        abort_signal: AbortSignal.timeout(answerMs),
      });
    } finally {
      await bare.close();
    }
  };

  return {
    kind: 'clickhouse',
    database,
    cluster,
    endpoint,
    client,
    queries,
    get state() {
      return state;
    },
    onReady(listener) {
      listeners.push(listener);
    },
    onAway(listener) {
      awayListeners.push(listener);
    },
    async insertFile(table, path, token, signal, shape) {
      const values = createReadStream(path, {highWaterMark: 1024 * 1024});
      try {
        const {stream} = await client.exec({
          query: `INSERT INTO ${table} ${shape === undefined ? '' : fromInput(shape)}FORMAT Native`,
          values,
          clickhouse_settings: insertSettings(token),
          abort_signal: AbortSignal.any([signal, lost.signal]),
        });
        for await (const _ of stream); // nothing is said on success
      } finally {
        values.destroy(); // a connection that was refused leaves it open
      }
    },
    async start() {
      if (stopping) return;
      stopping = new AbortController();
      const {signal} = stopping;
      state = {kind: 'starting'};
      const lookForAll = async (): Promise<void> => {
        // The database first: a query that names an absent one fails.
        if ((state as EngineState).kind !== 'ready') await createDatabase().catch(() => {}); // `look` says why
        await look();
      };
      await lookForAll();
      void (async () => {
        while (!signal.aborted) {
          const wait = (state as EngineState).kind === 'ready' ? pingMs * 5 : pingMs;
          await delay(wait, undefined, {signal, ref: false}).catch(() => {}); // stopped meanwhile
          if (!signal.aborted) await lookForAll();
        }
      })();
    },
    async stop() {
      stopping?.abort();
      stopping = undefined;
      queries.close();
      await client.close();
      state = {kind: 'stopped'};
    },
  };
}

function fromInput(shape: InsertShape): string {
  const {target, selected, structure} = shapeSql(shape);
  return `${target} SELECT ${selected} FROM input(${quote(structure)}) `;
}

/** A query that was given up says only that it was aborted. */
function explained(error: Error, answerMs: number): Error {
  if (!/abort/i.test(error.message)) return error;
  return new Error(`it has not answered within ${answerMs / 1000} s`, {cause: error});
}
