import {describe, expect, test} from 'vitest';
import {maskQuery} from './query-mask.ts';
import {maskSql, type SqlDialect} from './sql-mask.ts';
import {sentinel} from './testing-exported.ts';

describe('maskSql: what the dialects do not agree on', () => {
  test.each<[SqlDialect, string, string]>([
    ['standard', `SELECT "Col" FROM t WHERE a = 'x'`, 'SELECT "Col" FROM t WHERE a = ?'],
    [
      'mysql',
      'SELECT `Col` FROM t WHERE a = "x" AND b = "it\\\\" AND c = 7',
      'SELECT `Col` FROM t WHERE a = ? AND b = ? AND c = ?',
    ],
    ['mysql', 'SELECT 1 # secret\n, 2 -- secret\n, 5--3', 'SELECT ? , ? , ?--?'],
    ['unknown', `SELECT "Col" FROM t WHERE a = 'x'`, 'SELECT ? FROM t WHERE a = ?'],
    ['unknown', 'SELECT 1 # either', 'SELECT ? ?'],
    ['unknown', "SELECT 5--'either", 'SELECT ??'],
    ['standard', "SELECT '\\' secret ', 1 FROM t", 'SELECT ?'],
    ['mysql', "SELECT 'it\\'s secret', 1 FROM t", 'SELECT ?'],
    ['standard', "SELECT 'C:\\\\', 'b' FROM t", 'SELECT ?, ? FROM t'],
    ['standard', 'SELECT 1 /* a /* nested */ secret */ FROM t', 'SELECT ? ?'],
    ['standard', 'SELECT 1 /* plain */ FROM t', 'SELECT ? FROM t'],
  ])('maskSql, %s: %s', (dialect, sql, masked) => expect(maskSql(sql, dialect)).toBe(masked));

  test('maskSql: a value stays hidden in every quoting of every dialect, cut off anywhere', () => {
    const s = sentinel;
    const statements: Readonly<Record<SqlDialect, readonly string[]>> = {
      standard: [`SELECT '${s}', E'\\'${s}', $$${s}$$, $a$ $$ ${s}$a$, U&'${s}', N'${s}' /* ${s} */ -- ${s}\n, "c"`],
      mysql: [`SELECT '${s}', "${s}", '\\'${s}', "\\"${s}", _utf8'${s}', X'${s}' /* ${s} */ # ${s}\n -- ${s}\n, \`c\``],
      unknown: [`SELECT '${s}', "${s}", '\\'${s}' /* ${s} */ -- ${s}\n, 1`, `SELECT 1 --${s}`, `SELECT 1 #${s}`],
    };
    for (const dialect of ['standard', 'mysql', 'unknown'] as const) {
      for (const sql of statements[dialect]) {
        for (let end = 1; end <= sql.length; end++) {
          expect(maskSql(sql.slice(0, end), dialect)).not.toMatch(/SENT|Zq/);
        }
      }
    }
  });

  test.each<SqlDialect>(['standard', 'mysql', 'unknown'])(
    'maskSql, %s: long and hostile input in linear time',
    (dialect) => {
      for (const part of ["'x', ", '\\', '\\\\', '/*', "''", '"', '$$', '--', '# ', "'\\"]) {
        const sql = `SELECT ${part.repeat(100_000)}`;
        expect(maskSql(sql, dialect).length).toBeLessThanOrEqual(sql.length);
      }
    },
  );
});

describe('maskQuery: a query in the language of its database', () => {
  test.each<[unknown, string, string]>([
    ['postgresql', `SELECT "a" WHERE b = 'x'`, 'SELECT "a" WHERE b = ?'],
    ['mysql', `SELECT a WHERE b = "x"`, 'SELECT a WHERE b = ?'],
    ['sqlite', `SELECT a WHERE b = "x"`, 'SELECT a WHERE b = ?'],
    [undefined, `SELECT a WHERE b = "x"`, 'SELECT a WHERE b = ?'],
    ['redis', 'SET stock:7 secret', 'SET stock:7 ?'],
    ['valkey', 'EVAL code 0 secret', 'EVAL ? ? ?'],
    ['mongodb', '{"find":"u","filter":{"mail":"secret"}}', '{"find":"?","filter":{"mail":"?"}}'],
    ['mongodb', '{"find":"u","fil', '?'],
    ['elasticsearch', '{"query":{"match":{"mail":"secret"}}}', '{"query":{"match":{"mail":"?"}}}'],
    ['memcached', 'add key secret', 'add'],
    ['memcached', 'get secret', 'get'],
    [undefined, 'secret@example.com', '?'],
    [undefined, 'GET secret', 'GET'],
  ])('maskQuery, %s: %s', (system, text, masked) => expect(maskQuery(text, system)).toBe(masked));
});
