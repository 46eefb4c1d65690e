import {expect, test} from 'vitest';
import type {AttributeValue} from '../../../api/index.ts';
import {fitsFilter, searchToken, valueText} from './attribute-text.ts';
import {groupAttributes} from './group-attributes.ts';

const string = (value: string): AttributeValue => ({type: 'string', value});
const keys = (...names: string[]) => names.map((key) => ({key, value: string('v')}));

test('span attributes: keys that share a first part stand together, the rest last', () =>
  expect(
    groupAttributes(keys('url.path', 'tenant', 'http.route', 'db.system', 'http.method', 'user.id', 'url.full')),
  ).toEqual([
    {prefix: 'http', attributes: keys('http.method', 'http.route')},
    {prefix: 'url', attributes: keys('url.full', 'url.path')},
    {prefix: undefined, attributes: keys('db.system', 'tenant', 'user.id')},
  ]));
test('span attributes: nothing has no groups', () => expect(groupAttributes([])).toEqual([]));

test.each<[AttributeValue, string]>([
  [string('a b'), 'a b'],
  [{type: 'int', value: '9007199254740993'}, '9007199254740993'],
  [{type: 'double', value: 'NaN'}, 'NaN'],
  [{type: 'double', value: 0.5}, '0.5'],
  [{type: 'bool', value: false}, 'false'],
  [{type: 'bytes', value: 'AAE='}, 'AAE='],
  [{type: 'empty'}, ''],
  [
    {
      type: 'array',
      value: [
        {type: 'int', value: '1'},
        {type: 'int', value: '9007199254740993'},
      ],
    },
    '[\n  1,\n  "9007199254740993"\n]',
  ],
  [{type: 'map', value: [{key: 'k', value: {type: 'empty'}}]}, '{\n  "k": null\n}'],
])('span attributes: %j reads %j', (value, text) => expect(valueText(value)).toBe(text));

test('span attributes: only what a search can ask for becomes a token', () => {
  expect(searchToken({key: 'http.route', value: string('/a=b')})).toBe('http.route=/a=b');
  expect(searchToken({key: 'ok', value: {type: 'bool', value: true}})).toBe('ok=true');
  expect(searchToken({key: 'list', value: {type: 'array', value: []}})).toBe('list=[]');
  const big: AttributeValue = {type: 'int', value: '9007199254740993'};
  const map: AttributeValue = {
    type: 'map',
    value: [
      {key: 'b', value: {type: 'array', value: [big, {type: 'empty'}]}},
      {key: 'a', value: string('"')},
    ],
  };
  expect(searchToken({key: 'map', value: map})).toBe('map={"a":"\\"","b":[9007199254740993,null]}');
  expect(searchToken({key: 'bytes', value: {type: 'bytes', value: 'AAE='}})).toBe('bytes=AAE=');
  expect(searchToken({key: 'nothing', value: {type: 'empty'}})).toBeUndefined();
  expect(searchToken({key: 'none', value: string('')})).toBeUndefined();
});

test('span attributes: a filter looks at keys and values', () => {
  const attribute = {key: 'db.query.text', value: string('SELECT 1')};
  expect(fitsFilter(attribute, 'select query')).toBe(true);
  expect(fitsFilter(attribute, 'update')).toBe(false);
  expect(fitsFilter(attribute, '')).toBe(true);
});
