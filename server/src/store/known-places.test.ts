import {MessageChannel} from 'node:worker_threads';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {defaultTenant, type TenantId, type TraceId, toHex} from '../base/index.ts';
import {arbitrarySpanBatch, seededRandom} from '../model/testing.ts';
import {createKnownPlaces, type KnownPlaces} from './known-places.ts';
import type {RunLimits} from './place-runs.ts';
import {createPresence} from './read-presence.ts';
import {createQueries} from './read-query.ts';
import {readSpanNews} from './span-news.ts';
import {startTestStore, type TestStore} from './testing.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store.stop());

/** As a thread that has just been started. */
function begin(limits?: RunLimits) {
  const {port1, port2} = new MessageChannel();
  store.feed.connect(port1);
  const presence = createPresence();
  const places = createKnownPlaces({
    queries: createQueries(store.engine.queries, presence),
    news: readSpanNews(port2),
    presence,
    ...(limits && {limits}),
    load: {rows: 16, pauseMs: 0},
  });
  return {places, presence, end: () => port2.close()};
}

const base = 1_700_000_000_000_000_000n;
const tenants = [defaultTenant, 'other' as TenantId];
let made = 0;
async function send(): Promise<void> {
  const random = seededRandom(++made);
  const batch = arbitrarySpanBatch(random, 40);
  const {start, traceId} = batch.spans.columns;
  for (let row = 0; row < 40; row++) {
    start.set(row, base + BigInt(Math.floor(random() * 60)) * 1_000_000_000n);
    traceId.set(row, new Uint8Array(16).fill(12 * (1 + Math.floor(random() * 20))));
  }
  await store.sink.consume(batch, {tenant: tenants[made % 2] as TenantId});
}

/** Of every trace, what the spans themselves say. */
async function expected(tenant: TenantId): Promise<Record<string, string>> {
  const answer = await store.engine.client.query({
    query: `SELECT lower(hex(trace_id)) AS id, arraySort(groupUniqArray((bucket, segment))) AS places FROM spans_11
WHERE tenant = '${tenant}' GROUP BY id`,
    format: 'JSONEachRow',
  });
  return Object.fromEntries(
    (await answer.json<{id: string; places: unknown}>()).map(({id, places}) => [id, textOf(places)]),
  );
}
const textOf = (places: unknown): string => JSON.stringify(places);

function known(places: KnownPlaces, tenant: TenantId): Record<string, string> | undefined {
  const ids = Array.from({length: 20}, (_, i) => toHex(new Uint8Array(16).fill(12 * (1 + i))) as TraceId);
  const found = places.find(tenant, ids, store.changes.recent, 10_000);
  if (found === undefined) return undefined;
  expect(found.unknown).toEqual([]);
  return Object.fromEntries(
    [...found.of].map(([id, list]) => {
      const distinct = new Map(list.map(({bucket, segment}) => [`${bucket} ${segment}`, [bucket, segment]]));
      return [id, textOf([...distinct.values()].sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d))];
    }),
  );
}

async function expectAll(places: KnownPlaces): Promise<void> {
  for (const tenant of tenants) expect(known(places, tenant)).toEqual(await expected(tenant));
}

test('known places: all that was stored before and what comes is known, and a trace that is not there', async () => {
  for (let i = 0; i < 4; i++) await send();
  await store.spool.flush();
  await send();
  const {places, end} = begin();
  expect(known(places, defaultTenant)).toBeUndefined();
  await send();
  await store.spool.flush();
  await expect.poll(() => places.isLoaded).toBe(true);
  await expectAll(places);
  for (let i = 0; i < 3; i++) await send();
  await store.spool.flush();
  await expect.poll(() => places.find(defaultTenant, [], store.changes.recent, 1)?.unknown).toEqual([]);
  await expectAll(places);
  expect(places.find(defaultTenant, ['f'.repeat(32) as TraceId], [], 10)?.of.size).toBe(0);
  expect(places.find(defaultTenant, [toHex(new Uint8Array(16).fill(12)) as TraceId], [], 1)).toBeUndefined();
  end();
});

test('known places: nothing is known while ClickHouse is away, and all of it again afterwards', async () => {
  const {places, presence, end} = begin();
  await expect.poll(() => places.isLoaded).toBe(true);
  presence.change(false);
  expect(known(places, defaultTenant)).toBeUndefined();
  await send();
  presence.change(true);
  await store.spool.flush();
  await expect.poll(() => places.isLoaded).toBe(true);
  await expectAll(places);
  end();
});

test('known places: a segment that has not been told yet is named', async () => {
  const {places, end} = begin();
  await expect.poll(() => places.isLoaded).toBe(true);
  const untold = {segment: 1, first: 1, last: 1, spans: 1, serial: 1_000_000};
  expect(places.find(defaultTenant, [], [untold], 1)?.unknown).toEqual([untold]);
  end();
});

test('known places: beyond their bounds the index is asked', async () => {
  const {places, end} = begin({places: 20, keys: 1, run: 20});
  await expect.poll(() => places.isLoaded).toBe(true);
  expect(known(places, defaultTenant)).toBeUndefined();
  end();
});
