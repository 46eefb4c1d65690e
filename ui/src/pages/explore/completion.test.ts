import {expect, test} from 'vitest';
import {readTyped} from '../../urls/index.ts';
import {type Known, suggest, wantedFor} from './completion.ts';

const known: Known = {
  keys: [
    {key: 'tenant', spans: 5},
    {key: 'http.status_code', spans: 9},
    {key: 'status', spans: 2},
    {key: 'a=b', spans: 1},
    {key: 'tenant', spans: 7},
  ],
  values: [{value: 'acme', spans: 3}, {value: ' odd'}, {value: ''}],
};
const names = (draft: string): string[] => suggest(draft, known).map((one) => one.name);

test('completion: an empty field offers fields and keys, each key once', () => {
  expect(names('')).toEqual([
    ...[
      'outcome',
      'duration',
      'operation',
      'status',
      'kind',
      'span.duration',
      'service',
      'has',
      'environment',
      'version',
    ],
    ...['tenant', 'http.status_code', 'status', 'a=b'],
  ]);
  expect(suggest('ten', known)[0]).toMatchObject({text: 'tenant', spans: 7});
});

test('completion: after a field come the operators that it takes', () => {
  expect(names('duration ')).toEqual(['>', '>=', '<', '<=']);
  expect(names('service').slice(0, 1)).toEqual(['=']);
  expect(names('tenant').slice(0, 6)).toEqual(['=', '!=', '>', '>=', '<', '<=']);
  expect(names('outcome ')).toEqual(['=', '!=']);
});

test.each(['-', '!', '！', 'not ', 'NOT ', 'not not '])(
  'completion: %j before a condition changes nothing but its text',
  (not) => {
    for (const draft of ['', 'ten', 'tenant ', 'tenant=ac', 'status=', 'duration > ', 'operation=']) {
      const plain = suggest(draft, known);
      expect(suggest(not + draft, known)).toEqual(plain.map((one) => ({...one, text: not + one.text})));
      expect(wantedFor(not + draft)).toEqual(wantedFor(draft));
    }
    const named = [{field: 'service', value: 'payment', spans: 4}] as const;
    expect(suggest(`${not}pay`, {keys: [], values: [], named})).toMatchObject([
      {name: `${not}service = payment`, text: `${not}service=payment`},
    ]);
    for (const one of suggest(`${not}tenant=`, known)) expect(readTyped(one.text).kind, one.text).toBe('terms');
  },
);

test('completion: after an operator come values', () => {
  expect(names('status = ')).toEqual(['error', 'ok', 'unset']);
  expect(names('tenant=ac')).toEqual(['acme']);
  expect(names('duration > ')).toContain('1s');
});

test('completion: a word by itself offers what is called so', () => {
  const named = [{field: 'operation', value: 'POST /checkout', spans: 4}] as const;
  expect(suggest('check', {...known, named}).map(({text, whole}) => [text, whole])).toEqual([
    ['operation=POST /checkout', true],
  ]);
});

test('completion: each whole suggestion is understood as what it says', () => {
  for (const draft of ['status=', 'kind=', 'outcome!=', 'duration>', 'tenant=', 'tenant!=', '.status=', 'operation=']) {
    for (const one of suggest(draft, known)) {
      const typed = readTyped(one.text);
      expect(typed.kind, one.text).toBe('terms');
      expect(typed.kind === 'terms' && typed.terms[0]?.value, one.text).toBe(one.name);
    }
  }
});

test('completion: a key that is called as a field is, or has an operator in it, is written so that it stays a key', () => {
  const text = (name: string) => suggest('', known).findLast((one) => one.name === name)?.text;
  expect(text('status')).toBe('.status');
  expect(text('a=b')).toBe('"a=b"');
  const called = (key: string) => suggest('', {...known, keys: [{key, spans: 1}]}).at(-1)?.text;
  expect(['env', 'name', 'version', 'trace_id'].map(called)).toEqual(['.env', '.name', '.version', '.trace_id']);
  expect(called('service.name')).toBe('service.name');
});

test.each([
  ['', {kind: 'keys'}],
  ['ten', {kind: 'keys'}],
  ['tenant = ac', {kind: 'attribute', key: 'tenant', prefix: 'ac'}],
  ['.status=pa', {kind: 'attribute', key: 'status', prefix: 'pa'}],
  ['http.status_code >= 5', {kind: 'nothing'}],
  ['service = ', {kind: 'services'}],
  ['name = GET', {kind: 'operations', prefix: 'GET'}],
  ['env: ', {kind: 'environments'}],
  ['status: ', {kind: 'nothing'}],
  ['version=', {kind: 'attribute', key: 'service.version', prefix: ''}],
  ['-name = GET', {kind: 'operations', prefix: 'GET'}],
  ['-', {kind: 'keys'}],
])('completion: %j needs %j', (draft, wanted) => expect(wantedFor(draft)).toEqual(wanted));
