import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import type {CapturedSpan} from './testing/captured.ts';
import {assertChildOf} from './testing/index.ts';
import {exportEverything, sentinel} from './testing-exported.ts';
import {isMissing, sayMissing, startMysql} from './testing-servers.ts';
import {traced} from './traced.ts';

const exported = await exportEverything();
const server = await startMysql();
const skip = sayMissing(server);
afterAll(async () => {
  if (!isMissing(server)) await server.stop();
  await exported.stop();
});

/** Statements whose failure, as MySQL tells it, quotes a value. */
const failing: readonly [code: string, sql: string, values: unknown[]][] = [
  ['ER_DUP_ENTRY', 'INSERT INTO customers VALUES (3, ?, 1)', [sentinel]],
  ['ER_DATA_TOO_LONG', 'INSERT INTO customers VALUES (4, ?, 1)', [sentinel.repeat(9)]],
  ['ER_TRUNCATED_WRONG_VALUE_FOR_FIELD', 'INSERT INTO customers VALUES (5, ?, ?)', ['x', sentinel]],
  ['ER_SIGNAL_EXCEPTION', 'CALL fail(?)', [sentinel]],
  ['ER_PARSE_ERROR', `SELEC '${sentinel}'`, []],
  ['ER_PARSE_ERROR', `SELECT "${sentinel}" '${sentinel}' x y`, []],
  ['ER_PARSE_ERROR', `SELECT 'it\\'s ${sentinel}' x y # ${sentinel}`, []],
  ['ER_PARSE_ERROR', `SELECT 1 -- ${sentinel}\n x y /* ${sentinel} */ z`, []],
];

describe('mysql2 against MariaDB', () => {
  let connection: import('mysql2/promise').Connection;
  let options: {host: string; port: number; user: string; database: string};
  let fresh: CapturedSpan[] = [];
  const queries = async (): Promise<CapturedSpan[]> => {
    fresh = await exported.spans();
    return fresh.filter(({attributes}) => attributes['db.system.name'] === 'mysql');
  };
  beforeAll(async () => {
    if (isMissing(server)) return;
    options = {host: server.host, port: server.port, user: 'weft', database: 'shop'};
    const {createConnection} = await import('mysql2/promise');
    connection = await createConnection(options);
    await connection.query('CREATE TABLE customers (id int PRIMARY KEY, mail varchar(20) UNIQUE, age int)');
    await connection.query(`INSERT INTO customers VALUES (1, '${sentinel}', 40), (2, 'b', 50)`);
    await connection.query("CREATE PROCEDURE fail(said text) SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = said");
  });
  beforeEach(() => exported.spans());
  afterAll(() => connection?.end());

  test.skipIf(skip)('mysql2: a query is a child with its statement, without its literals and parameters', async () => {
    await traced('request', async () => {
      await connection.query(`SELECT * FROM customers WHERE mail = "${sentinel}" OR id IN (1, 2)`);
      await connection.query('SELECT * FROM customers WHERE mail = ?', [sentinel]);
      await connection.execute('SELECT * FROM customers WHERE mail = ?', [sentinel]);
    });
    const spans = await queries();
    expect(spans.map(({name, attributes}) => [name, attributes['db.query.text']])).toEqual([
      ['SELECT shop', 'SELECT * FROM customers WHERE mail = ? OR id IN (?)'],
      ['SELECT shop', 'SELECT * FROM customers WHERE mail = ?'],
      ['SELECT shop', 'SELECT * FROM customers WHERE mail = ?'],
    ]);
    for (const span of spans) assertChildOf(span, fresh.find(({name}) => name === 'request')!);
    await exported.expectNoSentinel();
  });

  test.skipIf(skip)('mysql2: no failure tells a value, whatever its kind and however it was asked', async () => {
    const {createConnection, createPool} = await import('mysql2');
    const [plain, pool] = [createConnection(options), createPool(options)];
    const ways: ((sql: string, values: unknown[]) => Promise<unknown>)[] = [
      (sql, values) => connection.query(sql, values),
      (sql, values) => connection.execute(sql, values as never),
      (sql, values) => pool.promise().query(sql, values),
      (sql, values) =>
        new Promise((resolve, reject) =>
          plain.query({sql, values}, (error, rows) => (error ? reject(error) : resolve(rows))),
        ),
      (sql, values) =>
        new Promise((resolve, reject) =>
          plain
            .query(sql, values)
            .once('error', reject)
            .once('end', () => resolve(0)),
        ),
      async (sql, values) => {
        for await (const _row of plain.query(sql, values).stream());
      },
      (sql, values) =>
        new Promise((resolve, reject) =>
          pool
            .query(sql, values)
            .once('error', reject)
            .once('end', () => resolve(0)),
        ),
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
    plain.destroy();
    await pool.promise().end();
    const spans = await queries();
    expect(spans.map(({attributes}) => attributes['error.type'])).toEqual(
      ways.flatMap(() => failing.map(([code]) => code)),
    );
    expect(spans[0]!.statusMessage).toBe('ER_DUP_ENTRY (1062, SQLSTATE 23000)');
    const parents = fresh.filter(({name}) => name === 'request');
    expect(parents.map(({statusMessage}) => statusMessage)).toEqual(spans.map(({statusMessage}) => statusMessage));
    await exported.expectNoSentinel();
  });

  test.skipIf(skip)('mysql2: an error event that nobody handles is thrown as without instrumentation', async () => {
    const {createConnection} = await import('mysql2');
    const plain = createConnection(options);
    const others = process.listeners('uncaughtException');
    for (const other of others) process.off('uncaughtException', other);
    const caught = new Promise((resolve) => process.once('uncaughtException', resolve));
    plain.query('SELEC 1');
    expect(await caught).toMatchObject({code: 'ER_PARSE_ERROR'});
    for (const other of others) process.on('uncaughtException', other);
    plain.destroy();
  });
});
