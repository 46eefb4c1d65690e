/** Prometheus's query API over the real store, of metrics as OpenTelemetry sends them. */
import type {FastifyInstance} from 'fastify';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {createMeter, defaultTenant, silentLog, type TenantId, utf8Bytes} from '../base/index.ts';
import {createReader} from '../store/index.ts';
import {startTestStore, type TestStore} from '../store/testing.ts';
import {otlp} from '../wire/index.ts';
import {createApi} from './create-api.ts';
import type {Control} from './source.ts';

/** Whole ten seconds: points are 10 s from each other. */
const begin = 1_767_323_040; // 2026-01-02T03:04:00Z
const clock = {now: () => (begin + 120) * 1000};

interface Sent {
  readonly name: string;
  readonly unit?: string;
  readonly description?: string;
  readonly [kind: string]: unknown;
}

const nanos = (seconds: number): string => `${begin + seconds}000000000`;
const attributes = (all: Readonly<Record<string, string>>) =>
  Object.entries(all).map(([key, value]) => ({key, value: {stringValue: value}}));

function batchOf(service: string, metrics: readonly Sent[]) {
  const body = {
    resourceMetrics: [
      {
        resource: {
          attributes: attributes({
            'service.name': service,
            'service.namespace': 'shop',
            'service.instance.id': 'i-1',
            'host.name': 'h-1',
          }),
        },
        scopeMetrics: [{scope: {name: 'test.scope', version: '1.2'}, metrics}],
      },
    ],
  };
  return otlp.metrics.decodeJson(utf8Bytes(JSON.stringify(body))).batch;
}

/** A counter that grows by one every second. */
const calls = (route: string): object => ({
  attributes: attributes({'http.route': route}),
  startTimeUnixNano: nanos(0),
});
const counter: Sent = {
  name: 'http.server.calls',
  unit: '1',
  description: 'Calls that were answered.',
  sum: {
    isMonotonic: true,
    aggregationTemporality: 2,
    dataPoints: ['/a', '/b'].flatMap((route) =>
      [0, 10, 20, 30, 40, 50, 60].map((at) => ({...calls(route), timeUnixNano: nanos(at), asInt: String(at)})),
    ),
  },
};
const histogram: Sent = {
  name: 'http.server.request.duration',
  unit: 's',
  histogram: {
    aggregationTemporality: 2,
    dataPoints: [30, 60].map((at) => ({
      timeUnixNano: nanos(at),
      count: String(at),
      sum: at / 2,
      explicitBounds: [0.5, 1],
      exemplars: [
        {
          timeUnixNano: nanos(25),
          asDouble: 0.75,
          traceId: '0af7651916cd43dd8448eb211c80319c',
          spanId: 'b7ad6b7169203331',
          filteredAttributes: attributes({'user.id': 'u-1'}),
        },
        {timeUnixNano: nanos(at - 1), asDouble: 2},
      ],
      bucketCounts: [String(at / 2), String(at / 2), '0'],
    })),
  },
};
const others: readonly Sent[] = [
  {
    name: 'queue.size',
    gauge: {
      dataPoints: [
        {timeUnixNano: nanos(10), asDouble: 2.5},
        {timeUnixNano: nanos(40), flags: 1},
      ],
    },
  },
  {
    name: 'rpc.latency',
    unit: 'ms',
    summary: {
      dataPoints: [
        {
          timeUnixNano: nanos(60),
          count: '4',
          sum: 8,
          quantileValues: [
            {quantile: 0.5, value: 1},
            {quantile: 0.99, value: 5},
          ],
        },
      ],
    },
  },
  {
    name: 'deltas',
    sum: {
      isMonotonic: true,
      aggregationTemporality: 1,
      // Those of the day before, and of what was before the ranges that are asked for.
      dataPoints: [-86_400, -600, 0, 10, 20, 20, 30, 40, 50, 60].map((at) => ({
        timeUnixNano: nanos(at),
        asInt: at < -80_000 ? '150' : at < 0 ? '100' : '2',
      })),
    },
  },
  {
    name: 'delta.sizes',
    unit: 'By',
    histogram: {
      aggregationTemporality: 1,
      dataPoints: [10, 20, 30, 40, 50, 60].map((at) => ({
        timeUnixNano: nanos(at),
        count: '3',
        sum: 30,
        explicitBounds: [5, 50],
        bucketCounts: ['1', '2', '0'],
      })),
    },
  },
  {
    name: '温度',
    unit: 'Cel',
    gauge: {dataPoints: [{timeUnixNano: nanos(60), asDouble: 21, attributes: attributes({房间: 'a', 部屋: 'b'})}]},
  },
  {
    name: 'delta.level',
    sum: {isMonotonic: false, aggregationTemporality: 1, dataPoints: [{timeUnixNano: nanos(60), asInt: '1'}]},
  },
];

let store: TestStore;
let api: FastifyInstance;

beforeAll(async () => {
  store = await startTestStore();
  await store.sink.consume(batchOf('gateway', [counter, histogram, ...others]), {tenant: defaultTenant});
  await store.sink.consume(batchOf('secret', [counter]), {tenant: 'other' as TenantId});
  await store.spool.flush();
  api = await createApi({
    source: createReader({client: store.engine.queries, clock}),
    control: {} as Control,
    meter: createMeter(),
    log: silentLog,
    clock,
    uiDirectory: undefined,
    loopback: true,
  });
}, 120_000);
afterAll(async () => {
  await api?.close();
  await store?.stop();
});

interface Told {
  readonly status: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what is tested
  readonly data: any;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
  readonly errorType?: string;
  readonly error?: string;
}

async function ask(
  path: string,
  parameters: Readonly<Record<string, string | readonly string[]>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const search = new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((each) => [name, each])),
  );
  const url = `/prometheus/api/v1${path}?${search}`;
  return (await api.inject({method: 'GET', url, headers: {host: 'localhost', ...headers}})).json();
}
const at = (seconds: number): string => String(begin + seconds);
const instant = (query: string, seconds = 60) => ask('/query', {query, time: at(seconds)});
const target = {job: 'shop/gateway', instance: 'i-1', otel_scope_name: 'test.scope', otel_scope_version: '1.2'};
const range = {start: at(0), end: at(60)};

describe('prometheus: names and labels are those of OpenTelemetry’s translation', () => {
  it('units and kinds are in the names, and a distribution is several metrics', async () => {
    const {data} = await ask('/label/__name__/values', range);
    expect(data).toEqual([
      'delta_sizes_bytes_bucket',
      'delta_sizes_bytes_count',
      'delta_sizes_bytes_sum',
      'deltas_total',
      'http_server_calls_total',
      'http_server_request_duration_seconds_bucket',
      'http_server_request_duration_seconds_count',
      'http_server_request_duration_seconds_sum',
      'queue_size',
      'rpc_latency_milliseconds',
      'rpc_latency_milliseconds_count',
      'rpc_latency_milliseconds_sum',
      'target_info',
      '温度_celsius',
    ]);
  });

  it('a name without a letter of ASCII stays as it is', async () => {
    const {data} = await instant('{"温度_celsius", "房间"="a"}');
    expect(data.result).toEqual([
      {metric: {__name__: '温度_celsius', 房间: 'a', 部屋: 'b', ...target}, value: [begin + 60, '21']},
    ]);
    expect((await ask('/label/U___623f__95f4_/values', range)).data).toEqual(['a']);
  });

  it('a sample has the labels of its point, its target and its scope', async () => {
    const {data} = await instant('http_server_calls_total{http_route="/a"}');
    expect(data).toEqual({
      resultType: 'vector',
      result: [{metric: {__name__: 'http_server_calls_total', http_route: '/a', ...target}, value: [begin + 60, '60']}],
    });
  });

  it('buckets and quantiles are told apart by their labels, which selectors may name', async () => {
    const buckets = await instant('http_server_request_duration_seconds_bucket');
    expect(
      buckets.data.result.map(({metric, value}: {metric: {le: string}; value: [number, string]}) => [
        metric.le,
        value[1],
      ]),
    ).toEqual([
      ['0.5', '30'],
      ['1', '60'],
      ['+Inf', '60'],
    ]);
    expect((await instant('http_server_request_duration_seconds_bucket{le="1"}')).data.result).toHaveLength(1);
    expect((await instant('rpc_latency_milliseconds{quantile="0.99"}')).data.result[0].value).toEqual([
      begin + 60,
      '5',
    ]);
  });

  it('the range of a question decides, and a point that says so ends its series', async () => {
    expect((await instant('queue_size', 39)).data.result).toHaveLength(1);
    expect((await instant('queue_size', 40)).data.result).toEqual([]);
  });

  it('nobody sees another tenant’s', async () => {
    const jobs = (headers: Record<string, string>) => ask('/label/job/values', range, headers);
    expect((await jobs({})).data).toEqual(['shop/gateway']);
    expect((await jobs({'x-scope-orgid': 'other'})).data).toEqual(['shop/secret']);
    expect((await jobs({'x-scope-orgid': 'nobody'})).data).toEqual([]);
  });
});

describe('prometheus: questions', () => {
  it('rates, sums and quantiles over stored points', async () => {
    expect((await instant('sum by (job) (rate(http_server_calls_total[1m]))')).data.result).toEqual([
      {metric: {job: 'shop/gateway'}, value: [begin + 60, '2']},
    ]);
    expect(
      (await instant('histogram_quantile(0.5, rate(http_server_request_duration_seconds_bucket[1m]))')).data.result[0]
        .value[1],
    ).toBe('0.5');
  });

  it('over time, by moments, in the order of the labels', async () => {
    const {data} = await ask('/query_range', {query: 'http_server_calls_total / 10', ...range, step: '30s'});
    expect(data.resultType).toBe('matrix');
    expect(
      data.result.map(({metric, values}: {metric: {http_route: string}; values: unknown}) => [
        metric.http_route,
        values,
      ]),
    ).toEqual(
      ['/a', '/b'].map((route) => [
        route,
        [
          [begin, '0'],
          [begin + 30, '3'],
          [begin + 60, '6'],
        ],
      ]),
    );
    expect((await ask('/query_range', {query: '1', ...range, step: '60'})).data.result).toEqual([
      {
        metric: {},
        values: [
          [begin, '1'],
          [begin + 60, '1'],
        ],
      },
    ]);
  });

  it('a range, a number, a text', async () => {
    const matrix = await instant('http_server_calls_total{http_route="/a"}[20s]');
    expect(matrix.data.result[0].values).toEqual([
      [begin + 50, '50'],
      [begin + 60, '60'],
    ]);
    expect((await instant('1 / 0')).data).toEqual({resultType: 'scalar', result: [begin + 60, '+Inf']});
    expect((await instant('"a"')).data).toEqual({resultType: 'string', result: [begin + 60, 'a']});
  });

  it('as a form too, and with notes where something is probably not meant so', async () => {
    const answer = await api.inject({
      method: 'POST',
      url: '/prometheus/api/v1/query',
      headers: {host: 'localhost', 'content-type': 'application/x-www-form-urlencoded'},
      payload: new URLSearchParams({query: 'rate(queue_size[1m])', time: at(60)}).toString(),
    });
    expect(answer.json()).toMatchObject({
      status: 'success',
      infos: expect.arrayContaining([]),
    });
    const told = await instant(
      'rate(http_server_request_duration_seconds_sum[1m]) + histogram_quantile(2, http_server_request_duration_seconds_bucket)',
    );
    expect(told.warnings).toEqual([
      expect.stringMatching(/^PromQL warning: quantile value should be between 0 and 1, got 2 \(1:\d+\)$/),
    ]);
  });

  it('no more than asked for, with a warning', async () => {
    const {data, warnings} = await ask('/query', {query: 'http_server_calls_total', time: at(60), limit: '1'});
    expect(data.result).toHaveLength(1);
    expect(warnings).toEqual(['results truncated due to limit']);
  });
});

describe('prometheus: deltas are cumulative', () => {
  const value = async (query: string) => (await instant(query)).data.result[0]?.value[1];
  it('a sum counts from the start of the day, whatever range is asked for, and a point that came twice counts once', async () => {
    expect(await value('deltas_total')).toBe('114');
    const {data} = await instant('deltas_total[30s]');
    expect(data.result[0].values).toEqual([
      [begin + 40, '110'],
      [begin + 50, '112'],
      [begin + 60, '114'],
    ]);
    expect(await value('increase(deltas_total[20s])')).toBe('4');
  });

  it('the start of a day is a reset of the counter', async () => {
    expect(await value('resets(deltas_total[2d])')).toBe('1');
    expect(await value('deltas_total offset 1d')).toBe('150');
    const {data} = await instant('deltas_total[2d]');
    expect(data.result[0].values.slice(0, 2)).toEqual([
      [begin - 86_400, '150'],
      [begin - 600, '100'],
    ]);
  });

  it('a histogram counts in its buckets, its count and its sum', async () => {
    expect(await value('delta_sizes_bytes_count')).toBe('18');
    expect(await value('delta_sizes_bytes_sum')).toBe('180');
    expect(await value('delta_sizes_bytes_bucket{le="5"}')).toBe('6');
    expect(await value('delta_sizes_bytes_bucket{le="50"}')).toBe('18');
    expect(await value('histogram_quantile(0.5, rate(delta_sizes_bytes_bucket[1m]))')).toBe('16.25');
  });
});

describe('prometheus: exemplars', () => {
  const exemplars = async (query: string, asked: object = range) =>
    (await ask('/query_exemplars', {query, ...asked})).data.map(
      ({seriesLabels, exemplars: all}: {seriesLabels: {le: string}; exemplars: unknown[]}) => [seriesLabels.le, all],
    );
  const bucket = 'http_server_request_duration_seconds_bucket';
  const traced = {
    labels: {span_id: 'b7ad6b7169203331', trace_id: '0af7651916cd43dd8448eb211c80319c', user_id: 'u-1'},
    value: '0.75',
    timestamp: begin + 25,
  };
  const untraced = [29, 59].map((seconds) => ({labels: {}, value: '2', timestamp: begin + seconds}));

  it('those of a histogram are in their buckets, and one that came with two points is one', async () => {
    expect(await exemplars(`histogram_quantile(0.9, sum by (le) (rate(${bucket}[5m])))`)).toEqual([
      ['+Inf', untraced],
      ['1', [traced]],
    ]);
  });

  it('of the range and the selectors alone', async () => {
    expect(await exemplars(`${bucket}{le="1"} / ${bucket}`)).toHaveLength(2);
    expect(await exemplars(`${bucket}{le="1"}`)).toEqual([['1', [traced]]]);
    expect(await exemplars(bucket, {start: at(26), end: at(58)})).toEqual([['+Inf', [untraced[0]]]]);
    expect(await exemplars('queue_size + 1')).toEqual([]);
    expect(await exemplars('1')).toEqual([]);
    const told = await ask('/query_exemplars', {query: bucket, start: at(60), end: at(0)});
    expect(told).toMatchObject({errorType: 'bad_data', error: 'end timestamp must not be before start timestamp'});
  });
});

describe('prometheus: target_info', () => {
  const info = {__name__: 'target_info', host_name: 'h-1', job: 'shop/gateway', instance: 'i-1'};
  it('a resource is 1 with its attributes while it sends points', async () => {
    const at60 = await instant('target_info{job="shop/gateway"}');
    expect(at60.data.result).toEqual([{metric: info, value: [begin + 60, '1']}]);
    expect((await instant('target_info', 60 + 299)).data.result).toHaveLength(1);
    expect((await instant('target_info', 60 + 300)).data.result).toEqual([]);
    expect((await instant('target_info{host_name!="h-1"}')).data.result).toEqual([]);
  });

  it('is among series and labels', async () => {
    expect((await ask('/series', {'match[]': 'target_info', ...range})).data).toEqual([info]);
    expect((await ask('/label/host_name/values', range)).data).toEqual(['h-1']);
  });

  it('is joined with the series of its target', async () => {
    const joined =
      'sum by (host_name) (http_server_calls_total * on (job, instance) group_left (host_name) target_info)';
    expect((await instant(joined)).data.result).toEqual([{metric: {host_name: 'h-1'}, value: [begin + 60, '120']}]);
  });
});

describe('prometheus: what there is', () => {
  it('series, labels and values of those that fit', async () => {
    const {data} = await ask('/series', {
      'match[]': ['http_server_calls_total{http_route="/b"}', 'queue_size'],
      ...range,
    });
    expect(data).toEqual([
      {__name__: 'http_server_calls_total', http_route: '/b', ...target},
      {__name__: 'queue_size', ...target},
    ]);
    expect((await ask('/labels', {'match[]': 'http_server_request_duration_seconds_bucket', ...range})).data).toEqual([
      '__name__',
      'instance',
      'job',
      'le',
      'otel_scope_name',
      'otel_scope_version',
    ]);
    expect((await ask('/label/http_route/values', range)).data).toEqual(['/a', '/b']);
    expect((await ask('/label/U__http_5f_route/values', range)).data).toEqual(['/a', '/b']);
    expect(
      (await ask('/series', {'match[]': '{__name__=~".+"}', start: at(-259_200), end: at(-176_400)})).data,
    ).toEqual([]);
  });

  it('what metrics are', async () => {
    expect((await ask('/metadata', {metric: 'http_server_calls_total'})).data).toEqual({
      http_server_calls_total: [{type: 'counter', help: 'Calls that were answered.', unit: ''}],
    });
    expect(Object.keys((await ask('/metadata', {limit: '2'})).data)).toHaveLength(2);
  });

  it('queries are formatted and told as trees', async () => {
    expect((await ask('/format_query', {query: 'sum(up)by(job)'})).data).toBe('sum by (job) (up)');
    expect((await ask('/parse_query', {query: 'rate(up{a!="b"}[5m] offset 1m)'})).data).toEqual({
      type: 'call',
      func: {name: 'rate', argTypes: ['matrix'], variadic: 0, returnType: 'vector'},
      args: [
        {
          type: 'matrixSelector',
          name: 'up',
          range: 300_000,
          rangeExpr: null,
          offset: 60_000,
          offsetExpr: null,
          matchers: [
            {name: 'a', value: 'b', type: '!='},
            {name: '__name__', value: 'up', type: '='},
          ],
          timestamp: null,
          startOrEnd: null,
          anchored: false,
          smoothed: false,
        },
      ],
    });
  });
});

describe('prometheus: faults are told in its own form', () => {
  it.each([
    ['/query', {query: 'sum(up'}, 'bad_data', 'invalid parameter "query": 1:7: parse error: unexpected end of input'],
    ['/query', {query: ''}, 'bad_data', 'invalid parameter "query": 1:1: parse error: no expression found in input'],
    [
      '/query',
      {query: '1', time: 'now'},
      'bad_data',
      'invalid parameter "time": cannot parse "now" to a valid timestamp',
    ],
    ['/query', {query: 'abs({__name__=~"queue_size|http_server_calls_total"})', time: at(20)}, 'ok', ''],
    [
      '/query',
      {query: 'label_replace(http_server_calls_total, "http_route", "", "job", ".*")', time: at(20)},
      'execution',
      'vector cannot contain metrics with the same labelset',
    ],
    [
      '/query_range',
      {query: 'up[5m]', ...range, step: '10'},
      'bad_data',
      'invalid expression type "range vector" for range query',
    ],
    ['/query_range', {query: 'up', ...range, step: '0'}, 'bad_data', 'zero or negative query resolution step widths'],
    [
      '/query_range',
      {query: 'up', start: at(60), end: at(0), step: '1'},
      'bad_data',
      'end timestamp must not be before start time',
    ],
    [
      '/query_range',
      {query: 'up', start: '0', end: at(0), step: '1'},
      'bad_data',
      'exceeded maximum resolution of 11,000 points',
    ],
    ['/series', range, 'bad_data', 'no match[] parameter provided'],
    ['/labels', {'match[]': 'sum(up)'}, 'bad_data', 'is no selector of series'],
  ] as const)('%s %j', async (path, parameters, errorType, message) => {
    const told = await ask(path, parameters);
    if (errorType === 'ok') return expect(told.status).toBe('success');
    expect(told).toEqual({status: 'error', errorType, error: expect.stringContaining(message)});
  });
});
