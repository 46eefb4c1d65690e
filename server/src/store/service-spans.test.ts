/** Which spans of a service are looked at where there are too many for all. */
import {afterAll, beforeAll, expect, test} from 'vitest';
import {defaultTenant, systemClock, unixNano, utf8Bytes} from '../base/index.ts';
import {Budget, fold, messageFold, mostFolded, statementFold} from '../query/index.ts';
import {otlp} from '../wire/index.ts';
import {foldSql} from './fold-sql.ts';
import {Where} from './read-conditions.ts';
import {createPresence} from './read-presence.ts';
import {createQueries, type Queries} from './read-query.ts';
import {serviceSpans} from './service-spans.ts';
import {startTestStore, type TestStore} from './testing.ts';

const second = 1_000_000_000n;
const minute = 60n * second;
const begin = ((BigInt(systemClock.now()) * 1_000_000n) / minute) * minute - 120n * minute;
/** One a second for an hour. */
const count = 3600;

let store: TestStore;
let queries: Queries;
beforeAll(async () => {
  store = await startTestStore();
  queries = createQueries(store.engine.queries, createPresence());
  const spans = Array.from({length: count}, (_, n) => ({
    // The last bytes of ids are random in every scheme.
    traceId: Math.imul(n + 1, 0x9e3779b1)
      .toString(16)
      .replace('-', '')
      .padStart(32, '0'),
    spanId: (n + 1).toString(16).padStart(16, '0'),
    name: 'work',
    kind: 2,
    startTimeUnixNano: `${begin + BigInt(n) * second}`,
    endTimeUnixNano: `${begin + BigInt(n) * second + 1000n}`,
  }));
  const body = {
    resourceSpans: [
      {
        resource: {attributes: [{key: 'service.name', value: {stringValue: 'busy'}}]},
        scopeSpans: [{scope: {}, spans}],
      },
    ],
  };
  await store.sink.consume(otlp.traces.decodeJson(utf8Bytes(JSON.stringify(body))).batch, {tenant: defaultTenant});
  await store.spool.flush();
});
afterAll(() => store?.stop());

const budget = () => new Budget(new AbortController().signal);
const chosen = async (most: number, by: 'time' | 'trace', end = begin + 60n * minute) => {
  const filter = {service: 'busy', start: unixNano(begin), end: unixNano(end)};
  const {where, share} = await serviceSpans(queries, defaultTenant, filter, {
    ...{most, condition: 'true', by, budget: budget()},
  });
  const all = where();
  const rows = await queries.rows(
    {
      sql: `SELECT bucket AS at, count() AS spans FROM spans_11 ${all.clauses} GROUP BY at ORDER BY at`,
      ...{parameters: all.parameters, budget: budget()},
    },
    {at: 'number', spans: 'number'},
  );
  return {share, buckets: rows.map(({at}) => at), spans: rows.reduce((sum, {spans}) => sum + spans, 0)};
};

test('spans of a service: all where there are no more than are looked at', async () => {
  expect(await chosen(count, 'time')).toMatchObject({share: 1, spans: count});
  expect(await chosen(count, 'trace')).toMatchObject({share: 1, spans: count});
});

test('spans of a service: of more, one stretch of ten seconds of each run, and whole ones', async () => {
  const {share, buckets, spans} = await chosen(1000, 'time');
  expect(share).toBe(4);
  expect(buckets.length).toBeGreaterThanOrEqual(count / 10 / 4 - 1);
  expect(spans / buckets.length).toBeCloseTo(10, 0);
  expect(Math.abs(spans * share - count)).toBeLessThan(0.02 * count);
  // Not every fourth: what comes once a minute would else be missed or hit each time.
  const gaps = new Set(buckets.slice(1).map((at, i) => at - (buckets[i] as number)));
  expect(gaps.size).toBeGreaterThan(3);
  expect(buckets.every((at, i) => i === 0 || Math.floor(at / 4) > Math.floor((buckets[i - 1] as number) / 4))).toBe(
    true,
  );
});

test('spans of a service: of a time so long that stretches are not named one by one, the same are chosen', async () => {
  const short = await chosen(1000, 'time');
  const long = await chosen(1000, 'time', begin + 60_000n * minute);
  expect(long).toMatchObject({share: 4});
  expect(long.buckets.filter((at) => short.buckets.includes(at))).toEqual(short.buckets);
});

test('spans of a service: within a short time, or where a trace is to be whole, some traces are chosen', async () => {
  const {share, spans, buckets} = await chosen(450, 'trace');
  expect(share).toBe(8);
  expect(Math.abs(spans * share - count)).toBeLessThan(0.3 * count);
  expect(buckets.length).toBeGreaterThan(200);
  const short = await chosen(100, 'time', begin + 5n * minute);
  expect(short.share).toBe(4);
  expect(short.spans).toBeGreaterThan(40);
  expect(short.spans).toBeLessThan(120);
});

test.each([
  ['statement', statementFold, `SELECT  *\nFROM t WHERE id = 7 AND name = 'it''s' AND x IN (1, 2, 3.5) AND "y" = $1`],
  ['statement', statementFold, `INSERT INTO t VALUES (1, 'a'), (2, 'b'), (:id, :name)`],
  ['message', messageFold, 'user 4711 not found in "eu-1" (550e8400-e29b-41d4-a716-446655440000), 0xdeadbeef'],
  ['message', messageFold, "can't read `x` of 10.0.0.1:5432; retry in 12ms, 日本 7"],
  ['message', messageFold, ''],
] as const)('fold: %s is folded alike by the store and in JavaScript', async (name, steps, text) => {
  const where = new Where(defaultTenant);
  const sql = foldSql(where, where.bind(text), steps, mostFolded[name]);
  const [row] = await queries.rows(
    {sql: `SELECT ${sql} AS folded`, parameters: where.parameters, budget: budget()},
    {folded: 'text'},
  );
  expect(row?.folded).toBe(fold(text, steps));
  expect(row?.folded).not.toMatch(/\d{2}|\s\s/);
});
