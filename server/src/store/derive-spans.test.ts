/** Against what ClickHouse says of the same spans. */
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {giveBytes, systemClock, type TenantId} from '../base/index.ts';
import {appendAttribute, type SpanBatch} from '../model/index.ts';
import {arbitrarySpanBatch, seededRandom} from '../model/testing.ts';
import {lastStep, stepNanos, durationStep as stepOf} from '../red/index.ts';
import type {Block} from './block-writer.ts';
import {createSpanDeriver, type SpanDeriver} from './derive-spans.ts';
import {tenantMixOf} from './place-key.ts';
import {place} from './placement.ts';
import {durationStep, minuteOf, traceHash} from './schema-spans.ts';
import {spanEnd, spanHead, spanRoot} from './schema-traces.ts';
import {segmentShape} from './segment-shape.ts';
import {markDigits} from './span-text.ts';
import {startTestStore, type TestStore, traceStates} from './testing.ts';
import {probabilitySql, weightSql} from './weight-sql.ts';
import {createSpanWriter} from './write-spans.ts';

let store: TestStore;
let directory: string;
beforeAll(async () => {
  store = await startTestStore();
  directory = await mkdtemp(join(tmpdir(), 'weft-derive-'));
});
afterAll(async () => {
  await store.stop();
  await rm(directory, {recursive: true, force: true});
});

const spanOrigin = `toUInt64OrZero(substring(origin, 1, ${markDigits}))`;
const keysOfRate = 'tenant, stray, minute, service, name, kind, status_code, duration_step';
const rateOfSpan = `SELECT tenant, stray, ${minuteOf} AS minute, service, name, kind, status_code, ${durationStep('duration_ns')} AS duration_step`;
const weight = weightSql(probabilitySql('trace_state'), 'span_id');

/** Of each table: what is to be in it by the spans, and what is in it. */
const tables = {
  traces: [
    `SELECT tenant, stray, bucket, hex(trace_id) AS id, min(${spanHead}) AS head, max(${spanEnd}) AS last, count() AS spans,
      countIf(status_code = 2) AS errors, max(${spanRoot}) AS root, arraySort(groupUniqArray(${spanOrigin})) AS origins
      FROM spans_11 GROUP BY tenant, stray, bucket, id`,
    `SELECT tenant, stray, bucket, hex(trace_id) AS id, min(head) AS head, max(last) AS last, sum(spans) AS spans,
      sum(errors) AS errors, max(root) AS root, arraySort(groupUniqArrayArray(origins)) AS origins
      FROM traces GROUP BY tenant, stray, bucket, id`,
  ],
  trace_index_11: [
    `SELECT DISTINCT tenant, stray, ${traceHash('trace_id')} AS trace_hash, bucket, segment FROM spans_11`,
    'SELECT DISTINCT * FROM trace_index_11',
  ],
  span_rates: [
    `${rateOfSpan}, 0 AS sampled_out, toInt64(count()) AS spans FROM spans_11 GROUP BY ${keysOfRate} UNION ALL
      ${rateOfSpan}, 1 AS sampled_out, sum(${weight}) - count() AS spans FROM spans_11 GROUP BY ${keysOfRate} HAVING spans > 0`,
    `SELECT ${keysOfRate}, sampled_out, sum(spans) AS spans FROM span_rates GROUP BY ${keysOfRate}, sampled_out`,
  ],
  operations: [
    `SELECT tenant, stray, toDate(${minuteOf}) AS day, service, name, kind, sum(${weight}) AS spans FROM spans_11
      GROUP BY tenant, stray, day, service, name, kind`,
    `SELECT tenant, stray, day, service, name, kind, sum(spans) AS spans FROM operations
      GROUP BY tenant, stray, day, service, name, kind`,
  ],
  span_filters: [
    'SELECT tenant, stray, segment, bucket, count() AS spans FROM spans_11 GROUP BY tenant, stray, segment, bucket',
    `SELECT tenant, stray, segment, first AS bucket, sum(spans) AS spans FROM span_filters
      ARRAY JOIN segments AS segment, firsts AS first, counts AS spans GROUP BY tenant, stray, segment, bucket`,
  ],
} as const;

test.each([1, 2, 3])('span deriver: its blocks say what ClickHouse says of arbitrary spans (seed %i)', async (seed) => {
  await clear();
  const random = seededRandom(seed);
  const some = (limit: number): number => Math.floor(random() * limit);
  const deriver = createSpanDeriver();
  const traceIds = Array.from({length: 12}, () => Uint8Array.from({length: 16}, () => some(256)));
  const batchOf = (count: number): SpanBatch => alike(arbitrarySpanBatch(random, count), random, traceIds);
  for (let finish = 0; finish < 2; finish++) {
    for (let add = 0; add < 4; add++) {
      const writer = createSpanWriter(systemClock);
      const files = Array.from({length: 1 + some(3)}, () => {
        for (let i = some(4); i >= 0; i--) {
          const batch = batchOf(1 + some(60));
          writer.append(batch, `tenant-${some(3)}` as TenantId, placesOf(batch, random));
        }
        return writer.finish().blocks.at(-1)?.bytes ?? new Uint8Array(0);
      });
      const bytes = new Uint8Array(Buffer.concat(files));
      const token = tokenOf(10 * seed + 2 * finish + (add >> 1), add);
      await insert('spans_11', bytes, token);
      deriver.add(bytes, segmentShape('spans_11', token)?.constants?.segment as number);
    }
    await insertBlocks(deriver.finish(), `${seed}-${finish}`);
  }
  await expectSame(seed);
});

test('span deriver: a trace with more origins than bits has each of them once', async () => {
  await clear();
  const random = seededRandom(9);
  const writer = createSpanWriter(systemClock);
  for (let i = 0; i < 40; i++) {
    const batch = arbitrarySpanBatch(random, 9);
    for (let row = 0; row < 9; row++) batch.spans.columns.traceId.set(row, new Uint8Array(16).fill(1 + (row % 2)));
    for (let row = 0; row < 9; row++) batch.spans.columns.start.set(row, 1_700_000_000_000_000_000n);
    nameServices(batch, () => `service-${i}`);
    writer.append(batch, 'tenant' as TenantId);
  }
  const bytes = writer.finish().blocks.at(-1)?.bytes ?? new Uint8Array(0);
  await insert('spans_11', bytes, tokenOf(900, 0));
  const deriver = createSpanDeriver();
  deriver.add(bytes, 900);
  await insertBlocks(deriver.finish(), 'origins');
  await expectSame(9, ['traces']);
  const [counts] = await rows('SELECT uniqExact(o) AS all FROM traces ARRAY JOIN origins AS o');
  expect(counts).toEqual({all: '41'});
});

test('span deriver: the step of a duration is the one that ClickHouse computes, at the bounds of every step', async () => {
  const durations = Array.from({length: lastStep + 1}, (_, step) => BigInt(stepNanos(step)))
    .flatMap((nanos) => [nanos - 1n, nanos, nanos + 1n])
    .concat(-(2n ** 63n), -1n, 2n ** 53n + 1n, 2n ** 63n - 1n);
  const answer = await rows<{step: number}>(
    `SELECT ${durationStep('n')} AS step FROM (SELECT arrayJoin([${durations.map((n) => `toInt64(${n})`).join(', ')}]) AS n)`,
  );
  expect(answer.map(({step}) => step)).toEqual(durations.map((nanos) => stepOf(nanos)));
});

test('span deriver: it counts spans, says which buckets the last ones are in, and is empty after finish and reset', () => {
  const writer = createSpanWriter(systemClock);
  const write = (...starts: bigint[]): Uint8Array => {
    const batch = arbitrarySpanBatch(seededRandom(1), starts.length);
    for (const [row, start] of starts.entries()) batch.spans.columns.start.set(row, start);
    writer.append(batch, 'tenant' as TenantId);
    return writer.finish().blocks.at(-1)?.bytes ?? new Uint8Array(0);
  };
  const deriver = createSpanDeriver();
  expect([deriver.rows, deriver.buckets, deriver.finish()]).toEqual([0, undefined, []]);
  deriver.add(write(30_000_000_000n, 9_999_999_999n, 20_000_000_000n), 1);
  deriver.add(new Uint8Array(Buffer.concat([write(50_000_000_000n), write(70_000_000_001n)])), 2);
  expect([deriver.rows, deriver.buckets]).toEqual([5, {first: 5, last: 7}]);
  const tablesOf = (blocks: readonly Block[]): string[] => blocks.map(({table}) => table);
  expect(tablesOf(deriver.finish())).toEqual(Object.keys(tables));
  expect([deriver.rows, deriver.finish()]).toEqual([0, []]);
  deriver.add(write(0n), 3);
  deriver.reset();
  expect([deriver.rows, deriver.buckets, deriver.finish()]).toEqual([0, undefined, []]);
  deriver.add(new Uint8Array(0), 4);
  expect([deriver.rows, deriver.buckets]).toEqual([0, undefined]);
});

test('span deriver: a segment with a block that cannot be read adds nothing', () => {
  const spans = (seed: number): Uint8Array => {
    const writer = createSpanWriter(systemClock);
    writer.append(arbitrarySpanBatch(seededRandom(seed), 5), 'tenant' as TenantId);
    return writer.finish().blocks.at(-1)?.bytes ?? new Uint8Array(0);
  };
  const [first, second] = [spans(1), spans(2)];
  const sumsOf = (...segments: Uint8Array[]): unknown => {
    const deriver = createSpanDeriver();
    for (const bytes of segments) {
      try {
        deriver.add(bytes, 1);
      } catch {} // what it has then is compared
    }
    return deriver.finish().map(({table, rows, bytes}) => ({table, rows, bytes: Buffer.from(bytes).toString('hex')}));
  };
  const half = new Uint8Array(Buffer.concat([second, second.subarray(0, second.length / 2)]));
  expect(() => createSpanDeriver().add(half, 1)).toThrow();
  expect(sumsOf(first, half)).toEqual(sumsOf(first));
});

test('span deriver: it says in which buckets and blocks each trace of a segment lies', () => {
  const write = (...spans: readonly [hash: number, start: bigint][]): Uint8Array => {
    const writer = createSpanWriter(systemClock);
    const batch = arbitrarySpanBatch(seededRandom(1), spans.length);
    for (const [row, [hash, start]] of spans.entries()) {
      batch.spans.columns.start.set(row, start);
      batch.spans.columns.traceId.set(row, new Uint8Array(16).fill(hash));
    }
    writer.append(batch, 'tenant' as TenantId);
    return writer.finish().blocks.at(-1)?.bytes ?? new Uint8Array(0);
  };
  const mix = tenantMixOf('tenant' as TenantId);
  const placesOf = (deriver: SpanDeriver): unknown[] => {
    const {keys, buckets, blocks} = deriver.places();
    return Array.from(keys, (key, i) => [(key ^ mix) & 0xff, buckets[i], blocks[i]]);
  };
  const [early, late] = [10_000_000_000n, 20_000_000_000n];
  const deriver = createSpanDeriver();
  deriver.add(write([1, early], [2, early], [1, early]), 1);
  expect(placesOf(deriver)).toEqual([
    [1, 1, 0],
    [2, 1, 0],
  ]);
  deriver.add(new Uint8Array(Buffer.concat([write([3, early], [1, late], [1, early]), write([1, early])])), 2);
  expect(placesOf(deriver)).toEqual([
    [3, 1, 0],
    [1, 2, 0],
    [1, 1, 0],
    [1, 1, 1],
  ]);
  const index = deriver.finish().find(({table}) => table === 'trace_index_11');
  expect(index?.rows).toBe(5);
});

/** With traces, names, times and tracestates that come again, and times around the ends of everything. */
function alike(batch: SpanBatch, random: () => number, traceIds: readonly Uint8Array[]): SpanBatch {
  const some = (limit: number): number => Math.floor(random() * limit);
  nameServices(batch, () => `service-${some(5)}`);
  const {traceId, start, end, name, statusCode, parentSpanId, traceState} = batch.spans.columns;
  const seconds = 1_000_000_000n;
  const times = [
    ...[0n, 1n, 1023n, 2n ** 63n - 1n, 2n ** 63n - 2n, 10n * seconds - 1n, 10n * seconds, 60n * seconds],
    ...[
      2n ** 64n - 1n,
      2n ** 64n - 10n * seconds,
      2n ** 64n - 10n * seconds - 1n,
      2n ** 63n,
      2n ** 64n - 123_456_789_012n,
    ],
    ...[4_291_747_199n * seconds, 4_291_747_200n * seconds, 4_294_967_296n * seconds],
    1_700_000_000n * seconds + BigInt(some(3e10)),
  ];
  for (let row = 0; row < batch.spans.count; row++) {
    if (some(4) > 0) traceId.set(row, traceIds[some(traceIds.length)] as Uint8Array);
    if (some(3) > 0) start.set(row, times[some(times.length)] as bigint);
    const length = [0n, 1n, BigInt(some(5e9)), 2n ** 63n - 1n][some(4)] as bigint;
    if (some(3) > 0) end.set(row, BigInt.asUintN(64, start.get(row) + length));
    if (row > 0 && some(2) > 0) name.setPair(row, name.start(row - 1), name.size(row - 1));
    if (some(2) > 0) statusCode.set(row, 2);
    if (some(2) > 0) traceState.setText(row, batch.heap, traceStates[some(traceStates.length)] as string);
    // Zero in one half is no root.
    if (some(4) === 0) parentSpanId.set(row, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, some(2)));
  }
  return batch;
}

/** Gives resources a service and an environment; the last one has two of these, so that its origin has no number. */
function nameServices(batch: SpanBatch, nameOf: () => string): void {
  const {attributes, heap, resources} = batch;
  for (let row = 0; row < resources.count; row++) {
    const from = attributes.count;
    appendAttribute(attributes, heap, 'service.name', {type: 'string', value: nameOf()});
    appendAttribute(attributes, heap, 'deployment.environment', {type: 'string', value: 'production'});
    const isLast = row === resources.count - 1;
    if (isLast) appendAttribute(attributes, heap, 'deployment.environment', {type: 'string', value: 'staging'});
    resources.columns.attributes.setPair(row, from, isLast ? 3 : 2);
  }
}

/** Strays and others of one key would become one row where they lie in one partition, as those of times that have no day do. */
const placesOf = ({spans: {count, columns}}: SpanBatch, random: () => number): Uint8Array =>
  Uint8Array.from({length: count}, (_, row) => {
    const start = columns.start.get(row);
    return start < 1_600_000_000_000_000_000n || start > 2n ** 61n || random() < 0.3 ? place.stray : place.day;
  });

/** `number` is that of the segment, `piece` tells apart what has the same. */
const tokenOf = (number: number, piece: number): string =>
  `spans_11.${String(number * 100).padStart(15, '0')}-0123456789abcdef.${piece}`;

async function insert(table: string, bytes: Uint8Array, token: string): Promise<void> {
  const path = join(directory, 'block.native');
  await writeFile(path, bytes);
  await store.engine.insertFile(table, path, token, new AbortController().signal, segmentShape(table, token));
}

async function insertBlocks(blocks: readonly Block[], token: string): Promise<void> {
  for (const {table, bytes} of blocks) {
    await insert(table, bytes, `${table}-${token}`);
    giveBytes(bytes);
  }
}

async function clear(): Promise<void> {
  for (const table of ['spans_11', ...Object.keys(tables)]) {
    await store.engine.client.command({query: `TRUNCATE TABLE ${table}`});
  }
}

async function expectSame(seed: number, of = Object.keys(tables) as (keyof typeof tables)[]): Promise<void> {
  for (const table of of) {
    const [expected, found] = tables[table];
    const wanted = await rows(`SELECT * FROM (${expected}) ORDER BY ALL`);
    expect(wanted.length).toBeGreaterThan(0);
    expect(await rows(`${found} ORDER BY ALL`), `${table}, seed ${seed}`).toEqual(wanted);
  }
}

async function rows<T = unknown>(query: string): Promise<T[]> {
  const exact = {output_format_json_quote_64bit_integers: 1 as const};
  return (await store.engine.client.query({query, format: 'JSONEachRow', clickhouse_settings: exact})).json<T>();
}
