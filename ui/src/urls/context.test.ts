import {expect, test} from 'vitest';
import {comparedRange, freeze, readContext} from './context.ts';
import {linkTo, termOf} from './link-to.ts';
import {parseQuery} from './query-string.ts';
import {questionOf, readTerm, readWhere, writeTerm} from './question.ts';

const now = Date.UTC(2026, 0, 2, 12);

test('context: what the address says is read, and what it cannot mean is left out', () => {
  const text = '?last=5m&compare=yesterday&service=order&environment=prod&live=true&tab=flame';
  expect(readContext(parseQuery(text))).toEqual({
    last: '5m',
    compare: 'yesterday',
    service: 'order',
    environment: 'prod',
    live: true,
  });
  expect(readContext(parseQuery('?compare=version:1.4.2'))).toEqual({compare: 'version:1.4.2'});
  expect(readContext(parseQuery('?compare=version:&live=maybe&last=1h'))).toEqual({});
});

test('context: frozen, a relative time is the one that was on show', () =>
  expect(freeze({last: '5m', service: 'order', live: true}, now)).toEqual({
    last: undefined,
    live: undefined,
    service: 'order',
    start: '2026-01-02T11:55:00.000Z',
    end: '2026-01-02T12:00:00.000Z',
  }));

test('context: the time before and the day before are of the same length', () => {
  expect(comparedRange({last: '5m', compare: 'before'}, now)).toMatchObject({
    start: '2026-01-02T11:50:00.000Z',
    end: '2026-01-02T11:55:00.000Z',
  });
  expect(comparedRange({last: '5m', compare: 'yesterday'}, now)).toMatchObject({
    start: '2026-01-01T11:55:00.000Z',
    end: '2026-01-01T12:00:00.000Z',
  });
  expect(comparedRange({compare: 'version:1'}, now)).toBeUndefined();
});

test.each([
  ['duration > 1s', {field: 'duration', op: '>', value: '1s'}],
  ['http.response.status_code>=500', {field: 'http.response.status_code', op: '>=', value: '500'}],
  ['db.statement=SELECT 1 WHERE a>=b', {field: 'db.statement', op: '=', value: 'SELECT 1 WHERE a>=b'}],
  ['a = ', undefined],
  ['only words', undefined],
])('question: %s is read', (text, term) => expect(readTerm(text)).toEqual(term));

test('question: terms come back from the address as they were written', () => {
  const terms = [
    termOf({kind: 'attribute', key: 'tenant', value: 'a=b&c', owner: 'span'}),
    readTerm('duration<=20ms')!,
  ];
  expect(questionOf(readWhere({where: terms.map(writeTerm)}))).toEqual(terms);
});

test('links: a thing leads to its traces in the context of the page', () =>
  expect(linkTo({kind: 'endpoint', service: 'order', operation: 'GET /'}, {context: {last: '5m'}})).toEqual({
    to: '/',
    search: {last: '5m', service: 'order', where: ['operation=GET /']},
  }));
