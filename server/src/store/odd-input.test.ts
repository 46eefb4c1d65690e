/** Input that is accepted and must not cost the store more than it is worth: times out of place, resources of a megabyte. */

import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {createMeter, defaultTenant, silentLog, systemClock} from '../base/index.ts';
import {createEmbeddedEngine} from '../engine/index.ts';
import type {MetricBatch, SpanBatch} from '../model/index.ts';
import {origin, otlp} from '../wire/index.ts';
import {createStore, type Store} from './store.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-odd-'));
const meter = createMeter();
const day = 86_400_000;
let store: Store;
beforeAll(async () => {
  const engine = createEmbeddedEngine({directory: join(directory, 'clickhouse'), log: silentLog});
  store = createStore({
    engine,
    directory,
    spoolLimitBytes: 2 ** 30,
    retention: {traces: 7 * day, logs: 7 * day, metrics: 7 * day},
    clock: systemClock,
    meter,
    log: silentLog,
  });
  await store.start();
  await store.open();
});
afterAll(async () => {
  await store.stop(0);
  rmSync(directory, {recursive: true, force: true});
});

const rows = async <T>(query: string): Promise<T[]> =>
  (await store.engine.client.query({query, format: 'JSONEachRow'})).json<T>();
const json = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const nanos = (millis: number): string => `${BigInt(Math.round(millis)) * 1_000_000n}`;
let lastId = 0;

interface Times {
  readonly service: string;
  readonly starts: readonly (number | undefined)[];
  readonly resource?: Readonly<Record<string, string>>;
}

function spans({service, starts, resource = {}}: Times): SpanBatch {
  const attributes = Object.entries({'service.name': service, ...resource}).map(([key, value]) => ({
    key,
    value: {stringValue: value},
  }));
  return otlp.traces.decodeJson(
    json({
      resourceSpans: [
        {
          resource: {attributes},
          scopeSpans: [
            {
              spans: starts.map((start) => ({
                traceId: String(++lastId).padStart(32, '0'),
                spanId: String(lastId).padStart(16, '0'),
                name: 'work',
                ...(start !== undefined && {startTimeUnixNano: nanos(start), endTimeUnixNano: nanos(start + 5)}),
              })),
            },
          ],
        },
      ],
    }),
  ).batch;
}

async function take(batch: SpanBatch | MetricBatch): Promise<[number, string][]> {
  const told: [number, string][] = [];
  await store.sink.consume(batch, {tenant: defaultTenant, onLeftOut: (items, reason) => told.push([items, reason])});
  return told;
}

test('store: spans that are older than the retention or have no start are told to the sender and counted, the others stored', async () => {
  const now = Date.now();
  const told = await take(spans({service: 'late', starts: [now, now - 8 * day, undefined, now - 6 * day]}));
  expect(told).toEqual([
    [
      2,
      '2 of 4 spans not stored: older than the 7 days that traces are kept (weft.retention); one without a time counts as of 1970',
    ],
  ]);
  expect(await take(spans({service: 'late', starts: [undefined]}))).toEqual([[1, expect.stringMatching(/^1 of 1 /)]]);
  await store.spool.flush();
  expect(await rows(`SELECT toUInt32(count()) AS n FROM spans_11 WHERE service = 'late'`)).toEqual([{n: 2}]);
  expect(meter.read().find(({name}) => name === 'weft_store_expired_items')?.series).toEqual([
    {labels: {signal: 'traces'}, value: 3},
  ]);
});

test('store: spans of two thousand days make a handful of parts, are counted once and found by their time', async () => {
  const now = Date.now();
  const starts = Array.from({length: 2000}, (_, i) => now + i * day);
  expect(await take(spans({service: 'bomb', starts}))).toEqual([]);
  await store.spool.flush();
  const parts = await rows<{n: number}>(
    `SELECT toUInt32(count()) AS n FROM system.parts WHERE active AND table IN ('spans_11', 'trace_index_11', 'span_rates', 'operations')`,
  );
  expect(parts[0]?.n).toBeLessThan(40);
  expect(await rows(`SELECT toUInt32(sum(spans)) AS n FROM operations WHERE service = 'bomb'`)).toEqual([{n: 2000}]);
  expect(await rows(`SELECT toUInt32(sum(spans)) AS n FROM span_rates WHERE service = 'bomb'`)).toEqual([{n: 2000}]);
  const start = BigInt(Math.round(now + 999.5 * day)) * 1_000_000n;
  expect(
    await rows(
      `SELECT toUInt32(count()) AS n FROM spans_11 WHERE service = 'bomb' AND start_time >= fromUnixTimestamp64Nano(${start})
       AND bucket >= intDiv(${start}, 10000000000)`,
    ),
  ).toEqual([{n: 1000}]);
});

test('store: a resource attribute of a megabyte in thousands of spans is stored at once, and merged with others', async () => {
  const now = Date.now();
  const batch = spans({
    service: 'large',
    starts: Array.from({length: 16_000}, () => now),
    resource: {blob: 'x'.repeat(1024 ** 2), 'deploy.id': 'd-77'},
  });
  await take(batch);
  await take(spans({service: 'small', starts: [now], resource: {'deploy.id': 'd-78'}}));
  await store.spool.flush(20_000);
  expect(store.spool.status).toMatchObject({rejectedSegments: 0, segments: 0});
  expect(await rows(`SELECT toUInt32(count()) AS n FROM spans_11 WHERE service = 'large'`)).toEqual([{n: 16_000}]);
  // Spans of several parts: a merge copies nothing either.
  await store.engine.client.command({query: 'OPTIMIZE TABLE spans_11 FINAL'});
});

test('store: the resource and scope of a batch are read as often for a thousand new series as for one', async () => {
  const encode = vi.spyOn(origin, 'encode');
  async function readsFor(prefix: string, series: number): Promise<number> {
    encode.mockClear();
    const metrics = Array.from({length: series}, (_, i) => ({
      name: `${prefix}.${i}`,
      gauge: {dataPoints: [{timeUnixNano: nanos(Date.now()), asDouble: i}]},
    }));
    const attributes = [{key: 'service.name', value: {stringValue: prefix}}];
    await take(
      otlp.metrics.decodeJson(json({resourceMetrics: [{resource: {attributes}, scopeMetrics: [{metrics}]}]})).batch,
    );
    return encode.mock.calls.length;
  }
  try {
    const once = await readsFor('one', 1);
    expect(await readsFor('wide', 1000)).toBe(once);
  } finally {
    encode.mockRestore();
  }
  await store.spool.flush();
  expect(await rows(`SELECT toUInt32(count()) AS n FROM metric_series WHERE service = 'wide'`)).toEqual([{n: 1000}]);
});

test('store: a service name of a megabyte in thousands of spans is refused before it is acknowledged, and says how to mend it', async () => {
  const batch = spans({service: 'x'.repeat(1024 ** 2), starts: Array.from({length: 4000}, () => Date.now())});
  await expect(take(batch)).rejects.toMatchObject({
    name: 'PermanentError',
    reason: 'resource_too_large',
    message: expect.stringMatching(/^4000 items share resources so large that they would take 4\d\d\d MiB to store/),
  });
  const many = Object.fromEntries(Array.from({length: 20_000}, (_, i) => [`key.${i}`, 'v']));
  await expect(
    take(spans({service: 'many', starts: Array.from({length: 4000}, () => Date.now()), resource: many})),
  ).rejects.toThrow(/4000 items share resources so large/);
});

test('store: a database that comes back empty gets the descriptions of its series with their next points', async () => {
  const point = (): MetricBatch =>
    otlp.metrics.decodeJson(
      json({
        resourceMetrics: [
          {
            resource: {attributes: [{key: 'service.name', value: {stringValue: 'gauged'}}]},
            scopeMetrics: [
              {metrics: [{name: 'level', gauge: {dataPoints: [{timeUnixNano: nanos(Date.now()), asDouble: 1.5}]}}]},
            ],
          },
        ],
      }),
    ).batch;
  const described = (): Promise<{n: number}[]> =>
    rows(`SELECT toUInt32(count()) AS n FROM metric_series FINAL WHERE name = 'level'`);
  await take(point());
  await store.spool.flush();
  expect(await described()).toEqual([{n: 1}]);
  for (const table of ['metric_series', 'metric_points', 'schema_migrations']) {
    await store.engine.client.command({query: `DROP TABLE ${table} SYNC`});
  }
  // The first finds the tables gone, and has them made again.
  await take(point());
  await store.spool.flush();
  await take(point());
  await store.spool.flush();
  expect(await described()).toEqual([{n: 1}]);
  expect(await rows(`SELECT toUInt32(count()) AS n FROM metric_points`)).toEqual([{n: 2}]);
});
