import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import type {CapturedSpan} from './testing/captured.ts';
import {assertChildOf} from './testing/index.ts';
import {exportEverything, sentinel} from './testing-exported.ts';
import {isMissing, sayMissing, startPglite, startPostgres} from './testing-servers.ts';
import {traced} from './traced.ts';

const exported = await exportEverything();
const postgres = await startPostgres();
const pglite = await startPglite();
const {default: pg} = await import('pg');
const {default: Cursor} = await import('pg-cursor');
const {default: QueryStream} = await import('pg-query-stream');
afterAll(async () => {
  for (const server of [postgres, pglite]) if (!isMissing(server)) await server.stop();
  await exported.stop();
});

const schema = `
  CREATE TABLE customers (id int PRIMARY KEY, mail text UNIQUE, name varchar(3), age int NOT NULL CHECK (age < 200));
  CREATE TABLE orders (id int, customer int REFERENCES customers, at timestamptz, mood text);
  INSERT INTO customers VALUES (1, '${sentinel}', 'Ann', 40), (2, 'b', 'Bob', 50);
  CREATE FUNCTION fail(said text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'no %', said USING DETAIL = said, HINT = said, TABLE = said, CONSTRAINT = said, COLUMN = said, ERRCODE = '23505';
  END $$;
  CREATE FUNCTION plain(said text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', said; END $$;
`;

/** Statements whose failure, as PostgreSQL tells it, quotes a value. */
const failing: readonly [code: string, sql: string, values: unknown[]][] = [
  ['23505', 'INSERT INTO customers VALUES (3, $1, $2, 1)', [sentinel, 'x']],
  ['23502', 'INSERT INTO customers VALUES (4, $1, null, null)', [sentinel]],
  ['23514', 'INSERT INTO customers VALUES (5, $1, null, 300)', [`${sentinel}2`]],
  ['23503', 'INSERT INTO orders VALUES (1, 77, null, $1)', [sentinel]],
  ['22001', 'INSERT INTO customers VALUES (6, $1, $2, 1)', ['c', sentinel]],
  ['22P02', 'SELECT $1::int', [sentinel]],
  ['22P02', 'SELECT * FROM customers WHERE id = $1', [sentinel]],
  ['22P02', 'SELECT $1::uuid', [sentinel]],
  ['22P02', 'SELECT $1::jsonb', [`{${sentinel}`]],
  ['22P02', 'SELECT $1::int[]', [sentinel]],
  ['22P02', 'SELECT $1::boolean', [sentinel]],
  ['22007', 'SELECT $1::timestamptz', [sentinel]],
  ['2201B', "SELECT 'a' ~ $1", [`(${sentinel}`]],
  ['22023', 'SELECT set_config($1, $2, false)', ['work_mem', sentinel]],
  ['22P02', `SELECT '${sentinel}'::int`, []],
  ['22P02', `SELECT E'${sentinel}\\'${sentinel}'::int /* ${sentinel} /* ${sentinel} */ ${sentinel} */`, []],
  ['22P02', `SELECT $x$${sentinel}$x$::int -- ${sentinel}`, []],
  ['42601', `SELECT 1 '${sentinel}' '${sentinel}'`, []],
  ['22P02', `SELECT\n'${sentinel}'::int`, []],
  ['22P02', `select'${sentinel}'::int`, []],
  ['23505', 'SELECT fail($1)', [sentinel]],
  ['P0001', 'SELECT plain($1)', [sentinel]],
];

describe.each([
  ['PGlite', pglite],
  ['PostgreSQL', postgres],
])('pg against %s', (name, server) => {
  const skip = sayMissing(server);
  let client: import('pg').Client;
  let fresh: CapturedSpan[] = [];
  const queries = async (): Promise<CapturedSpan[]> => {
    fresh = await exported.spans();
    return fresh.filter(({attributes}) => attributes['db.query.text'] !== undefined);
  };
  beforeAll(async () => {
    if (isMissing(server)) return;
    const {host, port} = server;
    client = new pg.Client({host, port, user: 'postgres', password: 'x', database: 'postgres'});
    await client.connect();
    await client.query(schema);
  });
  beforeEach(() => exported.spans());
  afterAll(() => client?.end());

  test.skipIf(skip)(`pg, ${name}: no failure tells a value, whatever its kind and however it was asked`, async () => {
    const ways: ((sql: string, values: unknown[]) => Promise<unknown>)[] = [
      (sql, values) => client.query(sql, values),
      (text, values) => client.query({text, values}),
      (sql, values) =>
        new Promise((resolve, reject) =>
          client.query(sql, values, (error, result) => (error ? reject(error) : resolve(result))),
        ),
      async (sql, values) => {
        const cursor = client.query(new Cursor(sql, values));
        await cursor.read(1);
      },
      async (sql, values) => {
        for await (const _row of client.query(new QueryStream(sql, values)));
      },
    ];
    for (const ask of ways) {
      for (const [code, sql, values] of failing) {
        const error = await traced('request', () => ask(sql, values)).then(
          () => undefined,
          (reason: Error) => reason,
        );
        expect(error, sql).toMatchObject({code});
      }
    }
    const asked = await queries();
    expect(asked).toHaveLength(ways.length * failing.length);
    expect(asked.map(({attributes}) => attributes['db.response.status_code'])).toEqual(
      ways.flatMap(() => failing.map(([code]) => code)),
    );
    for (const {statusMessage, status, attributes} of asked) {
      expect(status).toBe('error');
      expect(statusMessage, String(attributes['error.type'])).not.toBe('');
    }
    const parents = fresh.filter((span) => span.name === 'request');
    expect(parents.map(({statusMessage}) => statusMessage)).toEqual(asked.map(({statusMessage}) => statusMessage));
    expect(asked[0]!.statusMessage).toBe('duplicate key value violates unique constraint "customers_mail_key"');
    expect(asked.find(({attributes}) => attributes['error.type'] === '22P02')!.statusMessage).toBe(
      'invalid text representation',
    );
    await exported.expectNoSentinel();
  });

  test.skipIf(skip)(`pg, ${name}: an error on its way through code that wraps it tells no value`, async () => {
    const wrapped = traced('request', () =>
      client.query('SELECT $1::int', [sentinel]).catch((cause: Error) => {
        throw new Error(`no order: ${cause.message}`, {cause});
      }),
    );
    await expect(wrapped).rejects.toThrow(sentinel);
    await queries();
    expect(fresh.find((span) => span.name === 'request')?.statusMessage).toBe('no order: invalid text representation');
    await exported.expectNoSentinel();
  });

  test.skipIf(skip)(`pg, ${name}: a cursor is one span, from the query until its last row or its close`, async () => {
    await traced('request', async () => {
      const cursor = client.query(new Cursor('SELECT * FROM customers WHERE id < $1', [9]));
      expect(await cursor.read(1)).toHaveLength(1);
      expect(await queries()).toEqual([]); // Still open.
      expect(await cursor.read(10)).toHaveLength(1);
      const closed = client.query(new Cursor('SELECT * FROM orders'));
      await closed.close();
    });
    const spans = await queries();
    const [request] = fresh.filter((span) => span.name === 'request');
    expect(spans.map((span) => [span.attributes['db.query.text'], span.name, span.status])).toEqual([
      ['SELECT * FROM customers WHERE id < $1', 'pg.query:SELECT postgres', 'unset'],
      ['SELECT * FROM orders', 'pg.query:SELECT postgres', 'unset'],
    ]);
    for (const span of spans) assertChildOf(span, request!);
  });

  test.skipIf(skip)(`pg, ${name}: a query stream is one span, read to its end or left`, async () => {
    await traced('request', async () => {
      const rows: unknown[] = [];
      for await (const row of client.query(new QueryStream('SELECT generate_series(1, 250)'))) rows.push(row);
      expect(rows).toHaveLength(250);
      for await (const _row of client.query(new QueryStream('SELECT generate_series(1, 999)'))) break;
    });
    await client.query('SELECT 1');
    const spans = await queries();
    expect(spans.map((span) => span.attributes['db.query.text'])).toEqual([
      'SELECT generate_series(?)',
      'SELECT generate_series(?)',
      'SELECT ?',
    ]);
  });

  test.skipIf(skip)(`pg, ${name}: pg's own Query object is a span, and its callback is called once`, async () => {
    const results = await new Promise<unknown[]>((resolve) => {
      const seen: unknown[] = [];
      client.query(
        new pg.Query('SELECT 7 AS n', (error: unknown, result: unknown) => seen.push(error, result)) as never,
      );
      client.query('SELECT 8', () => resolve(seen));
    });
    expect(results).toMatchObject([null, {rows: [{n: 7}]}]);
    expect(await queries()).toHaveLength(2);
  });

  test.skipIf(skip)(`pg, ${name}: the caller's query object is not written into, and keeps its callback`, async () => {
    let calls = 0;
    const callback = (): void => void calls++;
    const config = Object.freeze({text: 'SELECT $1::int AS n', values: Object.freeze([7]) as never, callback});
    client.query(config as never);
    client.query(config as never);
    await client.query('SELECT 1');
    expect(calls).toBe(2);
    expect(config.callback).toBe(callback);
    expect(await queries()).toHaveLength(3);
  });

  test.skipIf(skip)(`pg, ${name}: a prepared statement's name names its span`, async () => {
    await client.query({name: 'find-customer', text: 'SELECT * FROM customers WHERE id = $1', values: [1]});
    expect((await queries())[0]).toMatchObject({
      name: 'pg.query:find-customer postgres',
      attributes: {'db.system.name': 'postgresql', 'db.postgresql.plan': 'find-customer', 'db.namespace': 'postgres'},
    });
  });
});

test('pg: a connection that is refused tells neither user nor password', async () => {
  const nobody = new pg.Client({host: '127.0.0.1', port: 1, user: sentinel, password: sentinel, database: 'x'});
  await expect(traced('request', () => nobody.connect())).rejects.toThrow('ECONNREFUSED');
  if (!isMissing(postgres)) {
    const unknown = new pg.Client({host: postgres.host, port: postgres.port, user: sentinel, database: 'postgres'});
    await expect(traced('request', () => unknown.connect())).rejects.toThrow(sentinel);
  }
  const failed = (await exported.spans()).filter(({name, status}) => name === 'pg.connect' && status === 'error');
  expect(failed[0]?.statusMessage).toBe('ECONNREFUSED');
  if (!isMissing(postgres)) expect(failed[1]?.statusMessage).toBe('invalid authorization specification');
  await exported.expectNoSentinel();
});
