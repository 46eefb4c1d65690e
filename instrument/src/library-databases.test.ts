import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {assertChildOf, assertNothingSensitive, captureSpans} from './testing/index.ts';
import {isMissing, type RealServer, sayMissing, startPglite, startPostgres, startRedis} from './testing-servers.ts';
import {traced} from './traced.ts';

const capture = captureSpans();
beforeEach(() => capture.clear());

const postgres = await startPostgres();
const redis = await startRedis();
const pglite = await startPglite();
afterAll(async () => {
  for (const server of [postgres, redis, pglite]) if (!isMissing(server)) await server.stop();
});

describe.each([
  ['PGlite', pglite],
  ['PostgreSQL', postgres],
])('pg against %s', (_name, server) => {
  const skip = sayMissing(server);
  let pool: import('pg').Pool;
  beforeAll(async () => {
    if (isMissing(server)) return;
    const {default: pg} = await import('pg');
    const {host, port} = server;
    pool = new pg.Pool({host, port, user: 'postgres', password: 'x', database: 'postgres', max: 1});
    await pool.query('CREATE TABLE customers (id int, mail text)');
  });
  afterAll(() => pool?.end());

  test.skipIf(skip)('a query is a child with its statement, without its literals', async () => {
    await traced('request', async () => {
      await pool.query("INSERT INTO customers VALUES (7, 'ann@example.com')");
      const {rows} = await pool.query('SELECT id FROM customers WHERE mail = $1', ['ann@example.com']);
      expect(rows).toEqual([{id: 7}]);
    });
    const queries = capture.all(({kind, attributes}) => kind === 'client' && attributes['db.query.text'] !== undefined);
    expect(queries.map(({attributes}) => attributes['db.query.text'])).toEqual([
      'INSERT INTO customers VALUES (?)',
      'SELECT id FROM customers WHERE mail = $1',
    ]);
    for (const query of queries) {
      expect(query.attributes['db.system.name']).toBe('postgresql');
      assertChildOf(query, capture.one('request'));
    }
    assertNothingSensitive(capture.spans);
  });

  test.skipIf(skip)('a failing query says so', async () => {
    await expect(pool.query('SELECT nothing_here')).rejects.toThrow('nothing_here');
    const failed = capture.one(({attributes}) => attributes['db.query.text'] === 'SELECT nothing_here');
    expect(failed.status).toBe('error');
  });
});

describe('Redis', () => {
  const skip = sayMissing(redis);

  test.skipIf(skip)('ioredis', async () => {
    const {Redis} = await import('ioredis');
    const {host, port} = redis as RealServer;
    const client = new Redis(port, host);
    await traced('request', async () => {
      await client.set('stock:7', '3');
      expect(await client.get('stock:7')).toBe('3');
    });
    await client.quit();
    const commands = capture.spans.filter(({parentSpanId}) => parentSpanId === capture.one('request').spanId);
    expect(commands.map(({name, kind}) => [name.toLowerCase(), kind])).toEqual([
      ['set', 'client'],
      ['get', 'client'],
    ]);
    expect(JSON.stringify(commands.map(({attributes}) => attributes))).toMatch(/redis/);
  });

  test.skipIf(skip)('redis', async () => {
    const {createClient} = await import('redis');
    const {host, port} = redis as RealServer;
    const client = createClient({socket: {host, port}});
    await client.connect();
    await traced('request', async () => {
      await client.set('stock:8', '4');
      expect(await client.get('stock:8')).toBe('4');
    });
    await client.close();
    const commands = capture.spans.filter(({parentSpanId}) => parentSpanId === capture.one('request').spanId);
    expect(commands.map(({name}) => name.toLowerCase()).join()).toMatch(/set.*get/);
  });
});
