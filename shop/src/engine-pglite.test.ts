import pg from 'pg';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startPglite} from './engine-pglite.ts';
import type {Engine} from './engine-postgres.ts';

let engine: Engine;
let pool: pg.Pool;

beforeAll(async () => {
  engine = await startPglite();
  pool = new pg.Pool({connectionString: engine.url, max: 10});
  await pool.query('CREATE TABLE counters (name text PRIMARY KEY, value integer NOT NULL)');
});
afterAll(async () => {
  await pool.end();
  await engine.close();
});

test('PGlite engine: statements of many connections at once do not mix', async () => {
  const answers = await Promise.all(
    Array.from({length: 200}, async (_, index) => {
      const {rows} =
        index % 2 === 0
          ? await pool.query('SELECT $1::integer AS a', [index])
          : await pool.query('SELECT $1::text AS a, $2::text AS b', [index, 'b']);
      return Number(rows[0].a);
    }),
  );
  expect(answers).toEqual([...Array(200).keys()]);
});

test('PGlite engine: a transaction has the database to itself, and other connections go on after it', async () => {
  await pool.query("INSERT INTO counters VALUES ('a', 0)");
  const add = async (): Promise<void> => {
    const client = await pool.connect();
    await client.query('BEGIN');
    const {rows} = await client.query("SELECT value FROM counters WHERE name = 'a'");
    await client.query("UPDATE counters SET value = $1 WHERE name = 'a'", [rows[0].value + 1]);
    await client.query('COMMIT');
    client.release();
  };
  await Promise.all(Array.from({length: 20}, add));
  expect((await pool.query("SELECT value FROM counters WHERE name = 'a'")).rows).toEqual([{value: 20}]);
});

test('PGlite engine: the transaction of a client that disconnects is rolled back', async () => {
  const client = new pg.Client(engine.url);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN');
  await client.query("INSERT INTO counters VALUES ('lost', 1)");
  (client as unknown as {connection: {stream: {destroy(): void}}}).connection.stream.destroy();
  expect((await pool.query("SELECT value FROM counters WHERE name = 'lost'")).rows).toEqual([]);
});

test('PGlite engine: a failed statement is an error for its sender only', async () => {
  const [bad, good] = await Promise.allSettled([pool.query('SELECT nonsense'), pool.query('SELECT 1 AS one')]);
  expect(bad).toMatchObject({status: 'rejected', reason: {code: '42703'}});
  expect(good).toMatchObject({status: 'fulfilled', value: {rows: [{one: 1}]}});
});
