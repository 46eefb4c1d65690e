import {expect, test} from 'vitest';
import {readExploreUrl} from './explore-url.ts';
import {readPageUrl} from './page-url.ts';
import {parseQuery, type Reader, writeQuery} from './query-string.ts';
import {questionOf, readTerm, writeTerm} from './question.ts';
import {readSamplingUrl} from './sampling-url.ts';
import {readServicesUrl} from './services-url.ts';
import {readTraceUrl} from './trace-url.ts';

const explore = (text: string) => readPageUrl(parseQuery(text), readExploreUrl);

test.each([
  ['?last=99y', {last: ['99y']}],
  ['?last=-5m&live=maybe', {last: ['-5m'], live: ['maybe']}],
  ['?start=yesterday&end=2026-01-02T03:04:05Z', {start: ['yesterday'], end: ['2026-01-02T03:04:05Z']}],
  [
    '?start=2026-01-02T03:04:05Z&end=2026-01-02T03:04:05Z',
    {start: ['2026-01-02T03:04:05Z'], end: ['2026-01-02T03:04:05Z']},
  ],
  ['?from=now-1h&to=now', {from: ['now-1h'], to: ['now']}],
  ['?limit=99999999&sort=zzz', {limit: ['99999999'], sort: ['zzz']}],
  ['?where=%25%25%25&where=a=1&where=b', {where: ['%%%', 'b']}],
  ['?kind=sideways&status=bad&attribute==x', {kind: ['sideways'], status: ['bad'], attribute: ['=x']}],
  ['?last=5m&last=1h', {last: ['5m', '1h']}],
  ['?compare=version:', {compare: ['version:']}],
  ['?service=&where=&live=false', undefined],
  ['?last=1h&limit=100&sort=newest', undefined],
  ['?service=a&environment=b&compare=before&last=5m&live=true&results=traces', undefined],
  ['?operation=GET&kind=server&status=error&attribute=a=b&min=1s&max=2s', undefined],
])('addresses: of %s is not understood: %j', (text, unread) => expect(explore(text).unread).toEqual(unread));

test.each<[string, (from: Reader) => object, string]>([
  ['services', readServicesUrl, '?sort=zzz&up=perhaps&tab=x'],
  ['sampling', readSamplingUrl, '?sort=zzz&up=perhaps&tab=x'],
  ['trace', readTraceUrl, '?tab=zzz&span=xyz&zoom=9-3&fold=-1&toggled=a,b&pane=7&clocks=mine&select=all'],
  ['status', () => ({}), '?tab=zzz'],
])('addresses: the %s page keeps what it does not understand until it is taken out', (_, read, text) => {
  const query = parseQuery(text);
  const url = readPageUrl(query, read);
  expect(Object.keys(url.unread ?? {})).toEqual(Object.keys(query));
  expect(parseQuery(writeQuery(url))).toEqual(query);
  expect(readPageUrl(parseQuery(writeQuery(url)), read)).toEqual(url);
  expect(writeQuery({...url, unread: undefined})).toBe('');
});

test('addresses: what was not understood goes when the same is said otherwise', () => {
  const url = explore('?last=99y&sort=zzz&where=%25&where=a=1');
  expect(writeQuery({...url, start: '2026-01-02T03:04:05.000Z', end: '2026-01-02T03:04:06.000Z'})).toBe(
    '?where=a=1&start=2026-01-02T03:04:05.000Z&end=2026-01-02T03:04:06.000Z&sort=zzz&where=%25',
  );
  expect(writeQuery({...url, sort: 'longest'})).toBe('?sort=longest&where=a=1&last=99y&where=%25');
});

test('addresses: a part that was not understood stays beside others of its list that were', () => {
  const url = explore('?where=%25%25%25&where=a=1&last=99y');
  // The router reads what it has read.
  const again = readPageUrl({...url}, readExploreUrl);
  expect(again).toEqual(url);
  expect(readPageUrl({...url, last: '5m'}, readExploreUrl).unread).toEqual({where: ['%%%']});
});

test('addresses: conditions that are joined in one value are as many conditions', () => {
  const many = Array.from({length: 300}, (_, index) => `key${index}=${index}`);
  expect(explore(`?where=${many.join('+and+')}`).where).toEqual(many);
  expect(explore('?where=a=1%26%26b!=2').where).toEqual(['a=1', 'b!=2']);
  expect(explore('?where=name=salt+and+pepper').where).toEqual(['name=salt and pepper']);
});

test.each([
  '1 and b=2',
  'a=1 or b=2',
  'x && y=1',
  'GET /a?b&c=1',
  'SELECT 1 WHERE a>=b and c=d',
  '{"a": 1, "b": 2}',
  '%%%',
])('addresses: the value %j stays one value', (value) => {
  const term = {field: 'note', op: '=', value} as const;
  expect(readTerm(writeTerm(term))).toEqual(term);
  expect(questionOf(explore(writeQuery({where: [writeTerm(term)]})))).toEqual([term]);
});

test('addresses: nothing that a page wrote is longer than proxies pass', () => {
  const toggled = Array.from({length: 2_000}, (_, index) => index.toString(16).padStart(16, '0')).join(',');
  const url = readTraceUrl({toggled});
  expect(url.toggled).toHaveLength(17 * 400 - 1);
  expect(toggled.endsWith(url.toggled!)).toBe(true);
});
