import {expect, test} from 'vitest';
import {readStatement} from './sql.ts';

const read = (text: string): unknown => {
  try {
    const {kind, format, placeholders, insert} = readStatement(text);
    return [
      kind,
      format,
      placeholders.map(({name}) => name).join(),
      insert && [
        ...[insert.head, insert.columns, insert.format, text.slice(insert.dataStart)],
        ...(insert.input ? [insert.input.structure, text.slice(insert.input.start, insert.input.end)] : []),
      ],
    ];
  } catch (error) {
    return (error as Error).message;
  }
};
const several = 'Syntax error (Multi-statements are not allowed)';

test.each<[string, unknown]>([
  ['SELECT 1', ['select', undefined, '', undefined]],
  ['  -- why\n/* ; */ SELECT 1 ;  -- done', ['select', undefined, '', undefined]],
  ['SELECT {a:String}, {b : Array(UInt8)} FORMAT Native', ['select', 'Native', 'a,b', undefined]],
  ["SELECT '{a:String}', {'k':1}, \"{b:Int8}\"", ['select', undefined, '', undefined]],
  ["SELECT 'it''s; \\'; ' FORMAT CSV SETTINGS max_threads=1", ['select', 'CSV', '', undefined]],
  ['WITH x AS (SELECT 1 FORMAT TSV) SELECT * FROM x', ['select', undefined, '', undefined]],
  ["SELECT $tag$ ; ' $tag$", ['select', undefined, '', undefined]],
  ['SELECT 1; SELECT 2', several],
  ['INSERT INTO t SELECT 1; DROP TABLE t', several],
  ['', 'Syntax error: Empty query'],
  ['-- nothing', 'Syntax error: Empty query'],
  ["SELECT 'open", "Syntax error: a quote ' does not close"],
  ['SET a = 1', ['session', undefined, '', undefined]],
  ['CREATE TABLE t (format String) ENGINE = Memory', ['other', undefined, '', undefined]],
  ['INSERT INTO t FORMAT Native', ['insert', undefined, '', ['INSERT INTO t', undefined, 'Native', '']]],
  [
    'INSERT INTO d.t (a, `b)`) FORMAT CSV\n1\n\nDROP',
    ['insert', undefined, '', ['INSERT INTO d.t (a, `b)`)', 'a, `b)`', 'CSV', '1\n\nDROP']],
  ],
  ['INSERT INTO t (a) VALUES (1); x', ['insert', undefined, '', ['INSERT INTO t (a)', 'a', 'Values', '(1); x']]],
  [
    'INSERT INTO t SETTINGS x=1 FORMAT TSV  1',
    ['insert', undefined, '', ['INSERT INTO t SETTINGS x=1', undefined, 'TSV', '1']],
  ],
  [
    "INSERT INTO t (a, b) SELECT a, 7 FROM input('a UInt8') FORMAT Native\nab;c",
    [
      'insert',
      undefined,
      '',
      [
        "INSERT INTO t (a, b) SELECT a, 7 FROM input('a UInt8')",
        'a, b',
        'Native',
        'ab;c',
        "'a UInt8'",
        "input('a UInt8')",
      ],
    ],
  ],
  ['INSERT INTO t SELECT input FROM input FORMAT CSV', ['insert', 'CSV', '', undefined]],
  ['INSERT INTO t (a) SELECT 1 FORMAT CSV', ['insert', 'CSV', '', undefined]],
])('engine SQL: %s', (text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each<[string, boolean]>([
  ['SELECT a FROM t WHERE b = 1 ORDER BY c LIMIT 1', true],
  ['SELECT t.a FROM d.t AS t JOIN u USING (k)', true],
  ['SELECT number FROM numbers(10)', true],
  ["SELECT 'SELECT' FROM t", true],
  ['SELECT count() FROM (SELECT 1)', false],
  ['SELECT (SELECT 1)', false],
  ['SELECT 1 UNION ALL SELECT 2', false],
  ["SELECT * FROM url('http://slow/')", false],
  ["SELECT * FROM t JOIN file('x') ON 1", false],
  ['WITH (SELECT 1) AS x SELECT x', false],
  ['SHOW TABLES', false],
])('%s plain: %s', (text, expected) => {
  expect(readStatement(text).plain).toBe(expected);
});
