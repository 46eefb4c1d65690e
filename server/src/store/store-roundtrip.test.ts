/** Every field of every signal on its way through the real engine. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {defaultTenant, type TenantId, type TraceId, toHex, utf8Bytes} from '../base/index.ts';
import {type MetricBatch, recycle} from '../model/index.ts';
import {arbitrarySpanBatch, seededRandom, spansAsObjects} from '../model/testing.ts';
import {Budget} from '../query/index.ts';
import {otlp} from '../wire/index.ts';
import {startTestStore, type TestStore} from './testing.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store.stop());

const asked = () => ({budget: new Budget(new AbortController().signal)});

const golden = join(import.meta.dirname, '../../../fixtures/otlp/golden');
/** Export requests that the official Python runtime wrote. */
const fixtures = (signal: string): Uint8Array[] =>
  readdirSync(golden)
    .filter((name) => name.endsWith(`.${signal}`))
    .map((name) => new Uint8Array(readFileSync(join(golden, name))));
const rowsOf = async <R>(query: string): Promise<R[]> =>
  (await store.engine.client.query({query, format: 'JSONEachRow'})).json<R>();

test.each([1, 2, 3])('store round trip: arbitrary spans come back with every field (seed %i)', async (seed) => {
  const batch = arbitrarySpanBatch(seededRandom(seed), 60);
  const expected = spansAsObjects(batch);
  await store.sink.consume(batch, {tenant: defaultTenant});
  await store.spool.flush();
  const ids = expected.map((span) => span.traceId as TraceId);
  const read = await store.reader.traces(defaultTenant, ids, {...asked(), maxSpans: 1000});
  const found = new Map(spansAsObjects(read!).map((span) => [span.spanId, span]));
  expect(expected.map((span) => found.get(span.spanId))).toEqual(expected);
});

test('store round trip: a tenant does not see the spans of another', async () => {
  const batch = arbitrarySpanBatch(seededRandom(99), 1);
  const id = toHex(batch.spans.columns.traceId.get(0)) as TraceId;
  await store.sink.consume(batch, {tenant: 'team-a' as TenantId});
  await store.spool.flush();
  expect(await store.reader.traces(defaultTenant, [id], {...asked(), maxSpans: 10})).toBeUndefined();
  expect((await store.reader.traces('team-a' as TenantId, [id], {...asked(), maxSpans: 10}))?.spans.count).toBe(1);
});

test('store round trip: the golden spans come back with every field', async () => {
  for (const body of fixtures('traces')) {
    const {batch} = otlp.traces.decodeProto(body);
    const expected = spansAsObjects(batch);
    await store.sink.consume(batch, {tenant: defaultTenant});
    await store.spool.flush();
    const ids = expected.map((span) => span.traceId as TraceId);
    const read = await store.reader.traces(defaultTenant, ids, {...asked(), maxSpans: 1000});
    const found = new Map((read === undefined ? [] : spansAsObjects(read)).map((span) => [span.spanId, span]));
    expect(expected.map((span) => found.get(span.spanId))).toEqual(expected);
  }
});

test('store round trip: every golden log record and metric point is stored, and every series described once', async () => {
  let logs = 0;
  let points = 0;
  for (const body of fixtures('logs')) {
    const {batch} = otlp.logs.decodeProto(body);
    logs += batch.logs.count;
    await store.sink.consume(batch, {tenant: defaultTenant});
  }
  for (const body of fixtures('metrics')) {
    const {batch} = otlp.metrics.decodeProto(body);
    points += batch.points.count;
    await store.sink.consume(batch, {tenant: defaultTenant});
  }
  await store.spool.flush();
  expect(await rowsOf('SELECT toUInt32(count()) AS n FROM logs')).toEqual([{n: logs}]);
  expect(await rowsOf('SELECT toUInt32(count()) AS n FROM metric_points')).toEqual([{n: points}]);
  expect(
    await rowsOf(
      'SELECT toUInt32(count()) AS n FROM metric_points WHERE series NOT IN (SELECT series FROM metric_series)',
    ),
  ).toEqual([{n: 0}]);
  const [described] = await rowsOf<{rows: number; distinct: number}>(
    'SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(series, day)) AS distinct FROM metric_series',
  );
  expect(described?.rows).toBe(described?.distinct);
});

test('metric series: three resources decoded into the same memory are three series, each described as its own', async () => {
  const request = (service: string) => ({
    resourceMetrics: [
      {
        resource: {attributes: [{key: 'service.name', value: {stringValue: service}}]},
        scopeMetrics: [
          {metrics: [{name: 'recycled', gauge: {dataPoints: [{timeUnixNano: `${Date.now()}000000`, asInt: '1'}]}}]},
        ],
      },
    ],
  });
  let spare: MetricBatch | undefined;
  for (const service of ['a', 'b', 'c']) {
    const json = otlp.metrics.decodeJson(utf8Bytes(JSON.stringify(request(service)))).batch;
    const {batch} = otlp.metrics.decodeProto(otlp.metrics.encodeProto(json), spare);
    await store.sink.consume(batch, {tenant: defaultTenant});
    spare = recycle(batch);
  }
  await store.spool.flush();
  const series = await rowsOf<{service: string}>(
    "SELECT service, toUInt32(count()) AS points FROM metric_points INNER JOIN metric_series USING (series) WHERE name = 'recycled' GROUP BY service ORDER BY service",
  );
  expect(series).toEqual(['a', 'b', 'c'].map((service) => ({service, points: 1})));
});
