import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import type {TenantId} from '../base/index.ts';
import {Budget} from '../query/index.ts';
import {createKeptOperations, type KeptOperations} from './kept-operations.ts';
import {readOperations, readServices} from './read-catalog.ts';
import {createPresence, type Presence} from './read-presence.ts';
import {createQueries, type Queries} from './read-query.ts';
import {type SpanChanges, spanChanges} from './span-changes.ts';
import {startTestStore, type TestStore} from './testing.ts';

let store: TestStore;
let plain: Queries;
/** As `plain`, counted. */
let queries: Queries;
let statements: number;
let presence: Presence;
let changes: SpanChanges;
let now: number;
let tenants = 0;
let tenant: TenantId;

beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store.stop());
beforeEach(() => {
  presence = createPresence();
  changes = spanChanges();
  plain = createQueries(store.engine.queries, presence);
  statements = 0;
  queries = {
    ...plain,
    rows(query, spec) {
      statements++;
      return plain.rows(query, spec);
    },
  };
  now = 0;
  tenant = `tenant ${++tenants}` as TenantId;
});

const kept = (shared = false): KeptOperations =>
  createKeptOperations({queries, presence, changes, shared, now: () => now});
const budget = (): Budget => new Budget(new AbortController().signal);
const insert = (rows: string): Promise<unknown> =>
  store.engine.client.command({
    query: `INSERT INTO operations (tenant, day, service, name, kind, spans) SELECT '${tenant}', today(), ${rows}`,
  });
const names = async (of: KeptOperations): Promise<string> =>
  (await readServices(queries, tenant, budget(), of)).map(({name, spans}) => `${name} ${spans}`).join(', ');

test('kept operations: what they answer is what a statement does', async () => {
  const some = `['shop', 'Ä', 'pay', ''][number % 4 + 1], ['GET /', 'b', 'a', ''][number % 3 + 1], number % 6, number FROM numbers(80)`;
  await insert(some);
  await insert(some);
  const of = kept();
  const services = await readServices(queries, tenant, budget(), of);
  expect(services).toEqual(await readServices(plain, tenant, budget()));
  expect(services.length).toBe(4);
  for (const {name} of services) {
    const operations = await readOperations(queries, tenant, name, budget(), of);
    expect(operations).toEqual(await readOperations(plain, tenant, name, budget()));
    expect(operations.length).toBeGreaterThan(2);
  }
  expect(await readOperations(queries, tenant, 'nobody', budget(), of)).toEqual([]);
  expect(statements).toBe(1);
});

test('kept operations: read once as long as nothing comes in, but not for ever', async () => {
  await insert(`'a', 'x', 1, 1`);
  const of = kept();
  expect(await Promise.all([names(of), names(of)])).toEqual(['a 1', 'a 1']);
  now = 59_000;
  expect([await names(of), statements]).toEqual(['a 1', 1]);
  now = 60_000;
  expect([await names(of), statements]).toEqual(['a 1', 2]);
});

test('kept operations: what came in is in them a second later, and at once after a flush', async () => {
  await insert(`'a', 'x', 1, 1`);
  const of = kept();
  expect(await names(of)).toBe('a 1');
  await insert(`'b', 'x', 1, 1`);
  changes.inserted();
  now = 999;
  expect([await names(of), statements]).toEqual(['a 1', 1]);
  now = 1000;
  expect([await names(of), statements]).toEqual(['a 1, b 1', 2]);
  await insert(`'c', 'x', 1, 1`);
  changes.inserted();
  changes.flushed();
  expect([await names(of), statements]).toEqual(['a 1, b 1, c 1', 3]);
});

test('kept operations: where others store spans too, they are two seconds old at most', async () => {
  await insert(`'a', 'x', 1, 1`);
  const of = kept(true);
  expect(await names(of)).toBe('a 1');
  await insert(`'a', 'x', 1, 1`);
  now = 1999;
  expect([await names(of), statements]).toEqual(['a 1', 1]);
  now = 2000;
  expect([await names(of), statements]).toEqual(['a 2', 2]);
});

test('kept operations: none of a ClickHouse that is away, or was', async () => {
  await insert(`'a', 'x', 1, 1`);
  const of = kept();
  expect(await names(of)).toBe('a 1');
  presence.change(false);
  await expect(names(of)).rejects.toMatchObject({name: 'QueryError', reason: 'unavailable'});
  presence.change(true);
  await insert(`'a', 'x', 1, 1`);
  expect(await names(of)).toBe('a 2');
});

test('kept operations: what could not be read is read again, and whoever goes away takes it from nobody', async () => {
  await insert(`'a', 'x', 1, 1`);
  const of = kept();
  const starved = new Budget(new AbortController().signal, {memoryBytes: 1000});
  await expect(of.get(tenant, starved)).rejects.toMatchObject({reason: 'too_large'});
  const gone = new AbortController();
  const first = of.get(tenant, new Budget(gone.signal));
  const second = names(of);
  gone.abort();
  await first;
  expect(await second).toBe('a 1');
});

test.each([
  ['that are no text', `unhex('ff'), 'x', 1, 1`, 1],
  ['beyond their bound', `'a', toString(number), 1, 1 FROM numbers(20001)`, 20_001],
])('kept operations: names %s are read for every question', async (_, rows, spans) => {
  await insert(rows);
  const of = kept();
  expect(await of.get(tenant, budget())).toBe(undefined);
  const services = await readServices(queries, tenant, budget(), of);
  expect(services).toEqual(await readServices(plain, tenant, budget()));
  expect(services[0]?.spans).toBe(spans);
});
