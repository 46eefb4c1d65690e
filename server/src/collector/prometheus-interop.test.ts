/**
 * Against a real Prometheus, which scrapes one exporter and is written to by the other: Debian's package, or the program that
 * WEFT_PROMETHEUS names. Remote write 2.0 needs version 3 of it.
 */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {recordingLog} from '../pipeline/testing.ts';
import {startTestCollector} from './testing.ts';

const program = process.env.WEFT_PROMETHEUS ?? 'prometheus';
const {stdout, stderr} = spawnSync(program, ['--version'], {encoding: 'utf8'});
const version = Number(/version (\d+)/.exec(`${stdout}${stderr}`)?.[1] ?? 0);
const hasPrometheus = version > 0;
if (!hasPrometheus) console.warn('prometheus is not installed: the tests against it are skipped');
else if (version < 3) console.warn('prometheus is older than 3: the test of remote write 2.0 is skipped');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as {port: number};
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Prometheus on a free port; it scrapes the targets that `scrape` names from then on. */
async function startPrometheus(features = 'native-histograms,exemplar-storage') {
  const directory = mkdtempSync(join(tmpdir(), 'weft-prometheus-'));
  const port = await freePort();
  const config = join(directory, 'prometheus.yml');
  const configure = (targets: readonly string[]): void =>
    writeFileSync(
      config,
      JSON.stringify({
        global: {scrape_interval: '100ms', scrape_timeout: '100ms'},
        scrape_configs: [{job_name: 'weft', honor_labels: true, static_configs: [{targets}]}],
      }),
    );
  configure([]);
  const child: ChildProcess = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--web.enable-lifecycle',
      `--enable-feature=${features}`,
    ],
    {stdio: 'ignore'},
  );
  const url = `http://127.0.0.1:${port}`;
  const get = async (path: string) => (await fetch(url + path)).json();
  await expect
    .poll(() =>
      fetch(`${url}/-/ready`).then(
        (answer) => answer.status,
        () => 0,
      ),
    )
    .toBe(200);
  return {
    url,
    async scrape(target: string): Promise<void> {
      configure([target]);
      expect((await fetch(`${url}/-/reload`, {method: 'POST'})).status).toBe(200);
    },
    /** The series of an instant query: labels and value. */
    async query(expression: string): Promise<[Record<string, string>, string][]> {
      // biome-ignore lint/suspicious/noExplicitAny: Prometheus's own JSON.
      const {data} = (await get(`/api/v1/query?query=${encodeURIComponent(expression)}`)) as any;
      // biome-ignore lint/suspicious/noExplicitAny: the same.
      return data.result.map(({metric, value, histogram}: any) => [metric, value?.[1] ?? histogram?.[1]?.count]);
    },
    // biome-ignore lint/suspicious/noExplicitAny: the same.
    get: (path: string): Promise<any> => get(path),
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, {recursive: true, force: true});
    },
  };
}

/** Two calls of one service to another, half of them sampled; and a metric of every kind. */
async function send(endpoint: string): Promise<bigint> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const time = {startTimeUnixNano: String(now - 1_000_000_000n), timeUnixNano: String(now)};
  const resource = (name: string) => ({
    attributes: [
      {key: 'service.name', value: {stringValue: name}},
      {key: 'host.name', value: {stringValue: 'h'}},
    ],
  });
  const id = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0');
  const span = (trace: number, spanId: number, kind: number, parent?: number) => ({
    traceId: id(trace, 16),
    spanId: id(spanId, 8),
    ...(parent === undefined ? {} : {parentSpanId: id(parent, 8)}),
    name: 'GET /cart',
    kind,
    traceState: 'ot=th:8',
    startTimeUnixNano: String(now - 30_000_000n),
    endTimeUnixNano: String(now),
  });
  const post = async (signal: string, body: object): Promise<void> => {
    const headers = {'content-type': 'application/json'};
    const answer = await fetch(`http://${endpoint}/v1/${signal}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    expect(await answer.text()).not.toContain('rejected');
    expect(answer.status).toBe(200);
  };
  await post('traces', {
    resourceSpans: [
      {resource: resource('shop'), scopeSpans: [{spans: [span(1, 1, 3), span(2, 1, 3)]}]},
      {resource: resource('cart'), scopeSpans: [{spans: [span(1, 2, 2, 1), span(2, 2, 2, 1)]}]},
    ],
  });
  const exponential = {
    ...time,
    count: '6',
    sum: 12,
    scale: 0,
    zeroCount: '1',
    positive: {offset: 0, bucketCounts: ['2', '3']},
  };
  await post('metrics', {
    resourceMetrics: [
      {
        resource: resource('shop'),
        scopeMetrics: [
          {
            metrics: [
              {name: 'queue.usage', unit: '1', gauge: {dataPoints: [{...time, asDouble: 0.5}]}},
              {
                name: 'payload',
                unit: 'By',
                exponentialHistogram: {aggregationTemporality: 2, dataPoints: [exponential]},
              },
              {
                name: 'wait',
                unit: 's',
                description: 'In the queue.',
                histogram: {
                  aggregationTemporality: 2,
                  dataPoints: [{...time, count: '6', sum: 12, explicitBounds: [1, 2], bucketCounts: ['1', '2', '3']}],
                },
              },
            ],
          },
        ],
      },
    ],
  });
  return now;
}

it.skipIf(!hasPrometheus)(
  'prometheus: it scrapes what the exporter shows, and takes what the other one writes',
  {timeout: 240_000},
  async () => {
    await using prometheus = await startPrometheus();
    const log = recordingLog();
    await using collector = await startTestCollector({
      log,
      yaml: `
receivers: {otlp: {protocols: {http: }}}
connectors:
  spanmetrics: {metrics_flush_interval: 50ms, exemplars: {enabled: true}, exclude_dimensions: [collector.instance.id]}
  servicegraph: {metrics_flush_interval: 50ms}
exporters:
  prometheus: {endpoint: "127.0.0.1:8889", enable_open_metrics: true, namespace: scraped}
  prometheusremotewrite: {endpoint: "${prometheus.url}/api/v1/write", namespace: written}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [spanmetrics, servicegraph]}
    metrics: {receivers: [otlp, spanmetrics, servicegraph], exporters: [prometheus, prometheusremotewrite]}
`,
    });
    await prometheus.scrape(collector.endpoints.prometheus_http ?? '');
    await send(collector.endpoints.otlp_http ?? '');
    for (const way of ['scraped', 'written']) {
      const value = (expression: string): Promise<string[]> =>
        prometheus.query(expression).then((series) => series.map(([, each]) => each));
      // Each span stands for two.
      await expect
        .poll(() => value(`sum by (job) (${way}_traces_span_metrics_calls_total{span_kind="SPAN_KIND_SERVER"})`), {
          timeout: 60_000,
        })
        .toEqual(['4']);
      await expect
        .poll(() => value(`${way}_traces_service_graph_request_total{client="shop",server="cart"}`))
        .toEqual(['4']);
      await expect.poll(() => value(`${way}_queue_usage_ratio{job="shop"}`)).toEqual(['0.5']);
      expect(
        await value(`${way}_traces_span_metrics_duration_milliseconds_bucket{service_name="cart",le=~"50([.]0)?"}`),
      ).toEqual(['4']);
      expect((await prometheus.query(`${way}_target_info{job="shop"}`))[0]?.[0]).toMatchObject({host_name: 'h'});
      const {data} = await prometheus.get(
        `/api/v1/query_exemplars?query=${way}_traces_span_metrics_calls_total&start=${Date.now() / 1000 - 600}&end=${Date.now() / 1000 + 600}`,
      );
      expect(
        data.flatMap(({exemplars}: {exemplars: {labels: {trace_id: string}}[]}) => exemplars).length,
        way,
      ).toBeGreaterThan(0);
    }
    // Of an exponential histogram, buckets with bounds where it is scraped, and a native one where it is written.
    expect(await prometheus.query('scraped_payload_bytes_bucket{le="2.0"}')).toMatchObject([[{}, '3']]);
    expect(await prometheus.query('written_payload_bytes')).toMatchObject([[{job: 'shop'}, '6']]);
    expect(log.lines.filter(({level}) => level !== 'info')).toEqual([]);
    const {data} = await prometheus.get('/api/v1/metadata?metric=scraped_traces_span_metrics_calls');
    expect(data).toMatchObject({scraped_traces_span_metrics_calls: [{type: 'counter'}]});
  },
);

it.skipIf(version < 3)(
  'prometheus: it takes remote write 2.0, with metadata, exemplars, native histograms and when series began',
  {timeout: 240_000},
  async () => {
    await using prometheus = await startPrometheus('exemplar-storage,created-timestamp-zero-ingestion');
    const log = recordingLog();
    await using collector = await startTestCollector({
      log,
      yaml: `
receivers: {otlp: {protocols: {http: }}}
connectors: {spanmetrics: {metrics_flush_interval: 50ms, exemplars: {enabled: true}, exclude_dimensions: [collector.instance.id]}}
exporters:
  prometheusremotewrite:
    endpoint: "${prometheus.url}/api/v1/write"
    protobuf_message: io.prometheus.write.v2.Request
    translation_strategy: NoTranslation
    convert_explicit_histograms_to_nhcb: true
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [spanmetrics]}
    metrics: {receivers: [otlp, spanmetrics], exporters: [prometheusremotewrite]}
`,
    });
    const sent = await send(collector.endpoints.otlp_http ?? '');
    const value = (expression: string): Promise<string[]> =>
      prometheus.query(expression).then((series) => series.map(([, each]) => each));
    await expect.poll(() => value('{"queue.usage",job="shop"}')).toEqual(['0.5']);
    await expect.poll(() => value('sum({"traces.span.metrics.calls","span.kind"="SPAN_KIND_SERVER"})')).toEqual(['4']);
    expect(await value('payload{job="shop"}')).toEqual(['6']);
    expect(await value('histogram_fraction(0, 2, wait{job="shop"})')).toEqual(['0.5']);
    expect(await value('target_info{"host.name"="h",job="shop"}')).toEqual(['1']);
    const begun = await prometheus.get(`/api/v1/query?query=${encodeURIComponent('payload{job="shop"}[1m]')}`);
    const [first] = begun.data.result[0].histograms;
    expect([Math.round(first[0] * 1000), first[1].count]).toEqual([Number(sent / 1_000_000n) - 1000, '0']);
    const around = `start=${Date.now() / 1000 - 600}&end=${Date.now() / 1000 + 600}`;
    const name = encodeURIComponent('{"traces.span.metrics.calls"}');
    const {data} = await prometheus.get(`/api/v1/query_exemplars?query=${name}&${around}`);
    expect(data.flatMap(({exemplars}: {exemplars: object[]}) => exemplars).length).toBeGreaterThan(0);
    const count = (kind: string): number =>
      collector.count(`otelcol_exporter_prometheusremotewrite_written_${kind}`, {exporter: 'prometheusremotewrite'});
    expect(count('samples')).toBeGreaterThan(3);
    expect(count('histograms')).toBeGreaterThan(1);
    expect(count('exemplars')).toBeGreaterThan(0);
    expect(log.lines.filter(({level}) => level !== 'info')).toEqual([]);
  },
);
