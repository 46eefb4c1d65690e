/** A ClickHouse server or cluster that others run. */
import {createReadStream} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {Log} from '../base/index.ts';
import type {Engine, EngineState} from './engine.ts';
import {createEngineClient, insertSettings} from './engine-client.ts';

export interface RemoteEngineOptions {
  /** `http://user:password@host:8123/database?cluster=name`; the database is made where it does not exist. */
  readonly url: string;
  readonly log: Log;
  /** How often to look whether it is there. Default 1 s. */
  readonly pingMs?: number;
}

/** Its `start` waits for the server however long it takes: a sender is told to come back until then. */
export function createRemoteEngine(options: RemoteEngineOptions): Engine {
  const {log, pingMs = 1000} = options;
  const url = new URL(options.url);
  const database = decodeURIComponent(url.pathname.slice(1)) || 'default';
  const cluster = url.searchParams.get('cluster') ?? undefined;
  url.pathname = '';
  url.search = '';
  const endpoint = {kind: 'url', url} as const;
  const client = createEngineClient(endpoint, database);
  let state: EngineState = {kind: 'stopped'};
  let stopping: AbortController | undefined;

  const look = async (): Promise<void> => {
    try {
      const answer = await client.query({query: 'SELECT version() AS version', format: 'JSONEachRow'});
      const [row] = await answer.json<{version: string}>();
      if (state.kind !== 'ready') log.info({version: row?.version, host: url.host}, 'ClickHouse ready');
      state = {kind: 'ready', version: row?.version ?? 'unknown'};
    } catch (error) {
      if (state.kind !== 'unavailable') log.error({err: error, host: url.host}, 'ClickHouse unavailable, trying again');
      state = {kind: 'unavailable', error: error as Error};
    }
  };

  const createDatabase = async (): Promise<void> => {
    if (database === 'default') return;
    const where = cluster === undefined ? '' : ` ON CLUSTER '${cluster}'`;
    const bare = createEngineClient(endpoint, 'default');
    try {
      await bare.command({query: `CREATE DATABASE IF NOT EXISTS \`${database}\`${where}`});
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
    get state() {
      return state;
    },
    async insertFile(table, path, token, signal) {
      const {stream} = await client.exec({
        query: `INSERT INTO ${table} FORMAT Native`,
        values: createReadStream(path, {highWaterMark: 1024 * 1024}),
        clickhouse_settings: insertSettings(token),
        abort_signal: signal,
      });
      for await (const _ of stream); // nothing is said on success
    },
    async start() {
      if (stopping) return;
      stopping = new AbortController();
      const {signal} = stopping;
      state = {kind: 'starting'};
      while (!signal.aborted) {
        // The database first: a query that names an absent one fails.
        await createDatabase().catch(() => {}); // `look` says why
        await look();
        if ((state as EngineState).kind === 'ready') break;
        await delay(pingMs, undefined, {signal}).catch(() => {}); // stopped meanwhile
      }
      void (async () => {
        while (!signal.aborted) {
          await delay(pingMs * 5, undefined, {signal, ref: false}).catch(() => {}); // stopped meanwhile
          if (!signal.aborted) await look();
        }
      })();
    },
    async stop() {
      stopping?.abort();
      stopping = undefined;
      await client.close();
      state = {kind: 'stopped'};
    },
  };
}
