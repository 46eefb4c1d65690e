/**
 * PGlite (PostgreSQL compiled to WebAssembly) behind PostgreSQL's protocol, where the packaged server does not run.
 * One engine session serves every connection: statements of different connections never run at the same time.
 */
import {PGlite} from '@electric-sql/pglite';
import {PGLiteSocketServer} from '@electric-sql/pglite-socket';
import {type Engine, freePort} from './engine-postgres.ts';

export async function startPglite(): Promise<Engine> {
  const db = await PGlite.create();
  const port = await freePort();
  const server = new PGLiteSocketServer({db, port, host: '127.0.0.1', maxConnections: 40});
  await server.start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
    description: 'PGlite in place of a PostgreSQL server (one session for all connections)',
    close: async () => {
      await server.stop();
      await db.close();
    },
  };
}
