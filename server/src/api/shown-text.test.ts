/** One text everywhere: whatever Jaeger's API and the lists show of a span can be searched for, over the real store. */
import type {FastifyInstance} from 'fastify';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createMeter, defaultTenant, silentLog, systemClock} from '../base/index.ts';
import type {AnyValue} from '../model/index.ts';
import {createReader} from '../store/index.ts';
import {startTestStore, type TestStore} from '../store/testing.ts';
import {createApi} from './create-api.ts';
import type {Control} from './source.ts';
import {spanBatchOf, type TestSpan} from './testing.ts';

let store: TestStore;
let api: FastifyInstance;
const text = (value: string): AnyValue => ({type: 'string', value});
const int = (value: bigint): AnyValue => ({type: 'int', value});
const double = (value: number): AnyValue => ({type: 'double', value});
const list = (...value: AnyValue[]): AnyValue => ({type: 'array', value});
const map = (value: Record<string, AnyValue>): AnyValue => ({
  type: 'map',
  value: Object.entries(value).map(([key, one]) => ({key, value: one})),
});

const values: readonly (readonly [title: string, value: AnyValue, shown: string])[] = [
  ['a map', map({k: text('v')}), '{"k":"v"}'],
  ['a map whose keys are not sorted', map({b: int(1n), a: list(text('x'))}), '{"a":["x"],"b":1}'],
  ['a list of maps', list(map({k: {type: 'bool', value: false}}), {type: 'empty'}), '[{"k":false},null]'],
  ['a list of integers beyond 2^53', list(int(9_007_199_254_740_993n)), '[9007199254740993]'],
  ['a list of whole doubles', list(double(1), double(2.5)), '[1,2.5]'],
  ['a list of an integer and a whole double', list(int(1n), double(1)), '[1,1]'],
  [
    'a list with bytes and no number',
    list({type: 'bytes', value: Uint8Array.of(1, 255)}, double(Number.NaN)),
    '["Af8=","NaN"]',
  ],
  ['bytes', {type: 'bytes', value: Uint8Array.of(1, 2, 255)}, 'AQL/'],
  ['an empty list', list(), '[]'],
];

const producer = {'service.name': 'producer'};
const consumer = {'service.name': 'consumer'};
const copy: TestSpan = {traceId: 'c0', spanId: '1', resource: {'service.name': 'copies'}, scope: {name: 's'}};

beforeAll(async () => {
  store = await startTestStore();
  api = await createApi({
    source: createReader({client: store.engine.queries, clock: systemClock}),
    control: {} as Control,
    meter: createMeter(),
    log: silentLog,
    uiDirectory: undefined,
    loopback: true,
  });
  const batch = spanBatchOf([
    ...values.map(
      ([, value], i): TestSpan => ({
        traceId: `a${i}`,
        spanId: '1',
        attributes: {[`value.${i}`]: value},
        resource: {'service.name': 'values'},
      }),
    ),
    {traceId: 'b0', spanId: '1', name: 'cr\u00e9er', resource: {'service.name': 'Caf\u00e9\u00e8s'}},
    {traceId: 'd0', spanId: '1', resource: producer},
    {
      traceId: 'd0',
      spanId: '2',
      resource: consumer,
      links: [
        {traceId: 'd0', spanId: '1'},
        {traceId: 'd0', spanId: '1'},
      ],
    },
    {traceId: 'd1', spanId: '3', resource: consumer, links: [{traceId: 'd0', spanId: '1'}]},
    copy,
    {...copy, scope: {name: 's', attributes: {shard: 'b'}}},
  ]);
  // Latin-1: each accented letter is one byte that is not UTF-8.
  const {bytes} = batch.heap;
  const latin = Buffer.from(bytes.buffer, bytes.byteOffset, batch.heap.length);
  for (const name of ['Caf\u00e9\u00e8s', 'cr\u00e9er']) {
    const from = Buffer.from(name);
    const at = latin.indexOf(from);
    latin.write(name.padEnd(from.length, '!'), at, 'latin1');
  }
  await store.sink.consume(batch, {tenant: defaultTenant});
  for (let sent = 0; sent < 3; sent++) {
    const again = spanBatchOf([
      {traceId: 'e0', spanId: '1', resource: producer, attributes: {k: 'v'}},
      {traceId: 'e0', spanId: '2', parentSpanId: '1', resource: consumer, status: 2, events: [{name: 'e'}]},
      {traceId: 'e0', spanId: '3', parentSpanId: 'f', resource: consumer},
    ]);
    await store.sink.consume(again, {tenant: defaultTenant});
  }
  await store.spool.flush();
});
afterAll(async () => {
  await api?.close();
  await store?.stop();
});

const get = async (url: string) => (await api.inject({url, headers: {host: 'localhost'}})).json();
const everything = 'start=0&end=9000000000000000';
const found = async (parameters: Record<string, string>): Promise<string[]> =>
  (await get(`/api/traces?${everything}&${new URLSearchParams(parameters)}`)).data.map(({traceID}: {traceID: string}) =>
    traceID.replace(/^0+/, ''),
  );

describe('shown text: attribute text', () => {
  test.each(values.map((one, i) => [one[0], i, ...one] as const))(
    '%s is found and offered as it is shown',
    async (_, i, _title, _value, shown) => {
      const {data} = await get(`/api/traces/a${i}`);
      const tag = data[0].spans[0].tags.find(({key}: {key: string}) => key === `value.${i}`);
      expect(tag.value).toBe(shown);
      expect(await found({service: 'values', tags: JSON.stringify({[`value.${i}`]: shown})})).toEqual([`a${i}`]);
      expect((await get(`/api/weft/v1/attributes/values?key=value.${i}`)).values).toEqual([{value: shown, spans: 1}]);
    },
  );

  test.each(values.map((one, i) => [one[0], i, one[1]] as const))(
    '%s comes back as it was sent',
    async (_, i, value) => {
      const id = `a${i}`.padStart(32, '0') as never;
      const span = await get(`/api/weft/v1/traces/${id}/spans/1`);
      const plain = (one: AnyValue): unknown =>
        one.type === 'array'
          ? one.value.map(plain)
          : one.type === 'map'
            ? one.value.map((entry) => [entry.key, plain(entry.value)])
            : [
                one.type,
                one.type === 'empty'
                  ? ''
                  : one.type === 'bytes'
                    ? Buffer.from(one.value).toString('base64')
                    : String(one.value),
              ];
      const given = (one: {type: string; value?: unknown}): unknown =>
        one.type === 'array'
          ? (one.value as {type: string}[]).map(given)
          : one.type === 'map'
            ? (one.value as {key: string; value: {type: string}}[]).map((entry) => [entry.key, given(entry.value)])
            : [one.type, one.type === 'empty' ? '' : String(one.value)];
      expect(given(span.attributes[0].value)).toEqual(plain(value));
    },
  );
});

describe('shown text: a service name in Latin-1', () => {
  test('is found by the name that is listed, with its operations', async () => {
    const {data} = (await get('/api/services')) as {data: string[]};
    const name = data.find((one) => one.startsWith('Caf')) as string;
    expect(name).toContain('\uFFFD');
    expect(await found({service: name})).toEqual(['b0']);
    const operations = (await get(`/api/operations?service=${encodeURIComponent(name)}`)).data;
    expect(operations).toHaveLength(1);
    expect(await found({service: name, operation: operations[0].name})).toEqual(['b0']);
    const shown = (await get('/api/traces/b0')).data[0].processes.p1.serviceName;
    expect(await found({service: shown})).toEqual(['b0']);
    expect(await found({service: name, tag: `service.name:${name}`})).toEqual(['b0']);
  });
});

test('dependencies: a span without a parent belongs to the span of its trace that it links to, and to no other trace’s, and counts once however often it was sent', async () => {
  const {data} = await get('/api/dependencies?endTs=9000000000000&lookback=9000000000000');
  expect(data).toEqual([{parent: 'producer', child: 'consumer', callCount: 2}]);
});

test('Jaeger trace: two spans equal in all but scope attributes are two', async () => {
  const {data} = await get('/api/traces/c0');
  expect(data[0].spans).toHaveLength(2);
});

describe('shown text: a request that was sent three times', () => {
  test('is one in every API that shows spans', async () => {
    const jaeger = await get('/api/traces/e0');
    expect(jaeger.data[0].spans).toHaveLength(3);
    const outline = await get('/api/weft/v1/traces/e0');
    expect(outline.spans.spanId).toHaveLength(3);
    expect(outline.omitted).toBeUndefined();
    const v3 = await get('/api/v3/traces/e0');
    const spans = v3.result.resourceSpans.flatMap(({scopeSpans}: {scopeSpans: {spans: unknown[]}[]}) =>
      scopeSpans.flatMap((scope) => scope.spans),
    );
    expect(spans).toHaveLength(3);
    const {traces} = await get('/api/weft/v1/traces?service=producer&attribute=k%3Dv');
    expect(traces).toMatchObject([{spans: 3, errors: 1}]);
    const moments = 'query.startTimeMin=2020-01-01T00:00:00Z&query.startTimeMax=2030-01-01T00:00:00Z';
    const {summaries} = await get(`/api/v3/trace-summaries?query.attributes={"k":"v"}&${moments}`);
    expect(summaries).toMatchObject([{spanCount: 3, errorSpanCount: 1, orphanSpanCount: 1}]);
  });

  test('is shown as often as it arrived where the raw trace is asked for', async () =>
    expect((await get('/api/traces/e0?raw=true')).data[0].spans).toHaveLength(9));

  test('leaves two that differ in their scope’s attributes alone', async () =>
    expect((await get('/api/weft/v1/traces/c0')).spans.spanId).toHaveLength(2));
});
