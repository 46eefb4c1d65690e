import {MessageChannel} from 'node:worker_threads';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {defaultTenant, type TenantId, unixNano} from '../base/index.ts';
import {arbitrarySpanBatch, seededRandom} from '../model/testing.ts';
import {Budget, type SpanCondition, type SpanFilter} from '../query/index.ts';
import {pairsSql} from './attribute-sql.ts';
import {createKeptFilters, type KeptFilters} from './kept-filters.ts';
import {createKeptRates, type KeptRates} from './kept-rates.ts';
import {isLossy} from './lossy-text.ts';
import {countKnown} from './read-minutes.ts';
import {type Narrow, narrowed} from './read-narrow.ts';
import {createPresence, type Presence} from './read-presence.ts';
import {createQueries, type Queries} from './read-query.ts';
import {windows} from './read-windows.ts';
import {readSpanNews} from './span-news.ts';
import {startTestStore, type TestStore, traceStates} from './testing.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store.stop());

interface Reading {
  readonly filters: KeptFilters;
  readonly rates: KeptRates;
  readonly presence: Presence;
  /** With all of the memory, and with none. */
  readonly queries: Queries;
  readonly plain: Queries;
  end(): void;
}

/** As a thread that has just been started. */
function begin(limits: {filters?: number; rates?: number} = {}): Reading {
  const {port1, port2} = new MessageChannel();
  store.feed.connect(port1);
  const presence = createPresence();
  const plain = createQueries(store.engine.queries, presence, {recent: () => store.changes.recent});
  const options = {queries: plain, news: readSpanNews(port2), presence};
  const filters = createKeptFilters(options, limits.filters);
  const rates = createKeptRates({...options, cells: filters.of}, limits.rates);
  const queries = {...plain, memory: {filters, rates}};
  return {filters, rates, presence, queries, plain, end: () => port2.close()};
}

const isLoaded = ({filters, rates}: Reading): boolean =>
  filters.of(defaultTenant) !== undefined && rates.minutes(defaultTenant, {conditions: []}, 0, 1) !== undefined;
const loaded = async (reading: Reading, from = 0): Promise<void> => {
  await expect.poll(() => filtersFrom(reading)).toBe(from);
  await expect.poll(() => isLoaded(reading)).toBe(true);
};
const filtersFrom = ({filters}: Reading): number | undefined => filters.of(defaultTenant)?.from;

const base = 1_700_000_000_000_000_000n;
const tenants = [defaultTenant, 'other' as TenantId];
let made = 0;
async function send(): Promise<void> {
  const random = seededRandom(++made);
  const batch = arbitrarySpanBatch(random, 40);
  const {start, traceState} = batch.spans.columns;
  for (let row = 0; row < 40; row++) {
    traceState.setText(row, batch.heap, traceStates[row % traceStates.length] as string);
    start.set(row, base + BigInt(600 * made + Math.floor(random() * 60)) * 1_000_000_000n);
  }
  await store.sink.consume(batch, {tenant: tenants[made % 2] as TenantId});
}

interface Pair {
  readonly bucket: number;
  readonly segment: number;
  readonly k: string;
  readonly v: string;
}

/** Every pair of every span, wherever it stands. */
async function storedPairs(tenant: TenantId): Promise<Pair[]> {
  const arrays = (['attributes', 'resource_attributes', 'scope_attributes'] as const).map((column) => {
    const {keys, values} = pairsSql(column);
    return `arrayZip(${keys}, ${values})`;
  });
  const maps = ['events.attributes', 'links.attributes'].map(
    (name) => `arrayFlatten(arrayMap(m -> arrayZip(mapKeys(m), mapValues(m)), ${name}))`,
  );
  const events = `arrayMap(n -> ('event', toString(n)), events.name)`;
  const answer = await store.engine.client.query({
    query: `SELECT DISTINCT bucket, segment, toString(p.1) AS k, toString(p.2) AS v FROM spans_11
ARRAY JOIN arrayConcat(${[...arrays, ...maps, events].join(', ')}) AS p WHERE tenant = '${tenant}'`,
    format: 'JSONEachRow',
  });
  return (await answer.json<Pair>()).filter(({k, v}) => !isLossy(k) && !isLossy(v));
}

const asked = (): Budget => new Budget(new AbortController().signal);
const pairIs = (key: string, value: string): SpanCondition => ({type: 'attribute', key, value, of: 'anywhere'});

async function narrowOf({queries}: Reading, tenant: TenantId, filter: SpanFilter): Promise<Narrow | undefined> {
  return (await narrowed(queries, tenant, filter, {budget: asked(), inWindows: true})).narrow;
}

/** Whether all pairs are found where they are. */
async function expectFound(reading: Reading, tenant: TenantId): Promise<void> {
  const pairs = await storedPairs(tenant);
  expect(pairs.length).toBeGreaterThan(100);
  for (const {bucket, segment, k, v} of pairs) {
    const start = unixNano(BigInt(bucket) * 10_000_000_000n);
    const filter = {start, end: unixNano(start + 9_999_999_999n), conditions: [pairIs(k, v)]};
    const narrow = await narrowOf(reading, tenant, filter);
    const stretches = narrow?.among ?? [{segment, first: bucket, last: bucket}];
    const has = stretches.some((one) => one.segment === segment && one.first <= bucket && one.last >= bucket);
    expect(has, JSON.stringify({bucket, segment, k, v})).toBe(true);
  }
}

/** And what is not there next to nowhere. */
async function expectExact(reading: Reading): Promise<void> {
  for (const tenant of tenants) {
    await expectFound(reading, tenant);
    const absent = await narrowOf(reading, tenant, {conditions: [pairIs('key.0', 'of nobody')]});
    expect(absent?.among?.length).toBeLessThanOrEqual(1);
  }
}

const filters: readonly SpanFilter[] = [
  {conditions: []},
  {conditions: [], minDurationNano: 1_000_000n, maxDurationNano: 10n ** 17n},
  {conditions: [{type: 'status', status: 'error'}], start: unixNano(base + 700_000_000_000n)},
  {conditions: [{type: 'not', condition: {type: 'kind', kind: 'server'}}], end: unixNano(base + 1_900_000_000_000n)},
  {
    conditions: [
      {
        type: 'any',
        of: [
          {type: 'kind', kind: 'client'},
          {type: 'field', field: 'operation', value: 'nobody'},
        ],
      },
    ],
  },
  {service: 'nobody', conditions: []},
  {conditions: [pairIs('key.0', 'of nobody'), {type: 'status', status: 'ok'}]},
];

async function windowsOf(queries: Queries, tenant: TenantId, filter: SpanFilter): Promise<string[]> {
  const list: string[] = [];
  for await (const {sql} of windows(queries, tenant, filter, {
    now: Number(base / 1_000_000n),
    spans: 10,
    budget: asked(),
  }))
    list.push(sql);
  return list;
}

async function expectSameRates({queries, plain}: Reading): Promise<void> {
  for (const tenant of tenants) {
    // Those that sampled spans stand for are nowhere to be found.
    const answer = await store.engine.client.query({
      query: `SELECT toUInt32(count()) AS stored FROM spans_11 WHERE tenant = '${tenant}'`,
      format: 'JSONEachRow',
    });
    expect(await answer.json()).toEqual([{stored: await countKnown(queries, tenant, {conditions: []}, asked())}]);
    for (const filter of filters) {
      const name = JSON.stringify(filter, (_, value) => (typeof value === 'bigint' ? String(value) : value));
      const known = await countKnown(queries, tenant, filter, asked());
      expect(known, name).toBe(await countKnown(plain, tenant, filter, asked()));
      expect(await windowsOf(queries, tenant, filter), name).toEqual(await windowsOf(plain, tenant, filter));
    }
  }
}

test('kept filters and rates: they say of spans what these say, whether they were read or told', async () => {
  const reading = begin();
  await loaded(reading);
  for (let i = 0; i < 6; i++) await send();
  await store.spool.flush(30_000);
  await expectExact(reading);
  await expectSameRates(reading);
  const later = begin();
  await loaded(later);
  await expectExact(later);
  await expectSameRates(later);
  for (const one of [reading, later]) one.end();
});

test('kept filters and rates: nothing that is stored is missed while segments are not summed up', async () => {
  const reading = begin();
  await loaded(reading);
  await send();
  await expect.poll(() => store.changes.recent.length).toBeGreaterThan(0);
  const narrow = await narrowOf(reading, tenants[made % 2] as TenantId, {conditions: [pairIs('key.0', 'of nobody')]});
  const [segment] = store.changes.recent;
  if (segment !== undefined) {
    expect(narrow?.among?.some((one) => one.segment === segment.segment)).toBe(true);
    expect(narrow?.recent).toBe(segment.first);
  }
  await store.spool.flush(30_000);
  reading.end();
});

test('kept filters and rates: of more than there is room for, the newest are kept, and older ones asked for', async () => {
  const reading = begin({filters: 6000, rates: 60});
  await expect.poll(() => filtersFrom(reading) ?? 0).toBeGreaterThan(0);
  await expectSameRates(reading);
  const from = filtersFrom(reading) as number;
  const filter = {conditions: [pairIs('key.0', 'of nobody')]};
  const parts = await windowsOf(
    {...reading.queries, memory: {filters: reading.filters}},
    defaultTenant,
    await narrowed(reading.queries, defaultTenant, filter, {budget: asked(), inWindows: true}),
  );
  expect(parts.length).toBeGreaterThan(0);
  for (let i = 0; i < 4; i++) await send();
  await store.spool.flush(30_000);
  await expect.poll(() => filtersFrom(reading) ?? 0).toBeGreaterThan(from);
  await expectSameRates(reading);
  reading.end();
});

test('kept filters and rates: nothing is told by heart while ClickHouse is away, and all again when it is back', async () => {
  const reading = begin();
  await loaded(reading);
  reading.presence.change(false);
  expect(filtersFrom(reading)).toBeUndefined();
  reading.presence.change(true);
  await loaded(reading);
  await expectSameRates(reading);
  reading.end();
});

test('kept filters: spans whose filters were lost are looked through, the others are not', async () => {
  await store.engine.client.command({
    query: `DELETE FROM span_filters WHERE tenant = 'other' AND last % 2 = (SELECT max(last) % 2 FROM span_filters WHERE tenant = 'other')`,
  });
  const reading = begin();
  await loaded(reading);
  await expectFound(reading, 'other' as TenantId);
  const answer = await store.engine.client.query({
    query: `SELECT DISTINCT bucket AS first, segment FROM spans_11 WHERE tenant = 'other' AND (bucket, segment) NOT IN
(SELECT tupleElement(cell, 1), tupleElement(cell, 2) FROM span_filters ARRAY JOIN arrayZip(firsts, segments) AS cell WHERE tenant = 'other')`,
    format: 'JSONEachRow',
  });
  const cells = (await answer.json<{first: number; segment: number}>()).map(
    ({first, segment}) => `${first} ${segment}`,
  );
  expect(cells.length).toBeGreaterThan(0);
  const plain = reading.filters.of('other' as TenantId)?.all.filter(({words}) => words.length === 0) ?? [];
  const looked = plain.flatMap(({segments, firsts}) => [...segments].map((segment, i) => `${firsts[i]} ${segment}`));
  expect(looked.sort()).toEqual(cells.sort());
  const untouched = await narrowOf(reading, defaultTenant, {conditions: [pairIs('key.0', 'of nobody')]});
  expect(untouched?.among?.length).toBeLessThanOrEqual(1);
  reading.end();
});

test('kept rates: minutes whose rates were lost are looked through', async () => {
  await store.engine.client.command({
    query: `DELETE FROM span_rates WHERE tenant = 'default' AND toUInt32(minute) IN (SELECT toUInt32(max(minute)) FROM span_rates WHERE tenant = 'default')`,
  });
  const reading = begin();
  await loaded(reading);
  const answer = await store.engine.client.query({
    query: `SELECT DISTINCT intDiv(bucket, 6) * 60 AS minute FROM spans_11 WHERE tenant = 'default' ORDER BY minute DESC`,
    format: 'JSONEachRow',
  });
  const stored = (await answer.json<{minute: number}>()).map(({minute}) => Number(minute));
  const known = reading.rates.minutes(defaultTenant, {service: 'nobody', conditions: []}, 0, 2 ** 32);
  expect(known?.list.map(({minute}) => minute)).toEqual(stored.slice(0, 1));
  const all = reading.rates.minutes(defaultTenant, {conditions: []}, 0, 2 ** 32);
  expect(all?.list.map(({minute}) => minute)).toEqual(stored);
  reading.end();
});

test('kept filters: where an earlier version stored spans, nothing is said of these', async () => {
  const last = Number(base / 10_000_000_000n) + 60;
  await store.engine.client.command({query: `INSERT INTO span_filters (tenant, last) VALUES ('default', ${last})`});
  const reading = begin();
  await loaded(reading, last + 1);
  await expect.poll(() => reading.filters.of('other' as TenantId)?.from).toBe(0);
  reading.end();
});
