/** A service's connections to PostgreSQL. */
import {setTimeout as sleep} from 'node:timers/promises';
import pg from 'pg';
import type {Logger} from 'pino';
import {ShopError} from './errors.ts';

export interface DatabaseOptions {
  readonly url: string;
  readonly maximumConnections: number;
  /** Settings of the server for these connections: `{deadlock_timeout: '5s'}`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly log: Logger;
}

/** A pool that gives up waiting for a connection after 3 s and for an answer after 8 s. */
export function createPool({url, maximumConnections, settings = {}, log}: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: maximumConnections,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: 8_000,
  });
  pool.on('error', (error) => log.warn({err: error}, 'an idle database connection was lost'));
  return pool;
}

/** Whether the URL's user may change settings that ordinary users may not. */
export async function isSuperuser(url: string): Promise<boolean> {
  const client = new pg.Client({connectionString: url, connectionTimeoutMillis: 3_000});
  await client.connect();
  try {
    const {rows} = await client.query("SELECT current_setting('is_superuser') AS answer");
    return (rows as {answer: string}[])[0]?.answer === 'on';
  } finally {
    await client.end();
  }
}

/** Runs `work` between BEGIN and COMMIT on one connection; ROLLBACK when it throws. */
export async function transaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((lost: Error) => {
      broken = lost;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

export interface RestartingPool {
  query(text: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  /** Cuts every connection, in use or not, and takes new ones after a few seconds; queries fail meanwhile. */
  restart(): Promise<void>;
  /** The same without a failure: new connections are there first, and the old ones close once nobody uses them. */
  renew(): Promise<void>;
  end(): Promise<void>;
}

const restartMilliseconds = 4_000;

/** A pool that a job can restart while queries run on it. Failures are the service's `unavailable`. */
export function createRestartingPool(options: DatabaseOptions): RestartingPool {
  let pool = createPool(options);
  const clients = new Set<pg.PoolClient>();
  const watch = (): void => {
    pool.on('connect', (client) => clients.add(client));
    pool.on('remove', (client) => clients.delete(client));
  };
  watch();
  return {
    query: async (text, values) => {
      try {
        return await pool.query(text, values === undefined ? [] : [...values]);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new ShopError('unavailable', `the payment database is not available: ${message}`, {cause: error});
      }
    },
    restart: async () => {
      const old = pool;
      const ended = old.end();
      for (const client of clients)
        (client as unknown as {connection: {stream: {destroy(): void}}}).connection.stream.destroy();
      await Promise.all([ended, sleep(restartMilliseconds)]);
      pool = createPool(options);
      watch();
    },
    renew: async () => {
      const old = pool;
      pool = createPool(options);
      clients.clear();
      watch();
      await old.end();
    },
    end: () => (pool.ended ? Promise.resolve() : pool.end()),
  };
}
