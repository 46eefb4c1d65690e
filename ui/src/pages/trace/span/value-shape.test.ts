import {expect, test} from 'vitest';
import type {AttributeValue} from '../../../api/index.ts';
import {cutAt} from './cut-text.ts';
import {breakStatement, indentJson, shapeOf} from './value-shape.ts';

const string = (value: string): AttributeValue => ({type: 'string', value});
const list: AttributeValue = {type: 'array', value: Array.from({length: 30}, (_, i) => string(`item ${i}`))};

test.each<[string, string, AttributeValue, string]>([
  ['a word', 'k', string('acme'), 'text'],
  ['short JSON', 'k', string('{"a": 1}'), 'text'],
  ['long JSON', 'k', string(`{"list": [${'1,'.repeat(40)}1]}`), 'json'],
  ['braces that are no JSON', 'k', string(`{${'not json '.repeat(10)}}`), 'text'],
  ['JSON beyond 256 KiB', 'k', string(`[${'1,'.repeat(140_000)}1]`), 'text'],
  ['a short list', 'k', {type: 'array', value: [string('a'), string('b')]}, 'text'],
  ['a long list', 'k', list, 'json'],
  ['lines', 'k', string('one\ntwo'), 'lines'],
  ['one line with its end', 'k', string('one\n'), 'text'],
  ['a statement', 'db.query.text', string(`SELECT ${'column, '.repeat(10)}id FROM t WHERE id = $1`), 'sql'],
  [
    'a sentence',
    'message',
    string(`Select one of the following to go on with your order: ${'this, '.repeat(5)}`),
    'text',
  ],
])('value shape: %s is read as it is best read', (_, key, value, kind) => expect(shapeOf(key, value).kind).toBe(kind));

test('value shape: a short list is one line', () =>
  expect(shapeOf('k', {type: 'array', value: [string('a'), string('b')]}).text).toBe('["a","b"]'));

test.each([
  ['{"a":1,"b":[true,null],"c":{}}', '{\n  "a": 1,\n  "b": [\n    true,\n    null\n  ],\n  "c": {}\n}'],
  ['{"a":[ ]}', '{\n  "a": []\n}'],
  ['{"brace \\" {,:":"[1, 2]"}', '{\n  "brace \\" {,:": "[1, 2]"\n}'],
])('JSON: %j is indented', (json, text) => expect(indentJson(json)).toBe(text));

test('JSON: numbers, repeated keys and escapes stay as they were sent', () => {
  const json = '{"n":9007199254740993,"f":1.0,"e":1E+3,"n":2,"u":"\\u00e9"}';
  expect(indentJson(json).replace(/\s/g, '')).toBe(json);
});

test.each([
  ['SELECT a FROM t WHERE b = 1', 'SELECT a\nFROM t\nWHERE b = 1'],
  [
    'select a from t left outer join u on u.id = t.id inner join v on true order by a limit 5',
    'select a\nfrom t\nleft outer join u on u.id = t.id\ninner join v on true\norder by a\nlimit 5',
  ],
  ['DELETE FROM t WHERE x IS DISTINCT FROM 1', 'DELETE FROM t\nWHERE x IS DISTINCT FROM 1'],
  [
    "SELECT (SELECT max(a) FROM t WHERE x) FROM u WHERE n = 'a where b'",
    "SELECT (SELECT max(a) FROM t WHERE x)\nFROM u\nWHERE n = 'a where b'",
  ],
  ['SELECT a -- from here\nFROM t', 'SELECT a -- from here\nFROM t'],
  ['INSERT INTO t (a) VALUES (1) RETURNING id', 'INSERT INTO t (a)\nVALUES (1)\nRETURNING id'],
  ["SELECT 'never closed FROM t", "SELECT 'never closed FROM t"],
])('statement: %j is broken at its clauses', (sql, text) => {
  expect(breakStatement(sql)).toBe(text);
  // Only blanks are others.
  expect(breakStatement(sql).replace(/\s+/g, ' ')).toBe(sql.replace(/\s+/g, ' '));
});

test.each([
  ['short', {lines: 2, characters: 10}, 'short'],
  ['one\ntwo\nthree', {lines: 2, characters: 100}, 'one\ntwo'],
  ['one\ntwo', {lines: 2, characters: 100}, 'one\ntwo'],
  ['0123456789', {lines: 2, characters: 4}, '0123'],
  ['012\n3456789', {lines: 1, characters: 4}, '012'],
  ['012😀', {lines: 1, characters: 4}, '012'],
])('cut text: of %j within %j is shown %j', (text, most, shown) =>
  expect(text.slice(0, cutAt(text, most))).toBe(shown),
);
