/** A service's connections to PostgreSQL. */
import pg from 'pg';
import type {Logger} from 'pino';

export interface DatabaseOptions {
  readonly url: string;
  readonly maximumConnections: number;
  readonly log: Logger;
}

/** A pool that gives up waiting for a connection after 3 s and for an answer after 8 s. */
export function createPool({url, maximumConnections, log}: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: maximumConnections,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: 8_000,
  });
  pool.on('error', (error) => log.warn({err: error}, 'an idle database connection was lost'));
  return pool;
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
