/** What is read from files of recent segments is what ClickHouse answers. */
import {readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {MessageChannel} from 'node:worker_threads';
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {defaultTenant, type SpanId, systemClock, type TenantId, type TraceId, toHex} from '../base/index.ts';
import {arbitrarySpanBatch, seededRandom, spansAsObjects} from '../model/testing.ts';
import {Budget} from '../query/index.ts';
import {createKnownPlaces, type KnownPlaces} from './known-places.ts';
import {createPresence} from './read-presence.ts';
import {createQueries} from './read-query.ts';
import {createReader, type Reader} from './reader.ts';
import {readSpanNews} from './span-news.ts';
import {startTestStore, type TestStore} from './testing.ts';

let store: TestStore;
let places: KnownPlaces;
let reader: Reader;
let statements = 0;
beforeAll(async () => {
  store = await startTestStore();
  ({places, reader} = await startReader());
  statements = 0;
});
afterAll(() => store.stop());

/** As a thread that has just been started. */
async function startReader() {
  const {port1, port2} = new MessageChannel();
  store.feed.connect(port1);
  const presence = createPresence();
  const client: typeof store.engine.queries = {
    ...store.engine.queries,
    ask(question) {
      statements++;
      return store.engine.queries.ask(question);
    },
  };
  const places = createKnownPlaces({queries: createQueries(client, presence), news: readSpanNews(port2), presence});
  await isLoaded(places);
  const recent = () => store.changes.recent;
  return {
    places,
    reader: createReader({client, clock: systemClock, presence, memory: {places}, recent}),
    presence,
    end: () => port2.close(),
  };
}
/** Also outside of tests. */
const isLoaded = (places: KnownPlaces) => vi.waitFor(() => expect(places.isLoaded).toBe(true), {timeout: 60_000});

const base = 1_700_000_000_000_000_000n;
const tenants = [defaultTenant, 'other' as TenantId];
const idOf = (i: number): TraceId => toHex(new Uint8Array(16).fill(12 * (1 + i))) as TraceId;

/** Spans of traces `first` to `first + 9`; told, and so to be found. */
async function send(seed: number, first: number): Promise<void> {
  // Segments that are begun in the same tenth of a second share their number, and are left to ClickHouse.
  const tenth = (): number => Math.floor(Date.now() / 100);
  const before = tenth();
  await expect.poll(tenth, {interval: 5}).toBeGreaterThan(before);
  const random = seededRandom(seed);
  const batch = arbitrarySpanBatch(random, 60);
  const {start, traceId, kind} = batch.spans.columns;
  for (let row = 0; row < batch.spans.count; row++) {
    start.set(row, base + BigInt(Math.floor(random() * 30)) * 1_000_000_000n + BigInt(row));
    traceId.set(row, new Uint8Array(16).fill(12 * (1 + first + Math.floor(random() * 10))));
    kind.set(row, row % 6);
  }
  await store.sink.consume(batch, {tenant: tenants[seed % 2] as TenantId});
}

async function flush(): Promise<void> {
  await store.spool.flush();
  await expect.poll(() => places.find(defaultTenant, [], store.changes.recent, 1)?.unknown).toEqual([]);
}

async function answers(from: Reader, tenant: TenantId, id: TraceId, maxSpans = 1000): Promise<unknown> {
  const asked = () => ({budget: new Budget(new AbortController().signal)});
  const batch = await from.traces(tenant, [id], {...asked(), maxSpans});
  const spans = batch && spansAsObjects(batch);
  const some = spans?.[1]?.spanId as SpanId | undefined;
  const one = some === undefined ? undefined : await from.span(tenant, id, some, asked());
  return {
    spans,
    some: one && spansAsObjects(one),
    none: await from.span(tenant, id, 'ffffffffffffffff' as SpanId, asked()),
    outline: await from.outline(tenant, id, {...asked(), maxSpans}),
    summaries: await from.summaries(tenant, [id, idOf(1)], asked()),
  };
}

test('recent files: they answer what ClickHouse answers, without it', async () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    await send(seed, 0);
    if (seed % 2 === 0) await flush();
  }
  await flush();
  for (const tenant of tenants) {
    for (let i = 0; i < 10; i++) {
      const before = statements;
      const found = await answers(reader, tenant, idOf(i));
      expect(statements - before).toBe(0);
      expect(found).toEqual(await answers(store.reader, tenant, idOf(i)));
    }
  }
  const before = statements;
  expect(await answers(reader, defaultTenant, 'f'.repeat(32) as TraceId)).toMatchObject({spans: undefined});
  expect(statements - before).toBe(0);
});

test('recent files: a limit and spans that came twice are left to ClickHouse', async () => {
  expect(await answers(reader, defaultTenant, idOf(0), 3)).toEqual(
    await answers(store.reader, defaultTenant, idOf(0), 3),
  );
  for (let i = 0; i < 2; i++) await send(7, 0);
  await flush();
  for (let i = 0; i < 10; i++)
    expect(await answers(reader, 'other' as TenantId, idOf(i))).toEqual(
      await answers(store.reader, 'other' as TenantId, idOf(i)),
    );
});

test('recent files: a reader that was started later knows those that are still there', async () => {
  await send(10, 20);
  await flush();
  const later = await startReader();
  const before = statements;
  const found = await answers(later.reader, defaultTenant, idOf(22));
  expect(statements - before).toBe(0);
  expect(found).toEqual(await answers(store.reader, defaultTenant, idOf(22)));
  // Sent twice, in segments that it was told of and in others.
  await send(10, 20);
  await flush();
  expect(await answers(later.reader, defaultTenant, idOf(22))).toEqual(
    await answers(store.reader, defaultTenant, idOf(22)),
  );
  later.presence.change(false);
  later.presence.change(true);
  await isLoaded(later.places);
  const again = statements;
  await answers(later.reader, defaultTenant, idOf(2));
  expect(statements - again).toBe(0);
  later.end();
});

test('recent files: where one is gone or damaged ClickHouse is asked', async () => {
  await send(8, 10);
  await flush();
  const folder = join(store.directory, 'spool', 'recent');
  const before = statements;
  const found = await answers(reader, defaultTenant, idOf(10));
  expect(statements - before).toBe(0);
  const names = await readdir(folder);
  for (const name of names) await writeFile(join(folder, name), 'not what it was');
  expect(await answers(reader, defaultTenant, idOf(10))).toEqual(found);
  for (const name of names) await rm(join(folder, name));
  expect(await answers(reader, defaultTenant, idOf(10))).toEqual(found);
  expect(statements).toBeGreaterThan(before);
});
