import {expect, test} from 'vitest';
import {readContext} from './context.ts';
import {readExploreUrl} from './explore-url.ts';
import {readJaegerSearch} from './jaeger-search.ts';
import {parseQuery, writeQuery} from './query-string.ts';
import {absoluteRange, lastToMs, rangeAround, rangeInMs, readLast, readRange} from './time-range.ts';
import {readTraceId, readTracePath} from './trace-id.ts';
import {readTraceUrl, readZoom, writeZoom} from './trace-url.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);

test.each([
  '?service=order&where=status=error',
  '?where=http.route=/checkout&where=tenant=acme',
  '?where=operation=GET+/a?b%26c=%E7%B9%81',
  '?service=123&where=duration>=1.5s&where="a>b"=1&last=5m&limit=20&sort=longest&live=true',
  '?last=90m',
  '?last=30d',
  '?start=2026-01-02T03:04:05.000Z&end=2026-01-02T03:05:05.000Z',
])('addresses: %s comes back as it was', (text) => {
  const query = parseQuery(text);
  expect(parseQuery(writeQuery({...readContext(query), ...readExploreUrl(query)}))).toEqual(query);
});

test.each([
  '?kind=sideways&status=bad&limit=99999&sort=prettiest&last=1y&live=maybe',
  '?attribute==novalue&where=nothing&start=yesterday&end=2026-01-02T03:04:05Z',
  '?limit=100&sort=newest&last=1h',
  '?last=60m&start=2026-02-30T00:00:00Z&end=2026-03-05T00:00:00Z',
  '?last=3600s&start=5&end=2026',
])('addresses: %s says nothing beyond the defaults', (text) =>
  expect(writeQuery({...readContext(parseQuery(text)), ...readExploreUrl(parseQuery(text))})).toBe(''),
);

test.each([
  ['4BF92F3577B34DA6A3CE929D0E0E4736', '4bf92f3577b34da6a3ce929d0e0e4736'],
  [' 4bf92f35-77b3-4da6-a3ce-929d0e0e4736\n', '4bf92f3577b34da6a3ce929d0e0e4736'],
  ['a3ce929d0e0e4736', '0000000000000000a3ce929d0e0e4736'],
  ['a3ce929d0e0e473', undefined],
  ['0000000000000000', undefined],
  ['checkout', undefined],
])('addresses: %j is the trace id %j', (text, id) => expect(readTraceId(text)).toBe(id));

test.each([
  ['A3CE929D0E0E473', '00000000000000000a3ce929d0e0e473'],
  ['4bf92f35-77b3-4da6-a3ce-929d0e0e4736', '4bf92f3577b34da6a3ce929d0e0e4736'],
  ['zzz', undefined],
  ['0', undefined],
  ['\0', undefined],
  ['4bf92f3577b34da6a3ce929d0e0e47361', undefined],
])('addresses: /trace/%s is of the trace %j', (text, id) => expect(readTracePath(text)).toBe(id));

test.each([
  ['2h', '2h'],
  ['90m', '90m'],
  [' 90 min ', '90m'],
  ['1h30m', '90m'],
  ['1H 30M', '90m'],
  ['120m', '2h'],
  ['24h', '1d'],
  ['36h', '36h'],
  ['1w', '7d'],
  ['45s', '45s'],
  ['3650d', '3650d'],
  ['3651d', undefined],
  ['0m', undefined],
  ['1y', undefined],
  ['1.5h', undefined],
  ['-1h', undefined],
  ['90', undefined],
  ['', undefined],
  ['1hour', undefined],
])('addresses: %j is a time of the last %s', (text, last) => {
  expect(readLast(text)).toBe(last);
  if (last !== undefined) expect(lastToMs(readLast(text)!)).toBeGreaterThan(0);
});

test('addresses: a relative range ends now, an absolute one where it says', () => {
  expect(rangeInMs({last: '5m'}, now)).toEqual({from: now - 300_000, to: now});
  expect(rangeInMs(absoluteRange(now - 10.5, now), now + 999)).toEqual({from: now - 11, to: now});
  expect(readRange({start: '2026-01-02T03:04:05Z', end: '2026-01-02T03:04:05Z'})).toEqual({});
});

test('addresses: the like of something old is looked for around it', () => {
  expect(rangeAround(now - 1_000, now)).toEqual({});
  expect(rangeAround(now, now + 86_400_000)).toMatchObject({
    start: '2026-01-02T02:34:05.000Z',
    end: '2026-01-02T03:34:05.000Z',
  });
});

test.each([
  [
    '?service=order&operation=all&tags={"error":"true","http.route":"/a"}&minDuration=1.2s&limit=20&lookback=24h',
    '?last=1d&service=order&where=status=error&where=http.route=/a&where=span.duration%3E=1.2s&limit=20',
  ],
  [
    '?service=order&operation=GET&start=1767322745000000&end=1767323045000000&lookback=custom',
    '?start=2026-01-02T02:59:05.000Z&end=2026-01-02T03:04:05.000Z&service=order&where=operation=GET',
  ],
  ['?tags=nonsense&lookback=99y&limit=20&maxDuration=', '?limit=20&tags=nonsense&lookback=99y'],
  ['?service=a&tag=error:true&tag=http.url:http://x:1', '?service=a&where=status=error&where=http.url=http://x:1'],
  ['?service=a&maxDuration=100us&lookback=48h', '?last=2d&service=a&where=span.duration%3C=100us'],
  ['?service=a&lookback=6h', '?last=6h&service=a'],
  ['?service=a&lookback=4w', '?last=28d&service=a'],
  ['?service=a&lookback=1h30m', '?last=90m&service=a'],
  ['?service=a&lookback=2h&start=1767322745000000&end=1767329945000000', '?last=2h&service=a'],
])('addresses: Jaeger’s %s is %s here', (theirs, ours) =>
  expect(writeQuery(readJaegerSearch(parseQuery(theirs)))).toBe(ours),
);

test('addresses: the trace page reads what it wrote, and nothing else', () => {
  const text =
    '?tab=flame&span=00f067aa0ba902b7&zoom=5-1000&fold=2&toggled=00f067aa0ba902b7,00f067aa0ba902b8&find=GET&only=true';
  expect(parseQuery(writeQuery(readTraceUrl(parseQuery(text))))).toEqual(parseQuery(text));
  const other =
    '?select=path&spread=00f067aa0ba902b7&clocks=sent&pane=4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7&pane=4bf92f3577b34da6a3ce929d0e0e4737-00f067aa0ba902b8';
  expect(parseQuery(writeQuery(readTraceUrl(parseQuery(other))))).toEqual(parseQuery(other));
  expect(
    readTraceUrl(
      parseQuery('?tab=x&span=xyz&zoom=9-3&fold=-1&toggled=a,b&errors=no&select=all&spread=x&clocks=mine&pane=7'),
    ),
  ).toEqual({});
});

test('addresses: errors only, as it was written before, selects the errors and shows only them', () =>
  expect(readTraceUrl(parseQuery('?errors=true'))).toEqual({select: 'errors', only: true}));

test('addresses: a zoom is at least a nanosecond wide', () => {
  expect(writeZoom({from: 5.7, to: 5.9})).toBe('5-6');
  expect(writeZoom({from: -3, to: 0})).toBe('0-1');
  expect(readZoom('1-2-3')).toBeUndefined();
});
