import {expect, test} from 'vitest';
import {readContext} from './context.ts';
import {exploreKeys, readExploreUrl} from './explore-url.ts';
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

/** One line for each key of Explore beside what it may not say: what is asked, and what the page says that it does not ask. */
const exploreLines: readonly [string, object, object | undefined][] = [
  ['?where=a=1', {where: ['a=1']}, undefined],
  ['?where=operation=a&where=operation=b', {where: ['operation=a']}, {where: ['operation=b']}],
  ['?service=a&where=service=b&where=service!=c', {where: ['service!=c']}, {where: ['service=b']}],
  ['?where=has=a&where=has=b&where=outcome=failed&where=outcome!=healed', {}, undefined],
  ['?q={ .a = 1 } | rate()&results=table', {q: '{ .a = 1 } | rate()', results: 'table'}, undefined],
  ['?q={}&where=a=1&sort=errors&limit=50', {q: '{}', limit: 50}, {where: ['a=1'], sort: ['errors']}],
  ['?q={}&q={ .a }', {q: undefined}, {q: ['{}', '{ .a }']}],
  ['?q={}&results=foo', {q: '{}', results: undefined}, {results: ['foo']}],
  ['?limit=50', {limit: 50}, undefined],
  ['?limit=0', {limit: undefined}, {limit: ['0']}],
  ['?limit=ten', {limit: undefined}, {limit: ['ten']}],
  ['?limit=1501', {limit: undefined}, {limit: ['1501']}],
  ['?results=spans', {results: 'spans'}, undefined],
  ['?results=traces', {results: undefined}, undefined],
  ['?results=foo', {results: undefined}, {results: ['foo']}],
  ['?kind=spans', {results: 'spans'}, undefined],
  ['?sort=errors', {sort: 'errors'}, undefined],
  ['?sort=zzz', {sort: undefined}, {sort: ['zzz']}],
  ['?results=spans&sort=longest', {sort: 'longest'}, undefined],
  ['?results=spans&sort=spans', {sort: undefined}, {sort: ['spans']}],
  ['?results=spans&sort=errors', {sort: undefined}, {sort: ['errors']}],
  ['?by=service', {by: undefined}, {by: ['service']}],
  ['?results=spans&by=tenant', {by: 'tenant'}, undefined],
  ['?results=spans&by=name', {by: 'operation'}, undefined],
  ['?results=spans&by=.name', {by: '.name'}, undefined],
  ['?results=spans&by=duration', {by: undefined}, {by: ['duration']}],
  ['?results=spans&by=span.duration', {by: undefined}, {by: ['span.duration']}],
  ['?results=spans&by=outcome', {by: undefined}, {by: ['outcome']}],
  ['?results=spans&by=.duration', {by: '.duration'}, undefined],
  ['?results=spans&by=a&by=b', {by: undefined}, {by: ['a', 'b']}],
  ['?against=same', {against: 'same'}, undefined],
  ['?against=2026-01-02T03:00Z~2026-01-02T04:00Z', {against: '2026-01-02T03:00Z~2026-01-02T04:00Z'}, undefined],
  [
    '?against=2026-01-02T04:00Z~2026-01-02T03:00Z',
    {against: undefined},
    {against: ['2026-01-02T04:00Z~2026-01-02T03:00Z']},
  ],
  ['?results=spans&against=same', {against: undefined}, {against: ['same']}],
  ['?order=p95', {order: undefined}, {order: ['p95']}],
  ['?results=spans&order=p95', {order: undefined}, {order: ['p95']}],
  ['?results=spans&by=service&order=p50', {order: 'p50'}, undefined],
  ['?results=spans&by=service&order=spans', {order: undefined}, undefined],
  ['?results=spans&by=service&order=share', {order: undefined}, {order: ['share']}],
  ['?figures=rate', {figures: undefined}, {figures: ['rate']}],
  ['?results=spans&figures=rate', {figures: undefined}, {figures: ['rate']}],
  ['?results=spans&by=service&figures=rate,p95', {figures: 'rate,p95'}, undefined],
  ['?results=spans&by=service&figures=rate,duration', {figures: 'rate'}, {figures: ['duration']}],
  ['?plot=scatter', {plot: 'scatter'}, undefined],
  ['?plot=heatmap', {plot: undefined}, undefined],
  ['?plot=pie', {plot: undefined}, {plot: ['pie']}],
  ['?results=spans&plot=scatter', {plot: undefined}, {plot: ['scatter']}],
  ['?q={}&plot=scatter&against=same', {q: '{}', plot: 'scatter', against: 'same'}, undefined],
  ['?columns=span', {columns: undefined}, {columns: ['span']}],
  ['?results=spans&columns=span,kind', {columns: 'span,kind'}, undefined],
  ['?results=spans&columns=span,services,x', {columns: 'span'}, {columns: ['services,x']}],
  ['?column=tenant', {column: undefined}, {column: ['tenant']}],
  ['?results=spans&column=a&column=b', {column: ['a', 'b']}, undefined],
  [
    `?results=spans${Array.from({length: 13}, (_, i) => `&column=c${i}`).join('')}`,
    {column: Array.from({length: 12}, (_, i) => `c${i}`)},
    {column: ['c12']},
  ],
];

test('addresses: every key of Explore is among the lines, with what it may not say', () => {
  const said = exploreLines.flatMap(([, , unread]) => Object.keys(unread ?? {}));
  expect(exploreKeys.filter((key) => !said.includes(key))).toEqual([]);
});

test.each(exploreLines)('addresses: %s asks for %j and leaves %j', (text, asked, unread) => {
  const of = (url: object) => Object.fromEntries(Object.entries(url).filter(([key]) => key in asked));
  const url = explore(text);
  expect(of(url)).toEqual(asked);
  expect(url.unread).toEqual(unread);
  // The router reads what it has read, and a reload what was written.
  expect(readPageUrl({...readContext(parseQuery(text)), ...url}, readExploreUrl)).toEqual(url);
  const again = explore(writeQuery({...readContext(parseQuery(text)), ...url}));
  expect(of(again)).toEqual(asked);
  expect(again.unread).toEqual(unread);
});

test('addresses: what one kind of result does not understand is read again for another', () => {
  const url = explore('?results=spans&sort=errors');
  expect(readPageUrl({...url, results: undefined}, readExploreUrl)).toMatchObject({sort: 'errors'});
  expect(readPageUrl({...url, results: undefined}, readExploreUrl).unread).toBeUndefined();
});

test.each<[string, (from: Reader) => object, string]>([
  ['services', readServicesUrl, '?start=x&end=y&last=z'],
  ['status', () => ({}), '?end=y&start=2026-01-02T03:04:05.000Z'],
  ['services', readServicesUrl, '?sort=zzz&up=perhaps&tab=x&columns=zzz'],
  ['sampling', readSamplingUrl, '?sort=zzz&up=perhaps&tab=x&columns=zzz'],
  ['trace', readTraceUrl, '?tab=zzz&span=xyz&zoom=9-3&fold=-1&toggled=a,b&pane=7&clocks=mine&select=all&columns=zzz'],
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
