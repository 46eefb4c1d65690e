import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {defaultTenant, type TenantId} from '../base/index.ts';
import {createMetricWriter, type KeyValue, type Metadata, type MetricBatch, type MetricWriter} from '../model/index.ts';
import {countOf, testSettings} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';
import {prometheusRemoteWriteExporter} from './exporter-prometheusremotewrite.ts';
import {startTestCollector, type TestCollector} from './testing.ts';
import {configOf} from './testing-metrics.ts';
import {readWriteRequest, startWriteServer, type WrittenSeries} from './testing-remote-write.ts';

const text = (key: string, value: string): KeyValue => ({key, value: {type: 'string', value}});
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

const gauge = (value = 1): MetricBatch =>
  metrics((writer) => {
    writer.metric({name: 'queue.size', unit: 'By', description: 'Waiting.', type: 'gauge'});
    writer.number({time: 7n * ms, value});
  });

const isV2 = 'protobuf_message: io.prometheus.write.v2.Request';
type Answer = Awaited<ReturnType<Parameters<typeof startWriteServer>[0]>>;

/** An exporter that writes to a server of the test, which answers with `statuses` and then 204. */
async function writing(yaml = '', statuses: Answer[] = []) {
  const requests: {readonly series: WrittenSeries[]; readonly metadata: string[]}[] = [];
  const headers: Readonly<Record<string, unknown>>[] = [];
  const server = await startWriteServer(async (body, own) => {
    headers.push(own);
    const said = statuses.shift() ?? 204;
    const [status] = [said].flat();
    if (status === 204) requests.push(readWriteRequest(body, yaml.includes(isV2) ? 2 : 1));
    return said;
  });
  const settings = testSettings({id: 'prometheusremotewrite'});
  const config = configOf(
    prometheusRemoteWriteExporter.config,
    `{endpoint: "${server.url}", remote_write_queue: {enabled: false}, disable_scope_info: true${yaml === '' ? '' : `, ${yaml}`}}`,
  );
  const exporter = prometheusRemoteWriteExporter.create(settings, config);
  await exporter.start?.();
  return {
    requests,
    headers,
    settings,
    series: () => requests.flatMap(({series}) => series),
    write: (batch: MetricBatch, tenant: string = defaultTenant, metadata?: Metadata) =>
      exporter.consumer.consume(batch, {tenant: tenant as TenantId, ...(metadata && {metadata})}),
    async [Symbol.asyncDispose]() {
      await exporter.stop?.();
      server.close();
    },
  };
}

it('remote write: numbers are samples with the names of Prometheus, and the headers of version 1.0', async () => {
  await using exporter = await writing('send_metadata: true, headers: {X-Key: secret}');
  await exporter.write(
    metrics((writer) => {
      writer.metric({
        name: 'http.requests',
        unit: '{request}',
        description: 'How many.',
        type: 'sum',
        temporality: 'cumulative',
        monotonic: true,
      });
      writer.number({
        start: 1n * ms,
        time: 7n * ms,
        value: 3n,
        attributes: [text('http.method', 'GET'), text('empty', ''), text('Z', 'z')],
        exemplars: [
          {time: 5n * ms, value: 1.5, traceId: new Uint8Array(16).fill(1), spanId: new Uint8Array(8).fill(2)},
        ],
      });
    }),
    'x',
  );
  expect(exporter.requests).toEqual([
    {
      metadata: ['1 http_requests_total {request} How many.'],
      series: [
        {
          series: 'http_requests_total{Z="z",http_method="GET",job="shop"}',
          samples: [[3, 7]],
          exemplars: [`{span_id="${'02'.repeat(8)}",trace_id="${'01'.repeat(16)}"} 1.5 5`],
          histograms: [],
        },
      ],
    },
  ]);
  expect(exporter.headers[0]).toMatchObject({
    'content-encoding': 'snappy',
    'content-type': 'application/x-protobuf',
    'x-prometheus-remote-write-version': '0.1.0',
    'x-scope-orgid': 'x',
    'x-key': 'secret',
  });
});

const short = (series: readonly WrittenSeries[]): string[] =>
  series.map(({series: name, samples}) => `${name.replace(/job="shop",?/, '')} ${samples[0]?.[0]}`);

it.each([
  ['{included: ["*"]}', 'cloud_zone,host_id,host_name,job,service_name'],
  ['{included: ["host.*", "service.name"]}', 'host_id,host_name,job,service_name'],
  ['{included: ["host.*"], excluded: ["host.i?"]}', 'host_name,job'],
  ['{excluded: ["host.*", service.name]}', 'cloud_zone,job'],
  ['{}', 'job'],
])('remote write: attributes of resources become labels by `resource_constant_labels: %s`', async (labels, names) => {
  const [zone, host, id] = [text('cloud.zone', 'z'), text('host.name', 'h'), text('host.id', 'i')];
  const batch = () =>
    metrics(
      (writer) => {
        writer.metric({name: 'a', type: 'gauge'});
        writer.number({time: 7n * ms, value: 1});
      },
      [zone, host, id, text('service.name', 'shop')],
    );
  for (const key of ['resource_constant_labels', 'resource_to_telemetry_conversion']) {
    await using exporter = await writing(`target_info: {enabled: false}, ${key}: ${labels}`);
    await exporter.write(batch());
    expect([...exporter.series()[0]!.series.matchAll(/(\w+)=/g)].map(([, name]) => name).join()).toBe(names);
  }
});

it('remote write: sends again at the intervals of the Collector', () => {
  const {retry_on_failure} = configOf(prometheusRemoteWriteExporter.config, '{endpoint: "http://a/"}');
  expect(retry_on_failure).toMatchObject({initial_interval: 50, max_interval: 30_000, max_elapsed_time: 300_000});
});

it('remote write: metadata of senders go along as headers where they are named', async () => {
  await using exporter = await writing('include_metadata_keys: [X-Region, x-absent]');
  await exporter.write(gauge(), 'x', new Map([['x-region', ['north', 'south']]]));
  expect(exporter.headers[0]).toMatchObject({'x-region': 'north, south', 'x-scope-orgid': 'x'});
  expect(exporter.headers[0]).not.toHaveProperty('x-absent');
});

it.each([
  ['include_metadata_keys: [Content-Type]', '`Content-Type` is a header of remote write itself'],
  [
    'resource_constant_labels: {included: [a]}, resource_to_telemetry_conversion: {enabled: true}',
    'set either `resource_constant_labels` or',
  ],
  ['resource_to_telemetry_conversion: {enabled: true, included: [a]}', 'stand instead of `enabled`'],
  ['resource_constant_labels: {enabled: true}', 'write `included: ["*"]`'],
])('remote write: %s is a fault', async (yaml, fault) => {
  await expect(writing(yaml)).rejects.toThrow(fault);
});

it('remote write: histograms and summaries are series for each bucket and quantile', async () => {
  await using exporter = await writing('export_created_metric: {enabled: true}');
  await exporter.write(
    metrics((writer) => {
      writer.metric({name: 'd', unit: 's', type: 'histogram', temporality: 'cumulative'});
      writer.histogram({
        start: 3n * ms,
        time: 9n * ms,
        count: 6,
        sum: 30,
        bounds: [1, 2.5],
        counts: [1, 2, 3],
        exemplars: [{time: 5n * ms, value: 2}],
      });
      writer.metric({name: 'gc', type: 'summary'});
      writer.summary({time: 9n * ms, count: 2, sum: 0.5, quantiles: [{quantile: 0.5, value: 0.25}]});
    }),
  );
  expect(short(exporter.series())).toEqual([
    'd_seconds_sum{} 30',
    'd_seconds_count{} 6',
    'd_seconds_bucket{le="1"} 1',
    'd_seconds_bucket{le="2.5"} 3',
    'd_seconds_bucket{le="+Inf"} 6',
    'd_seconds_created{} 3',
    'gc_sum{} 0.5',
    'gc_count{} 2',
    'gc{quantile="0.5"} 0.25',
  ]);
  expect(exporter.series().map(({exemplars}) => exemplars.length)).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0]);
});

it('remote write: exponential histograms are native ones, at scales that Prometheus knows', async () => {
  await using exporter = await writing();
  await exporter.write(
    metrics((writer) => {
      for (const scale of [0, 9, -5]) {
        writer.metric({name: `scale.${scale}`, type: 'exponentialHistogram', temporality: 'cumulative'});
        const positive = {offset: 2, counts: [1, 2, 0, 0, 0, 4]};
        writer.exponentialHistogram({
          time: 9n * ms,
          count: 8,
          sum: 5,
          scale,
          zeroCount: 1,
          positive,
          negative: {offset: -3, counts: [3]},
        });
      }
    }),
  );
  const shared = {count: 8, sum: 5, zeroThreshold: 1e-128, zeroCount: 1, time: 9};
  expect(exporter.series().map(({series, histograms}) => [series, histograms])).toEqual([
    // A bucket's number is one more than in OTLP; three empty ones begin another run.
    [
      'scale_0{job="shop"}',
      [
        {
          ...shared,
          schema: 0,
          negative: [[[-2, 1]], [3]],
          positive: [
            [
              [3, 2],
              [3, 1],
            ],
            [1, 1, 2],
          ],
        },
      ],
    ],
    // Two buckets become one.
    ['scale_9{job="shop"}', [{...shared, schema: 8, negative: [[[-1, 1]], [3]], positive: [[[2, 3]], [3, -3, 4]]}]],
  ]);
  expect(
    countOf(exporter.settings.meter, 'otelcol_exporter_prometheusremotewrite_failed_translations', {reason: 'scale'}),
  ).toBe(1);
  expect(countOf(exporter.settings.meter, 'otelcol_exporter_sent_metric_points', {})).toBe(2);
});

it('remote write: deltas cannot be written and are counted; a point without a value ends its series', async () => {
  await using exporter = await writing();
  await exporter.write(
    metrics((writer) => {
      writer.metric({name: 'a', type: 'sum', temporality: 'delta', monotonic: true});
      writer.number({time: 9n * ms, value: 1});
      writer.metric({name: 'b', type: 'gauge'});
      writer.number({time: 9n * ms, flags: 1});
    }),
  );
  expect(short(exporter.series())).toEqual(['b{} stale']);
  const failed = (reason: string): number =>
    countOf(exporter.settings.meter, 'otelcol_exporter_prometheusremotewrite_failed_translations', {reason});
  expect(failed('temporality')).toBe(1);
});

it('remote write: resources are described by target_info, and external labels give way', async () => {
  await using exporter = await writing('external_labels: {region: eu, job: other}, namespace: weft');
  const resource = [text('service.name', 'shop'), text('service.instance.id', 'i'), text('host.name', 'h')];
  await exporter.write(
    metrics((writer) => {
      writer.metric({name: 'up', type: 'gauge'});
      writer.number({time: 3n * ms, value: 1});
      writer.number({time: 9n * ms, value: 1, attributes: [text('region', 'us')]});
    }, resource),
  );
  expect(exporter.series().map(({series, samples}) => [series, samples])).toEqual([
    ['weft_up{instance="i",job="shop",region="eu"}', [[1, 3]]],
    ['weft_up{instance="i",job="shop",region="us"}', [[1, 9]]],
    ['weft_target_info{host_name="h",instance="i",job="shop",region="eu"}', [[1, 9]]],
  ]);
});

it('remote write: a target is never described as of earlier than before', async () => {
  await using exporter = await writing();
  const resource = [text('service.name', 'shop'), text('host.name', 'h')];
  for (const time of [5n, 4n, 5n, 6n]) {
    await exporter.write(
      metrics((writer) => {
        writer.metric({name: `up.${time}`, type: 'gauge'});
        writer.number({time: time * ms, value: 1});
      }, resource),
    );
  }
  const infos = exporter.series().filter(({series}) => series.startsWith('target_info'));
  expect(infos.map(({samples}) => samples[0]?.[1])).toEqual([5, 5, 6]);
});

it('remote write: a request is split where it would be too large', async () => {
  await using exporter = await writing('max_batch_size_bytes: 1000, target_info: {enabled: false}');
  await exporter.write(
    metrics((writer) => {
      writer.metric({name: 'x', type: 'gauge'});
      for (let i = 0; i < 100; i++) writer.number({time: 1n * ms, value: i, attributes: [text('i', String(i))]});
    }),
  );
  expect(exporter.requests.length).toBeGreaterThan(3);
  expect(exporter.series().map(({samples}) => samples[0]?.[0])).toEqual(Array.from({length: 100}, (_, i) => i));
});

const written: Answer = [
  204,
  {
    'X-Prometheus-Remote-Write-Samples-Written': '3',
    'X-Prometheus-Remote-Write-Histograms-Written': '1',
    'X-Prometheus-Remote-Write-Exemplars-Written': '2',
  },
];

it('remote write 2.0: series refer to symbols, and have their metadata, exemplars and start', async () => {
  await using exporter = await writing(isV2, [written]);
  await exporter.write(
    metrics(
      (writer) => {
        const exemplars = [{time: 5n * ms, value: 1.5, traceId: new Uint8Array(16).fill(1)}];
        writer.metric({
          name: 'n',
          unit: 'By',
          description: 'So.',
          type: 'sum',
          temporality: 'cumulative',
          monotonic: true,
        });
        writer.number({start: 1n * ms, time: 7n * ms, value: 3n, attributes: [text('a', 'b')], exemplars});
        writer.metric({name: 'g', type: 'gauge'});
        writer.number({start: 1n * ms, time: 7n * ms, flags: 1});
        writer.metric({name: 'e', type: 'exponentialHistogram', temporality: 'cumulative'});
        writer.exponentialHistogram({
          start: 2n * ms,
          time: 9n * ms,
          count: 3,
          sum: 5,
          scale: 1,
          zeroCount: 1,
          positive: {offset: 0, counts: [2]},
          exemplars,
        });
      },
      [text('service.name', 'shop'), text('host.name', 'h')],
    ),
  );
  const trace = `{trace_id="${'01'.repeat(16)}"} 1.5 5`;
  const none = {samples: [], histograms: [], exemplars: []};
  expect(exporter.requests).toEqual([
    {
      metadata: [],
      series: [
        {
          ...none,
          series: 'n_bytes_total{a="b",job="shop"}',
          about: '1 By So.',
          samples: [[3, 7]],
          exemplars: [trace],
          starts: [1],
        },
        {...none, series: 'g{job="shop"}', about: '2  ', samples: [['stale', 7]], starts: [0]},
        {
          ...none,
          series: 'e{job="shop"}',
          about: '3  ',
          histograms: [
            {
              count: 3,
              sum: 5,
              schema: 1,
              zeroThreshold: 1e-128,
              zeroCount: 1,
              negative: [[], []],
              positive: [[[1, 1]], [2]],
              time: 9,
            },
          ],
          exemplars: [trace],
          starts: [2],
        },
        {
          ...none,
          series: 'target_info{host_name="h",job="shop"}',
          about: '2  Target metadata',
          samples: [[1, 9]],
          starts: [0],
        },
      ],
    },
  ]);
  expect(exporter.headers[0]).toMatchObject({
    'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
    'x-prometheus-remote-write-version': '2.0.0',
  });
  const count = (name: string) =>
    countOf(exporter.settings.meter, `otelcol_exporter_prometheusremotewrite_${name}`, {});
  expect(
    ['written_samples', 'written_histograms', 'written_exemplars', 'sent_batches', 'translated_time_series'].map(count),
  ).toEqual([3, 1, 2, 1, 4]);
  expect(countOf(exporter.settings.meter, 'otelcol_exporter_sent_metric_points', {})).toBe(3);
});

it('remote write 2.0: a peer that does not say what it wrote has written nothing', async () => {
  await using exporter = await writing(isV2, [204]);
  await exporter.write(gauge());
  const count = (name: string) => countOf(exporter.settings.meter, `otelcol_exporter_${name}_metric_points`, {});
  expect([count('sent'), count('send_failed')]).toEqual([0, 1]);
});

it('remote write 2.0: a refusal of its message names the setting', async () => {
  await using exporter = await writing(isV2, [415]);
  await expect(exporter.write(gauge())).rejects.toThrow('`protobuf_message: prometheus.WriteRequest` is what older');
});

it('remote write 2.0: a split request has the symbols of its own series, and names stay in UTF-8', async () => {
  await using exporter = await writing(
    `${isV2}, translation_strategy: NoTranslation, max_batch_size_bytes: 500`,
    Array<Answer>(50).fill(written),
  );
  await exporter.write(
    metrics((writer) => {
      writer.metric({name: 'queue.size', type: 'gauge'});
      for (let i = 0; i < 50; i++) writer.number({time: 1n * ms, value: i, attributes: [text('my.key', `value ${i}`)]});
    }),
  );
  expect(exporter.requests.length).toBeGreaterThan(3);
  expect(exporter.series().map(({series}) => series)).toEqual(
    Array.from({length: 50}, (_, i) => `queue.size{job="shop",my.key="value ${i}"}`),
  );
});

it.each([
  ['', 1],
  [isV2, 2],
])(
  'remote write: histograms with bounds become native ones with custom buckets where that is asked for (%s)',
  async (version) => {
    for (const keeps of [false, true]) {
      await using exporter = await writing(
        `convert_explicit_histograms_to_nhcb: true, keep_classic_histograms: ${keeps}${version && `, ${version}`}`,
        [written],
      );
      await exporter.write(
        metrics((writer) => {
          writer.metric({name: 'd', type: 'histogram', temporality: 'cumulative'});
          writer.histogram({time: 9n * ms, count: 6, sum: 30, bounds: [1, 2.5], counts: [1, 2, 3]});
        }),
      );
      const [first, ...rest] = exporter.series();
      expect(first?.histograms).toEqual([
        {
          count: 6,
          sum: 30,
          schema: -53,
          zeroThreshold: 0,
          zeroCount: 0,
          negative: [[], []],
          positive: [[[0, 3]], [1, 1, 1]],
          time: 9,
          bounds: [1, 2.5],
        },
      ]);
      expect(rest).toHaveLength(keeps ? 5 : 0);
    }
  },
);

it('remote write: a histogram without a sum has no series of it, and an exponential one is counted as failed', async () => {
  await using exporter = await writing();
  await exporter.write(
    metrics((writer) => {
      writer.metric({name: 'd', type: 'histogram', temporality: 'cumulative'});
      writer.histogram({time: 9n * ms, count: 1, bounds: [], counts: [1]});
      writer.metric({name: 'e', type: 'exponentialHistogram', temporality: 'cumulative'});
      writer.exponentialHistogram({time: 9n * ms, count: 1, scale: 0, zeroCount: 1});
    }),
  );
  expect(short(exporter.series())).toEqual(['d_count{} 1', 'd_bucket{le="+Inf"} 1']);
  const failed = 'otelcol_exporter_prometheusremotewrite_failed_translations';
  expect(countOf(exporter.settings.meter, failed, {reason: 'sum'})).toBe(1);
});

it('remote write: a request that waits on disk is sent in the version it was written in', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weft-remote-write-'));
  const versions: unknown[] = [];
  const server = await startWriteServer(async (_, headers) => {
    versions.push(headers['x-prometheus-remote-write-version']);
    return versions.length < 2 ? 503 : written;
  });
  const start = (version: string) =>
    startTestCollector({
      yaml: `
extensions: {file_storage: {directory: "${directory}"}}
receivers: {otlp: {protocols: {http: }}}
exporters:
  prometheusremotewrite:
    endpoint: "${server.url}"
    protobuf_message: ${version}
    retry_on_failure: {initial_interval: 1m, max_interval: 1m, max_elapsed_time: 0}
    remote_write_queue: {storage: file_storage}
service: {extensions: [file_storage], pipelines: {metrics: {receivers: [otlp], exporters: [prometheusremotewrite]}}}`,
    });
  const send = async (collector: TestCollector): Promise<void> => {
    const body = Buffer.from(otlp.metrics.encodeProto(gauge()));
    const headers = {'content-type': 'application/x-protobuf'};
    const url = `http://${collector.endpoints.otlp_http}/v1/metrics`;
    expect((await fetch(url, {method: 'POST', headers, body})).status).toBe(200);
  };
  try {
    const first = await start('prometheus.WriteRequest');
    await send(first);
    await expect.poll(() => versions).toHaveLength(1);
    await first.stop();
    await using second = await start('io.prometheus.write.v2.Request');
    await send(second);
    await expect.poll(() => versions).toEqual(['0.1.0', '0.1.0', '2.0.0']);
  } finally {
    server.close();
    rmSync(directory, {recursive: true, force: true});
  }
});

it('remote write: 5xx and 429 are tried again, other refusals are not', async () => {
  await using exporter = await writing('retry_on_failure: {initial_interval: 1ms}', [500, 429, 204, 400]);
  await exporter.write(gauge());
  expect(short(exporter.series())).toEqual(['queue_size_bytes{} 1']);
  await expect(exporter.write(gauge(2))).rejects.toMatchObject({
    name: 'PermanentError',
    message: expect.stringContaining('HTTP 400: said so'),
  });
  expect(exporter.headers).toHaveLength(4);
});

it('remote write: settings of the client may stand in `http`', () => {
  const config = configOf(
    prometheusRemoteWriteExporter.config,
    '{namespace: n, http: {endpoint: "http://h:1/w", timeout: 9s}}',
  );
  expect(config).toMatchObject({namespace: 'n', timeout: 9000});
  expect(config.endpoint.href).toBe('http://h:1/w');
});

it.each([
  ['{}', '`endpoint` is required'],
  [
    '{endpoint: "http://h", translation_strategy: NoTranslation}',
    'needs remote write 2.0: set `protobuf_message: io.prometheus.write.v2.Request`',
  ],
  ['{endpoint: "http://h", wal: {directory: x}}', 'name a `file_storage`'],
  ['{endpoint: "http://h", compression: gzip}', 'expected one of `snappy`'],
  ['{endpoint: "http://h", protobuf_message: v2}', 'expected one of `prometheus.WriteRequest`'],
])('remote write: the configuration %s is told what is wrong with it', (yaml, fault) => {
  expect(() => configOf(prometheusRemoteWriteExporter.config, yaml)).toThrow(fault);
});
