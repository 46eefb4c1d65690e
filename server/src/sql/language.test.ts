import {expect, it} from 'vitest';
import {markedWords, sqlFaultIn, sqlPlaceAt} from './language.ts';

it.each([
  ['SELECT count( FROM spans', 'FROM'],
  ['SELECT 1 FROM nothing', 'nothing'],
  ['SELECT file(1)', 'file'],
  ["SELECT 'a", "'a"],
  ['SELECT a FROM', 'FROM'],
])('SQL editor: the fault of `%s` is at its word', (text, word) => {
  const fault = sqlFaultIn(text);
  expect(text.slice(fault?.at, fault?.end)).toBe(word);
  expect(fault?.message).not.toBe('');
});
it.each(['', 'SELECT 1', "SELECT attributes['a'] FROM spans WHERE kind = 'server'"])(
  'SQL editor: `%s` has no fault',
  (text) => expect(sqlFaultIn(text)).toBeUndefined(),
);

it('SQL editor: words by what they are, up to what is no word', () =>
  expect(markedWords("SELECT count(a) FROM spans WHERE b = 'x' AND c = 'y").map(({mark}) => mark)).toEqual([
    'keyword',
    'function',
    'sign',
    undefined,
    'sign',
    'keyword',
    undefined,
    'keyword',
    undefined,
    'sign',
    'string',
    'keyword',
    undefined,
    'sign',
  ]));

it.each([
  ['SELECT 1 FROM sp', 14, 'sp', 'table'],
  ['SELECT ser', 7, 'ser', 'word'],
  ["SELECT attributes['http.", 18, 'http.', 'key'],
  ['SELECT attributes[', 18, '', 'key'],
])('SQL editor: the place at the end of `%s`', (text, from, typed, wants) =>
  expect(sqlPlaceAt(text, text.length)).toMatchObject({from, typed, wants}),
);
it.each(["SELECT 'ser", 'SELECT 1 -- ser'])('SQL editor: nothing is offered in `%s`', (text) =>
  expect(sqlPlaceAt(text, text.length)).toBeUndefined(),
);
