import {expect, it} from 'vitest';
import {defaultTenant, type TenantId} from '../base/index.ts';
import {createMetricWriter, type KeyValue, type MetricBatch, type MetricWriter} from '../model/index.ts';
import {PrometheusStore} from './exporter-prometheus-store.ts';
import {type TextFormat, writeText} from './exporter-prometheus-text.ts';
import {labelRules} from './prometheus-labels.ts';
import {startTestCollector} from './testing.ts';

const text = (key: string, value: string): KeyValue => ({key, value: {type: 'string', value}});
const plain: TextFormat = {openMetrics: false, timestamps: false, utf8: false};
const ms = 1_000_000n;

function metrics(
  write: (writer: MetricWriter) => void,
  resource: readonly KeyValue[] = [text('service.name', 'shop')],
): MetricBatch {
  const writer = createMetricWriter();
  writer.resource(resource);
  write(writer);
  return writer.batch;
}

function exporter({
  expiration = 0,
  maxSeries = 100,
  ...naming
}: {
  expiration?: number;
  maxSeries?: number;
  namespace?: string;
  translation_strategy?: Parameters<typeof labelRules>[0]['translation_strategy'];
  promote?: boolean;
  scope?: boolean;
  constant?: ReadonlyMap<string, string>;
} = {}) {
  const dropped: string[] = [];
  const rules = labelRules(
    {
      namespace: naming.namespace ?? '',
      add_metric_suffixes: true,
      translation_strategy: naming.translation_strategy,
      resource_constant_labels: {included: [], excluded: []},
      resource_to_telemetry_conversion: {
        enabled: naming.promote ?? false,
        exclude_service_attributes: true,
        included: [],
        excluded: [],
      },
    },
    naming.scope ?? false,
    naming.constant ?? new Map(),
  );
  const store = new PrometheusStore(rules, expiration, maxSeries, (reason) => dropped.push(reason));
  return {
    store,
    dropped,
    add: (batch: MetricBatch, now = 0, tenant: string = defaultTenant) => store.add(batch, tenant as TenantId, now),
    shown: (format: Partial<TextFormat> = {}): string[] =>
      writeText(store.families.values(), store.targetInfo(), rules.namespace, {...plain, ...format})
        .trimEnd()
        .split('\n'),
    samples: (format: Partial<TextFormat> = {}): string[] =>
      writeText(store.families.values(), store.targetInfo(), rules.namespace, {...plain, ...format})
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('# ')),
  };
}

const counter = (
  value: number,
  {start = 1n, time = 2n, temporality = 'cumulative' as 'delta' | 'cumulative', monotonic = true} = {},
) =>
  metrics((writer) => {
    writer.metric({
      name: 'http.requests',
      unit: '{request}',
      description: 'How\nmany.',
      type: 'sum',
      temporality,
      monotonic,
    });
    writer.number({start: start * ms, time: time * ms, value: BigInt(value), attributes: [text('http.method', 'GET')]});
  });

it('prometheus exporter: counters and gauges have the names, types and help of Prometheus', () => {
  const {add, shown} = exporter();
  add(counter(3));
  add(
    metrics((writer) => {
      writer.metric({name: 'queue.usage', unit: '1', type: 'gauge'});
      for (const [kind, value] of [
        ['a', 0.5],
        ['b', Number.NaN],
        ['c', -Infinity],
      ] as const) {
        writer.number({time: 1n, value, attributes: [text('kind', kind)]});
      }
    }),
  );
  expect(shown()).toEqual([
    '# HELP http_requests_total How\\nmany.',
    '# TYPE http_requests_total counter',
    'http_requests_total{http_method="GET",job="shop"} 3',
    '# HELP queue_usage_ratio ',
    '# TYPE queue_usage_ratio gauge',
    'queue_usage_ratio{job="shop",kind="a"} 0.5',
    'queue_usage_ratio{job="shop",kind="b"} NaN',
    'queue_usage_ratio{job="shop",kind="c"} -Inf',
  ]);
});

it('prometheus exporter: histograms show what is not above each bound, summaries their quantiles', () => {
  const {add, samples} = exporter();
  add(
    metrics((writer) => {
      writer.metric({name: 'duration', unit: 'ms', type: 'histogram', temporality: 'cumulative'});
      writer.histogram({time: 1n, count: 6, sum: 30, bounds: [1, 2.5], counts: [1, 2, 3]});
      writer.metric({name: 'gc', unit: 's', type: 'summary'});
      writer.summary({
        time: 1n,
        count: 2,
        sum: 0.5,
        quantiles: [
          {quantile: 0.5, value: 0.25},
          {quantile: 1, value: 0.3},
        ],
      });
    }),
  );
  expect(samples()).toEqual([
    'duration_milliseconds_bucket{job="shop",le="1"} 1',
    'duration_milliseconds_bucket{job="shop",le="2.5"} 3',
    'duration_milliseconds_bucket{job="shop",le="+Inf"} 6',
    'duration_milliseconds_sum{job="shop"} 30',
    'duration_milliseconds_count{job="shop"} 6',
    'gc_seconds{job="shop",quantile="0.5"} 0.25',
    'gc_seconds{job="shop",quantile="1"} 0.3',
    'gc_seconds_sum{job="shop"} 0.5',
    'gc_seconds_count{job="shop"} 2',
  ]);
});

it('prometheus exporter: exponential histograms become buckets with bounds', () => {
  const {add, samples} = exporter();
  add(
    metrics((writer) => {
      writer.metric({name: 'size', type: 'exponentialHistogram', temporality: 'cumulative'});
      writer.exponentialHistogram({
        time: 1n,
        count: 10,
        sum: 12,
        scale: 0,
        zeroCount: 2,
        positive: {offset: -1, counts: [1, 0, 3]},
        negative: {offset: 0, counts: [1, 3]},
      });
    }),
  );
  expect(samples().map((line) => line.replace('job="shop",', ''))).toEqual([
    'size_bucket{le="-2"} 3',
    'size_bucket{le="-1"} 4',
    'size_bucket{le="0"} 6',
    'size_bucket{le="1"} 7',
    'size_bucket{le="2"} 7',
    'size_bucket{le="4"} 10',
    'size_bucket{le="+Inf"} 10',
    'size_sum{job="shop"} 12',
    'size_count{job="shop"} 10',
  ]);
});

it('prometheus exporter: deltas that follow one another are added up, later ones begin again, earlier ones are dropped', () => {
  const {add, samples, dropped} = exporter();
  const delta = (value: number, start: bigint, time: bigint) =>
    add(counter(value, {start, time, temporality: 'delta'}));
  const seen: string[] = [];
  for (const [value, start, time] of [
    [3, 1n, 2n],
    [4, 2n, 3n],
    [5, 1n, 2n],
    [6, 9n, 10n],
  ] as const) {
    delta(value, start, time);
    seen.push(samples()[0]?.split(' ')[1] ?? '');
  }
  expect(seen).toEqual(['3', '7', '7', '6']);
  expect(dropped).toEqual(['out_of_order']);
});

it('prometheus exporter: deltas of histograms are added up, exponential ones at the coarser scale', () => {
  const {add, samples} = exporter();
  for (const [start, scale, offset] of [
    [1n, 1, 0],
    [2n, 0, 0],
  ] as const) {
    add(
      metrics((writer) => {
        writer.metric({name: 'e', type: 'exponentialHistogram', temporality: 'delta'});
        const positive = {offset, counts: [1, 1, 1]};
        writer.exponentialHistogram({start: start * ms, time: (start + 1n) * ms, count: 3, sum: 5, scale, positive});
        writer.metric({name: 'h', type: 'histogram', temporality: 'delta'});
        writer.histogram({start: start * ms, time: (start + 1n) * ms, count: 3, sum: 5, bounds: [1], counts: [1, 2]});
      }),
    );
  }
  expect(samples().map((line) => line.replace(/job="shop",?/, ''))).toEqual([
    'e_bucket{le="2"} 3',
    'e_bucket{le="4"} 5',
    'e_bucket{le="8"} 6',
    'e_bucket{le="+Inf"} 6',
    'e_sum{} 10',
    'e_count{} 6',
    'h_bucket{le="1"} 2',
    'h_bucket{le="+Inf"} 6',
    'h_sum{} 10',
    'h_count{} 6',
  ]);
});

it('prometheus exporter: what cannot be shown is dropped and told why', () => {
  const {add, dropped, samples} = exporter({maxSeries: 1});
  add(counter(1, {time: 5n}));
  add(counter(2, {time: 4n}));
  add(counter(3, {temporality: 'delta', monotonic: false}));
  add(
    metrics((writer) => {
      writer.metric({name: 'http.requests.total', type: 'gauge'});
      writer.number({time: 1n, value: 1});
      writer.metric({name: 'other', type: 'gauge'});
      writer.number({time: 1n, value: 1});
      writer.metric({name: 'vague', type: 'sum'});
      writer.number({time: 1n, value: 1});
    }),
  );
  expect(dropped).toEqual(['out_of_order', 'temporality', 'type_conflict', 'max_series', 'temporality']);
  expect(samples()).toEqual(['http_requests_total{http_method="GET",job="shop"} 1']);
});

it('prometheus exporter: series expire, and a point that says there is no value ends its series', () => {
  const {add, store, samples} = exporter({expiration: 1000});
  add(counter(1), 0);
  add(
    metrics((writer) => {
      writer.metric({name: 'up', type: 'gauge'});
      writer.number({time: 1n, value: 1});
    }),
    600,
  );
  store.expire(1100);
  expect(samples()).toEqual(['up{job="shop"} 1']);
  add(
    metrics((writer) => {
      writer.metric({name: 'up', type: 'gauge'});
      writer.number({time: 2n, flags: 1});
    }),
    700,
  );
  expect(samples()).toEqual([]);
  expect(store.series).toBe(0);
});

it('prometheus exporter: a target is described once, by what its resource says', () => {
  const {add, samples} = exporter({namespace: 'weft', constant: new Map([['region', 'eu']])});
  const resource = [
    text('service.name', 'shop'),
    text('service.namespace', 'eu'),
    text('service.instance.id', 'i-1'),
    text('host.name', 'h'),
  ];
  const up = (writer: MetricWriter): void => {
    writer.metric({name: 'up', type: 'gauge'});
    writer.number({time: 1n, value: 1});
  };
  add(metrics(up, resource));
  add(metrics(up, resource));
  expect(samples()).toEqual([
    'weft_target_info{host_name="h",instance="i-1",job="eu/shop",region="eu"} 1',
    'weft_up{instance="i-1",job="eu/shop",region="eu"} 1',
  ]);
});

it('prometheus exporter: resources and scopes become labels where that is wanted, and names that meet keep both values', () => {
  const {add, samples} = exporter({promote: true, scope: true});
  add(
    metrics(
      (writer) => {
        writer.scope('lib', '1.0', [text('kind', 'x')]);
        writer.metric({name: 'up', type: 'gauge'});
        writer.number({
          time: 1n,
          value: 1,
          attributes: [text('a.b', '1'), text('a_b', '2'), text('quote', 'say "hi"\\\n')],
        });
      },
      [text('service.name', 'shop'), text('host.name', 'h')],
    ),
  );
  expect(samples()[1]).toBe(
    'up{a_b="1;2",host_name="h",job="shop",otel_scope_kind="x",otel_scope_name="lib",otel_scope_schema_url="",otel_scope_version="1.0",quote="say \\"hi\\"\\\\\\n"} 1',
  );
});

it('prometheus exporter: tenants are told apart by a label', () => {
  const {add, samples} = exporter();
  add(counter(1));
  add(counter(2), 0, 'x');
  expect(samples()).toEqual([
    'http_requests_total{http_method="GET",job="shop"} 1',
    'http_requests_total{http_method="GET",job="shop",tenant="x"} 2',
  ]);
});

it('prometheus exporter: OpenMetrics has exemplars at counters and at the bucket that they fell into', () => {
  const {add, shown} = exporter();
  const exemplars = [
    {time: 1_500_000_000n, value: 2, traceId: new Uint8Array(16).fill(1), spanId: new Uint8Array(8).fill(2)},
  ];
  add(
    metrics((writer) => {
      writer.metric({name: 'c', type: 'sum', temporality: 'cumulative', monotonic: true});
      writer.number({time: 1n, value: 1n, exemplars});
      writer.metric({name: 'h', type: 'histogram', temporality: 'cumulative'});
      writer.histogram({time: 2_500_000_000n, count: 2, sum: 3, bounds: [1, 2], counts: [1, 1, 0], exemplars});
    }),
  );
  const example = `# {trace_id="${'01'.repeat(16)}",span_id="${'02'.repeat(8)}"} 2 1.5`;
  expect(shown({openMetrics: true, timestamps: true})).toEqual([
    '# HELP c ',
    '# TYPE c counter',
    `c_total{job="shop"} 1 0 ${example}`,
    '# HELP h ',
    '# TYPE h histogram',
    'h_bucket{job="shop",le="1.0"} 1 2.5',
    `h_bucket{job="shop",le="2.0"} 2 2.5 ${example}`,
    'h_bucket{job="shop",le="+Inf"} 2 2.5',
    'h_sum{job="shop"} 3 2.5',
    'h_count{job="shop"} 2 2.5',
    '# EOF',
  ]);
  expect(shown({timestamps: true})[2]).toBe('c_total{job="shop"} 1 0');
  add(
    metrics((writer) => {
      writer.metric({name: 'c', type: 'sum', temporality: 'cumulative', monotonic: true});
      writer.number({time: 2n, value: 2n});
    }),
  );
  expect(shown({openMetrics: true})[2]).toBe(`c_total{job="shop"} 2 ${example}`);
});

it('prometheus exporter: names of any characters are quoted for readers that take them, and escaped for others', () => {
  const {add, samples} = exporter({translation_strategy: 'NoTranslation'});
  add(counter(1));
  expect(samples({utf8: true})).toEqual(['{"http.requests","http.method"="GET",job="shop"} 1']);
  expect(samples()).toEqual(['http_requests{http_method="GET",job="shop"} 1']);
});

it('prometheus exporter: over HTTP it answers in the format that is asked for', async () => {
  await using collector = await startTestCollector({
    yaml: `
receivers: {otlp: {protocols: {http: }}}
exporters: {prometheus: {endpoint: "127.0.0.1:8889", enable_open_metrics: true}}
service: {pipelines: {metrics: {receivers: [otlp], exporters: [prometheus]}}}
`,
  });
  const resource = {attributes: [{key: 'service.name', value: {stringValue: 'shop'}}]};
  const metric = {name: 'up', gauge: {dataPoints: [{timeUnixNano: '1', asInt: '1'}]}};
  const sent = await fetch(`http://${collector.endpoints.otlp_http}/v1/metrics`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({resourceMetrics: [{resource, scopeMetrics: [{metrics: [metric]}]}]}),
  });
  expect(sent.status).toBe(200);
  const ask = async (accept: string, path = '/metrics') => {
    const answer = await fetch(`http://${collector.endpoints.prometheus_http}${path}`, {headers: {accept}});
    return {status: answer.status, type: answer.headers.get('content-type'), body: await answer.text()};
  };
  expect(await ask('text/plain')).toMatchObject({status: 200, type: 'text/plain; version=0.0.4; charset=utf-8'});
  const open = await ask('application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
  expect(open.type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(open.body).toContain(
    'up{job="shop",otel_scope_name="",otel_scope_schema_url="",otel_scope_version=""} 1\n# EOF\n',
  );
  expect((await ask('*/*', '/other')).status).toBe(404);
  expect(collector.count('otelcol_exporter_sent_metric_points', {exporter: 'prometheus'})).toBe(1);
});
