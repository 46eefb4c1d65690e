import {expect, it} from 'vitest';
import {headerMap} from './headers.ts';
import {readJson} from './json.ts';
import {formatFault} from './node.ts';

it.each([
  [{a: '1', B: '2'}, ['a', '1'], ['B', '2']],
  [
    [
      {name: 'a', value: '1'},
      {name: 'B', value: '2'},
    ],
    ['a', '1'],
    ['B', '2'],
  ],
])('headers: %j are names with their values', (given, ...headers) => {
  expect(readJson(headerMap, given, '')).toMatchObject({kind: 'ok', value: new Map(headers as [string, string][])});
});

it.each([
  ['x', 'expected a map, or a list of `{name, value}`; found "x"'],
  [[{name: 'a'}], '`value` is required: the value'],
  [
    [
      {name: 'a', value: '1'},
      {name: 'a', value: '2'},
    ],
    'the name `a` is there twice',
  ],
])('headers: %j are faulty', (given, fault) => {
  const read = readJson(headerMap, given, '');
  expect(read.kind === 'faulty' && read.faults.map(formatFault).join()).toContain(fault);
});
