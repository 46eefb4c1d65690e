/** What metrics and logs know and traces do not: OTLP of all three signals in the real store, asked by `/propagation`. */
import {afterAll, beforeAll, expect, test} from 'vitest';
import {utf8Bytes} from '../base/index.ts';
import {otlp} from '../wire/index.ts';
import type {PropagationResponse} from './contract.ts';
import {spanBatchOf, type TestSpan} from './testing.ts';
import {startTestApi} from './testing-service.ts';

const second = 1_000_000_000n;
const minute = 60n * second;
/** A whole minute. */
const begin = 1_767_323_040_000_000_000n;
const clock = {now: () => Number(begin / 1_000_000n) + 3_600_000};
const hour = {start: begin, end: begin + 10n * minute};

const texts = (pairs: Readonly<Record<string, string>>) =>
  Object.entries(pairs).map(([key, value]) => ({key, value: {stringValue: value}}));
const resource = (service: string) => ({attributes: texts({'service.name': service})});
const route = (path: string | undefined) => (path === undefined ? [] : texts({'http.route': path}));
const bodyOf = (value: unknown): Uint8Array => utf8Bytes(JSON.stringify(value));

function logs(service: string, path: string | undefined, times: readonly bigint[]) {
  const logRecords = times.map((time) => ({
    timeUnixNano: `${time}`,
    body: {stringValue: 'served'},
    attributes: route(path),
  }));
  const body = {resourceLogs: [{resource: resource(service), scopeLogs: [{logRecords}]}]};
  return otlp.logs.decodeJson(bodyOf(body)).batch;
}

/** Requests that a server's histogram has counted since `since`, told once a minute from `begin` on. */
function requests(
  service: string,
  path: string | undefined,
  counts: readonly number[],
  {since = begin - 1000n * minute, aggregationTemporality = 2} = {},
) {
  const dataPoints = counts.map((count, i) => ({
    startTimeUnixNano: `${since}`,
    timeUnixNano: `${begin + BigInt(i) * minute + second}`,
    count: `${count}`,
    sum: count / 10,
    explicitBounds: [],
    bucketCounts: [`${count}`],
    attributes: route(path),
  }));
  const metrics = [{name: 'http.server.request.duration', unit: 's', histogram: {aggregationTemporality, dataPoints}}];
  const body = {resourceMetrics: [{resource: resource(service), scopeMetrics: [{metrics}]}]};
  return otlp.metrics.decodeJson(bodyOf(body)).batch;
}

let id = 0;
function span(service: string, name: string, start: bigint, attributes: TestSpan['attributes'] = {}): TestSpan {
  const spanId = (++id).toString(16);
  return {traceId: spanId, spanId, name, kind: 2, start, resource: {'service.name': service}, attributes};
}

let api: Awaited<ReturnType<typeof startTestApi>>;
const coverage = async (range: {start: bigint; end: bigint}) =>
  (await api.get<PropagationResponse>('/propagation', range)).coverage;

beforeAll(async () => {
  api = await startTestApi(clock);
  await api.send(
    spanBatchOf([
      span('cart', 'GET /cart', begin + second),
      // Names of other conventions: the attribute alone has the route.
      span('cart', 'CartController.add', begin + second, {'http.route': '/cart/add'}),
      span('cart', 'GET /later', begin + 60n * minute),
      span('later', 'GET /', begin + 60n * minute),
    ]),
    logs('cart', '/cart', [begin + second]),
    logs('cart', '/cart/add', [begin + second]),
    logs('cart', '/cart/items', [begin + second, begin + 2n * second]),
    logs('cart', '/earlier', [begin - 30n * minute]),
    logs('printer', undefined, [begin + second, begin + minute, begin + 2n * minute]),
    logs('printer', '/print', [begin + second]),
    logs('earlier', undefined, [begin - 30n * minute]),
    requests('cart', '/cart', [1, 2]),
    requests('cart', '/cart/items', [1, 2]),
    requests('cart', '/cart/add', [1, 2]),
    requests('cart', '/counted', [5, 6, 8]),
    requests('cart', '/idle', [5, 5, 5]),
    requests('cart', '/never', [0, 0], {since: begin}),
    requests('cart', '/first', [1], {since: begin + second / 2n}),
    requests('cart', '/delta', [0, 4, 0], {aggregationTemporality: 1}),
    requests('cart', '/delta-idle', [0, 0], {aggregationTemporality: 1}),
    requests('cart', '/later', [1, 2]),
    requests('cron', undefined, [7, 7]),
    requests('cron', '/run', [7, 7]),
    requests('later', undefined, [1, 2]),
  );
});
afterAll(async () => {
  await api?.stop();
});

test('propagation: services that logs or metrics of the time know, and spans do not', async () => {
  const {services, more} = await coverage(hour);
  expect(services).toEqual([
    {service: 'printer', series: 0, logs: 4},
    {service: 'cron', series: 2, logs: 0},
    {service: 'later', series: 1, logs: 0},
  ]);
  expect(more).toBeUndefined();
});

test('propagation: routes that were asked for in the time, of which no span tells by its name or attribute', async () => {
  const {routes} = await coverage(hour);
  expect(routes).toEqual([
    {service: 'cart', route: '/cart/items', series: 1, logs: 2},
    {service: 'cart', route: '/counted', series: 1, logs: 0},
    {service: 'cart', route: '/delta', series: 1, logs: 0},
    {service: 'cart', route: '/first', series: 1, logs: 0},
    {service: 'cart', route: '/later', series: 1, logs: 0},
  ]);
});

test('propagation: metrics and logs of another time tell of that', async () => {
  expect(await coverage({start: begin - 40n * minute, end: begin - 20n * minute})).toEqual({
    services: [
      {service: 'cart', series: 0, logs: 1},
      {service: 'earlier', series: 0, logs: 1},
    ],
    routes: [],
  });
  expect(await coverage({start: begin + 30n * minute, end: begin + 40n * minute})).toEqual({services: [], routes: []});
});

test.each([
  ['from the beginning of time', {start: 0n, end: begin + 10n * minute}],
  ['to the end of time', {start: begin, end: 2n ** 63n - 1n}],
  ['over all of time', {start: 0n, end: 2n ** 63n - 1n}],
])('propagation: %s, the same services are known to logs alone', async (_, range) => {
  const {services} = await coverage(range);
  expect(services.map(({service}) => service)).toContain('printer');
});
