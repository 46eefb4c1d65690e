import {afterAll, describe, expect, test} from 'vitest';
import {maskSql, type SqlDialect} from './sql-mask.ts';
import {isMissing, sayMissing, startMysql} from './testing-servers.ts';

const server = await startMysql();
const skip = sayMissing(server);
afterAll(async () => {
  if (!isMissing(server)) await server.stop();
});

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const bits = [
  "''",
  '\\',
  '\\\\',
  "\\'",
  '\\"',
  '""',
  '--',
  '-- ',
  '/*',
  '*/',
  '$$',
  '$a$',
  '#',
  ' ',
  '\n',
  '?',
  "'",
  '"',
  '7',
];
const wraps: Readonly<Record<'postgres' | 'mysql', readonly [string, string][]>> = {
  postgres: [
    ["'", "'"],
    ["'", "'"],
    ["E'", "'"],
    ['$$', '$$'],
    ['$a$', '$a$'],
    ["U&'", "'"],
    ["N'", "'"],
    ['/*', '*/'],
    ['--', '\n'],
  ],
  mysql: [
    ["'", "'"],
    ["'", "'"],
    ['"', '"'],
    ["_utf8'", "'"],
    ["N'", "'"],
    ['/*', '*/'],
    ['-- ', '\n'],
    ['#', '\n'],
  ],
};
const gaps = [', ', ', ', ', ', ' ', '\n', ' /* , */ , ', ', 1 -- x\n, '];

/** A statement of literals and comments with marks in them, many of which a server takes. */
function statement(random: (below: number) => number, kind: keyof typeof wraps): string {
  let mark = 0;
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const body = (): string =>
    Array.from({length: 1 + random(4)}, () => (random(2) === 0 ? `ZQ${mark++}S` : pick(bits))).join('');
  const literals = Array.from({length: 1 + random(4)}, () => {
    const [open, close] = pick(wraps[kind]);
    const text = `${open}${body()}${close}`;
    return /^(?:\/\*|--|#)/.test(open) ? `${text} ${mark + 1_000}` : text;
  });
  return `SELECT ${literals.map((literal) => literal + pick(gaps)).join('')} 1`;
}

/** Values that the server read must not be in the masked text, for its dialect or for an unknown one. */
async function compare(
  seed: number,
  kind: keyof typeof wraps,
  dialect: SqlDialect,
  ask: (sql: string) => Promise<unknown[]>,
): Promise<number> {
  const random = randomFrom(seed);
  let marks = 0;
  for (let turn = 0; turn < 1_000; turn++) {
    const sql = statement(random, kind);
    const values = await ask(sql).catch(() => []);
    const masked = maskSql(sql, dialect);
    const unknown = maskSql(sql, 'unknown');
    for (const mark of String(values).match(/ZQ\d+S/g) ?? []) {
      marks++;
      expect(masked.includes(mark), `seed ${seed}: ${sql} → ${masked}`).toBe(false);
      expect(unknown.includes(mark), `seed ${seed}, unknown: ${sql} → ${unknown}`).toBe(false);
    }
  }
  return marks;
}

const seed = Number(process.env.WEFT_SEED ?? Date.now() % 1_000_000);

describe('maskSql against what a server reads as a value', () => {
  test.each(['on', 'off'])('maskSql: PostgreSQL, standard_conforming_strings %s', async (setting) => {
    const {PGlite} = await import('@electric-sql/pglite');
    const db = await PGlite.create();
    await db.query(`SET standard_conforming_strings = ${setting}`);
    const marks = await compare(seed, 'postgres', 'standard', async (sql) =>
      (await db.query<unknown[]>(sql, [], {rowMode: 'array'})).rows.flat(),
    );
    await db.close();
    expect(marks).toBeGreaterThan(200);
  });

  test.skipIf(skip).each(['', 'ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES'])(
    'maskSql: MariaDB, sql_mode "%s"',
    async (mode) => {
      if (isMissing(server)) return;
      const {createConnection} = await import('mysql2/promise');
      const {host, port} = server;
      const connection = await createConnection({host, port, user: 'weft', database: 'shop', rowsAsArray: true});
      await connection.query(`SET sql_mode = '${mode}'`);
      const marks = await compare(seed, 'mysql', 'mysql', async (sql) =>
        ((await connection.query(sql))[0] as unknown[][]).flat(),
      );
      await connection.end();
      expect(marks).toBeGreaterThan(200);
    },
  );
});
