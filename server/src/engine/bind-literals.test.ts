import {expect, test} from 'vitest';
import {bindLiterals} from './bind-literals.ts';
import {readStatement} from './sql.ts';

const bound = (sql: string, parameters: Record<string, string>): string | undefined => {
  const {text, parameters: left} = bindLiterals(readStatement(sql), parameters);
  return Object.keys(left).length === 0 ? text : undefined;
};

test.each<[string, string, string]>([
  ['{v:String}', 'a', `'a'`],
  ['{v:String}', '', `''`],
  ['{v:String}', String.raw`it\'s \\ \t\n\r`, String.raw`'it\'s \\ \t\n\r'`],
  ['{v:String}', '{v:String} /* 漢', `'{v:String} /* 漢'`],
  ['f({v: Int64 }, {v:UInt8})', '-1', `f(CAST(-1, 'Int64'), CAST(-1, 'UInt8'))`],
  ['{v:Array(String)}', String.raw`['a\'','']`, String.raw`CAST(['a\'',''], 'Array(String)')`],
  ['{v:Array(String)}', '[]', `CAST([], 'Array(String)')`],
  ['{v:Array(UInt32)}', '[1,2]', `CAST([1,2], 'Array(UInt32)')`],
  [`'{v:String}' || {v:String}`, 'a', `'{v:String}' || 'a'`],
])('bound parameters: %s of %s is a literal', (sql, value, expected) => {
  expect(bound(`SELECT ${sql}`, {v: value})).toBe(`SELECT ${expected}`);
});

test.each<[string, string]>([
  // What is no text in TabSeparated, or another one than in SQL.
  ['String', `a' OR '1`],
  ['String', String.raw`a\' OR \b`],
  ['String', String.raw`\N`],
  ['String', 'a\\'],
  ['String', 'a\tb'],
  ['String', 'a\0b'],
  ['String', 'x'.repeat(20_000)],
  ['Int64', '1) OR (1'],
  ['Int64', '9223372036854775807'],
  ['Array(String)', `['a', 'b']`],
  ['Array(String)', `['a'],('b']`],
  ['Array(UInt32)', '[1,2)]'],
  // Types whose texts ClickHouse reads by rules of their own.
  ['Float64', '0.1'],
  ['Nullable(String)', 'a'],
  ['Identifier', 'a'],
])('bound parameters: a %s of %s is left for ClickHouse to read', (type, value) => {
  expect(bound(`SELECT {v:${type}}, {w:String}`, {v: value, w: 'w'})).toBe(undefined);
});
