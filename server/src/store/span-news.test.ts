import {MessageChannel} from 'node:worker_threads';
import {afterEach, expect, test} from 'vitest';
import {type SpanChanges, spanChanges} from './span-changes.ts';
import {createSpanNewsFeed, readSpanNews, type SpanNews, type SpanNewsFeed} from './span-news.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A reader that can be held up. */
function connect(feed: SpanNewsFeed) {
  const {port1, port2} = new MessageChannel();
  closing.push(() => port1.close());
  feed.connect(port1);
  const heard: string[] = [];
  let source: ReturnType<typeof readSpanNews> | undefined;
  return {
    heard,
    read() {
      source = readSpanNews(port2);
      source.subscribe((news) => heard.push(textOf(news)));
    },
    again: () => source?.again(),
    end: () => port2.close(),
  };
}

const textOf = (news: SpanNews): string =>
  news.kind === 'taken' ? `+${news.token}` : news.kind === 'summed up' ? `-${news.tokens}` : news.kind;

const take = (feed: SpanNewsFeed, token: string): void =>
  feed.taken({
    token,
    segment: {segment: Number(token), first: 1, last: 1, spans: 1},
    places: undefined,
    file: undefined,
  });

const recent = (changes: SpanChanges): string => changes.recent.map(({segment}) => segment).join(' ');

test('span news: a segment stays among the recent ones until it is summed up and every reader has applied it', async () => {
  const changes = spanChanges();
  const feed = createSpanNewsFeed(changes);
  const reader = connect(feed);
  take(feed, '1');
  feed.summedUp(['1'], []);
  take(feed, '2');
  expect(recent(changes)).toBe('1 2');
  reader.read();
  await expect.poll(() => recent(changes)).toBe('2');
  feed.summedUp(['2'], []);
  await expect.poll(() => recent(changes)).toBe('');
  await expect.poll(() => reader.heard).toEqual(['+1', '-1', '+2', 'settled', '-2']);
});

test('span news: a segment stays until its readers have the sums too', async () => {
  const changes = spanChanges();
  const feed = createSpanNewsFeed(changes);
  const reader = connect(feed);
  reader.read();
  take(feed, '1');
  await expect.poll(() => reader.heard).toEqual(['+1', 'settled']);
  feed.summedUp(['1'], undefined);
  expect(recent(changes)).toBe('1');
  await expect.poll(() => recent(changes)).toBe('');
  expect(reader.heard).toEqual(['+1', 'settled', '-1']);
});

test('span news: without a reader, and after one has ended, a segment goes when it is summed up', async () => {
  const changes = spanChanges();
  const feed = createSpanNewsFeed(changes);
  take(feed, '1');
  feed.summedUp(['1'], []);
  expect(recent(changes)).toBe('');
  const reader = connect(feed);
  take(feed, '2');
  feed.summedUp(['2'], []);
  expect(recent(changes)).toBe('2');
  reader.end();
  await expect.poll(() => recent(changes)).toBe('');
});

test('span news: settled is told when earlier segments are summed up and all that was left is in', async () => {
  const changes = spanChanges();
  const ready = Promise.withResolvers<void>();
  const feed = createSpanNewsFeed(changes, {whenReady: () => ready.promise});
  take(feed, '1');
  const reader = connect(feed);
  reader.read();
  take(feed, '2');
  ready.resolve();
  await expect.poll(() => reader.heard).toEqual(['+2']);
  feed.summedUp(['1'], []);
  await expect.poll(() => reader.heard).toEqual(['+2', '-1', 'settled']);
  reader.again();
  feed.summedUp(['2'], []);
  await expect.poll(() => reader.heard).toEqual(['+2', '-1', 'settled', '-2', 'settled']);
});

test('span news: a reader that is far behind is told so, and that it can begin again', async () => {
  const changes = spanChanges();
  const feed = createSpanNewsFeed(changes, {maxUnread: 3});
  const reader = connect(feed);
  for (const token of ['1', '2', '3', '4', '5']) take(feed, token);
  feed.summedUp(['1', '2', '3', '4', '5'], []);
  expect(recent(changes)).toBe('1 2 3 4 5');
  reader.read();
  await expect.poll(() => recent(changes)).toBe('');
  take(feed, '6');
  await expect.poll(() => reader.heard).toEqual(['+1', '+2', '+3', 'missed', 'settled', '+6']);
});

test('span news: the rows of sums come as they were inserted', async () => {
  const feed = createSpanNewsFeed(spanChanges());
  const {port1, port2} = new MessageChannel();
  closing.push(() => port1.close());
  feed.connect(port1);
  const heard: SpanNews[] = [];
  readSpanNews(port2).subscribe((news) => heard.push(news));
  const sums = [{table: 'traces', bytes: Uint8Array.of(1, 2, 3)}];
  feed.summingUp();
  feed.summedUp(['1'], sums);
  feed.summedUp(['2'], undefined);
  await expect
    .poll(() => heard.filter(({kind}) => kind !== 'settled'))
    .toEqual([
      {kind: 'summing up'},
      {kind: 'summed up', tokens: ['1'], sums: [{table: 'traces', bytes: Uint8Array.of(1, 2, 3)}]},
      {kind: 'summed up', tokens: ['2'], sums: undefined},
    ]);
});
