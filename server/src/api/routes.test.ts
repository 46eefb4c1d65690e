/**
 * Every route against the real store: requests and their whole answers, in `golden/`. It shows everything that may be asked
 * of the API; `vitest -u` rewrites it after a change that is meant.
 */
import type {FastifyInstance} from 'fastify';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createMeter, defaultTenant, silentLog, type TenantId} from '../base/index.ts';
import {createQueryClient} from '../engine/index.ts';
import {createSampling, samplingControl} from '../sampling/index.ts';
import {createReader} from '../store/index.ts';
import {startTestStore, type TestStore} from '../store/testing.ts';
import {apiRoutes, createApi} from './create-api.ts';
import type {Control} from './source.ts';
import {logBatchOf, spanBatchOf, type TestSpan} from './testing.ts';

const begin = 1_767_323_045_000_000_000n; // 2026-01-02T03:04:05Z
const clock = {now: () => Number(begin / 1_000_000n) + 60_000};
const trace = '0af7651916cd43dd8448eb211c80319c';
const ms = 1_000_000n;

const gateway = {'service.name': 'gateway', 'service.version': '1.4.0', 'host.name': 'a'};
const payment = {'service.name': 'payment', 'service.version': '2.0.1', 'host.name': 'b', 'process.pid': 4711n};
const spans: TestSpan[] = [
  {
    traceId: trace,
    spanId: 'b7ad6b7169203331',
    name: 'POST /checkout',
    kind: 2,
    start: begin,
    duration: 8_000n * ms,
    resource: gateway,
    scope: {name: '@opentelemetry/instrumentation-http', version: '0.57.0', attributes: {short: true}},
    attributes: {'http.request.method': 'POST', 'http.response.status_code': 500n, 'user.id': 'u-1'},
    status: 2,
    traceState: 'ot=th:8',
  },
  {
    traceId: trace,
    spanId: '00000000000000c1',
    parentSpanId: 'b7ad6b7169203331',
    name: 'charge',
    kind: 2,
    start: begin + 10n * ms,
    duration: 5_000n * ms,
    resource: payment,
    attributes: {
      ratio: 0.5,
      big: 9_007_199_254_740_993n,
      secret: {type: 'bytes', value: Uint8Array.of(1, 2, 255)},
      list: {
        type: 'array',
        value: [
          {type: 'int', value: 1n},
          {type: 'string', value: 'x'},
        ],
      },
      map: {type: 'map', value: [{key: 'k', value: {type: 'bool', value: false}}]},
      nothing: {type: 'empty'},
    },
    status: 2,
    statusMessage: 'card declined',
    events: [
      {
        name: 'exception',
        time: begin + 20n * ms,
        attributes: {'exception.type': 'CardError', 'exception.message': 'declined'},
      },
    ],
    links: [{traceId: '00000000000000000000000000000abc', spanId: 'def', attributes: {why: 'retry'}}],
  },
  {
    traceId: 'abc',
    spanId: 'def',
    name: 'GET /health',
    kind: 2,
    start: begin - 3_600_000n * ms,
    duration: 1n * ms,
    resource: gateway,
    status: 1,
  },
  {traceId: 'aaaa', spanId: '1', parentSpanId: 'ffff', name: 'orphan', start: begin + 5n, duration: 0n, resource: {}},
];

// Its own timer must not change what is shown, however slow the machine.
const sampling = createSampling({clock, monotonic: () => 0, log: silentLog, meter: createMeter()});
sampling.observes();
sampling.of(defaultTenant).strategyFor('gateway');
sampling.of(defaultTenant).observe(spanBatchOf(spans));
const control: Control = {
  flush: () => store.spool.flush(),
  status: async () => ({
    version: '1.2.3',
    startedUnixNano: begin.toString(),
    endpoints: {otlp_grpc: '127.0.0.1:4317', http: '127.0.0.1:16686'},
    store: {
      kind: 'embedded',
      state: 'ready',
      spans: 4,
      logs: 0,
      metricPoints: 0,
      diskBytes: 1000,
      spooledBytes: 0,
      spoolLimitBytes: 4294967296,
      problems: [],
    },
  }),
  readiness: async () => ({reasons, degraded, startedUnixNano: '1700000000000000000'}),
  async metrics() {
    const meter = createMeter();
    meter.counter('weft_test_total', 'A counter.').with({kind: 'a "b"'}).add(2);
    meter.histogram('weft_test_seconds', 'A histogram.', [0.1, 1]).with({}).record(0.5);
    return meter.read();
  },
  pipeline: async () => ({
    configuration: {
      sources: ['weft.yaml'],
      loadedUnixNano: begin.toString(),
      warnings: [],
      refused: {atUnixNano: begin.toString(), faults: ['weft.yaml:2:3: unknown receiver `otpl`']},
      atNextStart: [],
    },
    stepSeconds: 2,
    pipelines: [{id: 'traces', signal: 'traces'}],
    nodes: [node('receiver', 'otlp'), node('exporter', 'weft')],
    edges: [
      {
        from: 'receiver/otlp',
        to: 'exporter/weft',
        signal: 'traces',
        pipeline: 'traces',
        perSecond: 5,
        total: 60,
        refusedTotal: 12,
        latency: {p50: 2, p95: 9.5},
        refusedPerSecond: 0,
        series: [4, 6],
      },
    ],
  }),
  pipelineComponent: async (key) =>
    key === 'exporter/weft'
      ? {key, kind: 'exporter', id: 'weft', type: 'weft', help: 'Stores.', configuration: '', settings: []}
      : undefined,
  ...samplingControl(sampling),
};
const node = (kind: 'receiver' | 'exporter', id: string) => ({
  key: `${kind}/${id}`,
  kind,
  id,
  type: id,
  help: 'A sentence.',
  endpoints: {},
  inFlight: 0,
  losses: [],
  metrics: [],
});

const kv = (key: string, value: object) => ({key, value});
/** In the JSON of OTLP. */
const logs: readonly object[] = [
  {
    timeUnixNano: String(begin + 20n * ms),
    observedTimeUnixNano: String(begin + 21n * ms),
    severityNumber: 17,
    severityText: 'ERROR',
    body: {stringValue: 'card declined: <b>4111</b>\nat charge'},
    traceId: trace,
    spanId: '00000000000000c1',
    attributes: [kv('attempt', {intValue: '2'}), kv('list', {arrayValue: {values: [{stringValue: 'a'}]}})],
  },
  // Said by no time, later than the first, of no span, and with a body that is a map.
  {
    observedTimeUnixNano: String(begin + 30n * ms),
    body: {kvlistValue: {values: [kv('event', {stringValue: 'retry'}), kv('raw', {bytesValue: 'AQI='})]}},
    traceId: trace,
    eventName: 'payment.retry',
  },
  // Long after the trace, and of another one.
  {timeUnixNano: String(begin + 7_200_000n * ms), body: {stringValue: 'much later'}, traceId: trace},
  {timeUnixNano: String(begin), body: {stringValue: 'another'}, traceId: '10650'.padStart(32, '0')},
];

let reasons: string[] = [];
let degraded: string[] = [];
let store: TestStore;
let api: FastifyInstance;

beforeAll(async () => {
  store = await startTestStore();
  const source = createReader({client: store.engine.queries, clock});
  api = await createApi({
    source,
    control,
    meter: createMeter(),
    log: silentLog,
    clock,
    uiDirectory: undefined,
    loopback: true,
  });
  await store.sink.consume(spanBatchOf(spans), {tenant: defaultTenant});
  await store.sink.consume(spanBatchOf([{traceId: 'a', spanId: 'b', resource: {'service.name': 'theirs'}}]), {
    tenant: 'other' as TenantId,
  });
  await store.sink.consume(logBatchOf('payment', logs), {tenant: defaultTenant});
  await store.sink.consume(logBatchOf('theirs', logs.slice(0, 1)), {tenant: 'other' as TenantId});
  await store.spool.flush();
});
afterAll(async () => {
  await api?.close();
  await store?.stop();
});

const range = `start=${begin - 7_200_000n * ms}&end=${begin + 60_000n * ms}`;
const microseconds = `start=${begin / 1000n - 7_200_000_000n}&end=${begin / 1000n + 60_000_000n}`;

const moments = 'query.startTimeMin=2026-01-02T00:00:00Z&query.startTimeMax=2026-01-02T03:05:00.5Z';

/** File → request. Together they take every route, the usual way and the ways in which it can fail. */
const requests: Readonly<Record<string, string>> = {
  'weft-service-graph': `GET /api/weft/v1/service-graph?${range}`,
  'weft-service-graph-compared': `GET /api/weft/v1/service-graph?service=payment&start=${begin - 60_000n * ms}&end=${begin + 60_000n * ms}&baselineStart=${begin - 7_200_000n * ms}&baselineEnd=${begin - 3_000_000n * ms}`,
  'weft-service-graph-half-compared': `GET /api/weft/v1/service-graph?${range}&baselineStart=${begin - 7_200_000n * ms}`,
  'weft-propagation': `GET /api/weft/v1/propagation?${range}`,
  'weft-pipeline': 'GET /api/weft/v1/pipeline',
  'weft-pipeline-component': 'GET /api/weft/v1/pipeline/component?key=exporter/weft',
  'weft-pipeline-component-missing': 'GET /api/weft/v1/pipeline/component?key=exporter/other',
  'jaeger-services': 'GET /api/services',
  'jaeger-services-pretty': 'GET /api/services?prettyPrint=true',
  'jaeger-operations': 'GET /api/operations?service=gateway',
  'jaeger-operations-of-a-kind': 'GET /api/operations?service=payment&spanKind=client',
  'jaeger-operations-without-service': 'GET /api/operations',
  'jaeger-operation-names': 'GET /api/services/gateway/operations',
  'jaeger-operation-names-of-nobody': 'GET /api/services/no%2Fbody/operations',
  'jaeger-trace': `GET /api/traces/${trace}`,
  'jaeger-trace-raw': `GET /api/traces/${trace.toUpperCase()}?raw=true`,
  'jaeger-trace-short-id': 'GET /api/traces/abc',
  'jaeger-trace-missing': 'GET /api/traces/1234',
  'jaeger-trace-bad-id': 'GET /api/traces/nonsense!',
  'jaeger-trace-bad-encoding': 'GET /api/traces/%E0%A4%A',
  'jaeger-search-bad-encoding': 'GET /api/traces?service=%E0%A4%A',
  'jaeger-wrong-method': 'POST /api/services',
  'jaeger-trace-bad-raw': `GET /api/traces/${trace}?raw=maybe`,
  'jaeger-search': `GET /api/traces?service=gateway&${microseconds}`,
  'jaeger-search-everything': `GET /api/traces?service=gateway&operation=POST%20%2Fcheckout&tags={"http.response.status_code":"500","error":"true"}&tag=user.id:u-1&minDuration=5s&maxDuration=10s&limit=1&${microseconds}`,
  'jaeger-search-lookback': 'GET /api/traces?service=gateway&lookback=10m',
  'jaeger-search-event': `GET /api/traces?service=payment&tag=exception.type:CardError&${microseconds}`,
  'jaeger-search-list': `GET /api/traces?service=payment&tags={"list":"[1,\\"x\\"]"}&${microseconds}`,
  'jaeger-search-resource': `GET /api/traces?service=payment&tag=resource.host.name:b&tag=span.status:error&${microseconds}`,
  'jaeger-search-not-of-the-resource': `GET /api/traces?service=payment&tag=resource.exception.type:CardError&${microseconds}`,
  'jaeger-search-nothing': `GET /api/traces?service=gateway&operation=none&${microseconds}`,
  'jaeger-search-order': `GET /api/traces?service=gateway&order=spans&limit=1&${microseconds}`,
  'jaeger-search-bad-order': 'GET /api/traces?service=gateway&order=slowest',
  'jaeger-search-by-id': `GET /api/traces?traceID=abc&traceID=dddd`,
  'jaeger-search-without-service': 'GET /api/traces?operation=x',
  'jaeger-search-bad-limit': 'GET /api/traces?service=gateway&limit=many',
  'jaeger-dependencies': `GET /api/dependencies?endTs=${begin / ms + 60_000n}&lookback=7200000`,
  'jaeger-dependencies-of-a-service': `GET /api/dependencies?endTs=${begin / ms + 60_000n}&lookback=7200000&service=nobody`,
  'jaeger-dependencies-bad-time': 'GET /api/dependencies?endTs=now',
  'jaeger-archive': `POST /api/archive/${trace}`,
  'jaeger-latencies':
    'GET /api/metrics/latencies?service=gateway&service=payment&quantile=0.95&lookback=60000&step=30000',
  'jaeger-latencies-of-operations':
    'GET /api/metrics/latencies?service=gateway&quantile=0.5&groupByOperation=true&lookback=3600000&step=1800000&ratePer=60000',
  'jaeger-latencies-without-quantile': 'GET /api/metrics/latencies?service=gateway',
  'jaeger-calls': 'GET /api/metrics/calls?service=gateway&lookback=120000&step=60000&ratePer=60000',
  'jaeger-calls-of-a-kind': 'GET /api/metrics/calls?service=gateway&spanKind=client&lookback=60000&prettyPrint=true',
  'jaeger-calls-too-many-points': 'GET /api/metrics/calls?service=gateway&step=100',
  'jaeger-errors':
    'GET /api/metrics/errors?service=gateway&lookback=3600000&step=3600000&ratePer=60000&groupByOperation=1',
  'jaeger-errors-bad-kind': 'GET /api/metrics/errors?service=gateway&spanKind=odd',
  'jaeger-minstep': 'GET /api/metrics/minstep',
  'jaeger-v3-services': 'GET /api/v3/services',
  'jaeger-v3-operations': 'GET /api/v3/operations?service=gateway&span_kind=server',
  'jaeger-v3-trace': `GET /api/v3/traces/${trace}`,
  'jaeger-v3-trace-missing': 'GET /api/v3/traces/1234',
  'jaeger-v3-trace-bad-id': 'GET /api/v3/traces/xyz!',
  'jaeger-v3-trace-bad-encoding': 'GET /api/v3/traces/%FF',
  'jaeger-v3-wrong-method': 'PUT /api/v3/services',
  'jaeger-v3-search': `GET /api/v3/traces?query.serviceName=gateway&query.attributes={"otel.status_code":"OK"}&${moments}`,
  'jaeger-v3-search-nothing': `GET /api/v3/traces?query.service_name=nobody&${moments}`,
  'jaeger-v3-search-without-times': 'GET /api/v3/traces?query.serviceName=gateway',
  'jaeger-v3-search-bad-duration': `GET /api/v3/traces?query.durationMin=5&${moments}`,
  'jaeger-v3-summaries': `GET /api/v3/trace-summaries?query.durationMin=2s&query.searchDepth=5&${moments}`,
  'jaeger-v3-summaries-order': `GET /api/v3/trace-summaries?query.order=longest&query.searchDepth=2&${moments}`,
  'jaeger-v3-summaries-of-an-orphan': `GET /api/v3/trace-summaries?query.operationName=orphan&${moments}`,
  'jaeger-v3-dependencies': 'GET /api/v3/dependencies?startTime=2026-01-02T00:00:00Z&endTime=2026-01-02T03:05:05Z',
  'jaeger-v3-dependencies-without-end': 'GET /api/v3/dependencies?startTime=2026-01-02T00:00:00Z',
  'tempo-echo': 'GET /tempo/api/echo',
  'tempo-buildinfo': 'GET /tempo/api/status/buildinfo',
  'tempo-search': 'GET /tempo/api/search?q=%7Bstatus%3Derror%7D&limit=5&spss=1',
  'tempo-search-groups': 'GET /tempo/api/search?q=%7B%7D%7Cby(name)%7Ccount()%3E1',
  'tempo-search-tags': 'GET /tempo/api/search?tags=service.name%3Dpayment',
  'tempo-search-faulty': 'GET /tempo/api/search?q=%7Bstatus%3D%3Derror%7D',
  'tempo-search-bad-limit': 'GET /tempo/api/search?limit=many',
  'tempo-wrong-method': 'DELETE /tempo/api/search',
  'tempo-trace': `GET /tempo/api/v2/traces/${trace}`,
  'tempo-trace-missing': 'GET /tempo/api/v2/traces/1234',
  'tempo-trace-v1': `GET /tempo/api/traces/${trace}`,
  'tempo-trace-v1-missing': 'GET /tempo/api/traces/1234',
  'tempo-trace-bad-id': 'GET /tempo/api/traces/nonsense',
  'tempo-tags': 'GET /tempo/api/search/tags?scope=resource',
  'tempo-tags-v2': 'GET /tempo/api/v2/search/tags',
  'tempo-tags-bad-scope': 'GET /tempo/api/v2/search/tags?scope=all',
  'tempo-values': 'GET /tempo/api/search/tag/service.name/values',
  'tempo-values-v2': 'GET /tempo/api/v2/search/tag/span.http.response.status_code/values',
  'tempo-values-bad-tag': 'GET /tempo/api/v2/search/tag/%7B/values',
  'tempo-series': 'GET /tempo/api/metrics/query_range?q=%7B%7D%7Crate()by(status)&step=60&since=2m&exemplars=1',
  'tempo-series-faulty': 'GET /tempo/api/metrics/query_range?q=%7B%7D',
  'tempo-series-too-long': 'GET /tempo/api/metrics/query_range?q=%7B%7D%7Crate()&since=48h',
  'tempo-instant': 'GET /tempo/api/metrics/query?q=%7B%7D%7Cquantile_over_time(duration%2C.5)&since=2m',
  'zipkin-services': 'GET /zipkin/api/v2/services',
  'zipkin-wrong-method': 'POST /zipkin/api/v2/services',
  'zipkin-spans': 'GET /zipkin/api/v2/spans?serviceName=gateway',
  'zipkin-spans-without-service': 'GET /zipkin/api/v2/spans',
  'zipkin-remote-services': 'GET /zipkin/api/v2/remoteServices?serviceName=gateway',
  'zipkin-search': 'GET /zipkin/api/v2/traces?serviceName=gateway&spanName=get%20/health&lookback=7200000',
  'zipkin-search-everything':
    'GET /zipkin/api/v2/traces?serviceName=gateway&spanName=post%20/checkout&annotationQuery=http.request.method=POST%20and%20error&minDuration=5000000&maxDuration=10000000&limit=1',
  'zipkin-search-nothing': 'GET /zipkin/api/v2/traces?serviceName=nobody',
  'zipkin-search-bad-limit': 'GET /zipkin/api/v2/traces?limit=many',
  'zipkin-search-bad-encoding': 'GET /zipkin/api/v2/traces?serviceName=%E0%A4%A',
  'zipkin-trace': `GET /zipkin/api/v2/trace/${trace}`,
  'zipkin-trace-missing': 'GET /zipkin/api/v2/trace/1234',
  'zipkin-trace-bad-id': 'GET /zipkin/api/v2/trace/nonsense!',
  'zipkin-trace-many': 'GET /zipkin/api/v2/traceMany?traceIds=abc,aaaa,1234',
  'zipkin-dependencies': `GET /zipkin/api/v2/dependencies?endTs=${begin / ms + 60_000n}&lookback=7200000`,
  'zipkin-dependencies-without-end': 'GET /zipkin/api/v2/dependencies',
  'zipkin-keys': 'GET /zipkin/api/v2/autocompleteKeys',
  'zipkin-values': 'GET /zipkin/api/v2/autocompleteValues?key=host.name',
  'zipkin-values-without-key': 'GET /zipkin/api/v2/autocompleteValues?key=',
  'zipkin-lens': 'GET /zipkin/config.json',
  'zipkin-health': 'GET /zipkin/health',
  'zipkin-info': 'GET /zipkin/info',
  'zipkin-unknown': 'GET /zipkin/api/v2/nothing',
  'weft-services': 'GET /api/weft/v1/services',
  'weft-services-red': `GET /api/weft/v1/services/red?${range}`,
  'weft-services-red-without-end': 'GET /api/weft/v1/services/red?start=0',
  'weft-services-red-backwards': 'GET /api/weft/v1/services/red?start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z',
  'weft-services-red-points': `GET /api/weft/v1/services/red?points=5&service=gateway&${range}`,
  'weft-services-red-version': `GET /api/weft/v1/services/red?version=2.0.1&points=2&${range}`,
  'weft-services-red-environment': `GET /api/weft/v1/services/red?environment=production&${range}`,
  'weft-operations-red': `GET /api/weft/v1/operations/red?service=gateway&${range}`,
  'weft-operations-red-over-time': `GET /api/weft/v1/operations/red?service=gateway&points=3&start=${begin - 60_000n * ms}&end=${begin + 60_000n * ms}&baselineStart=${begin - 7_200_000n * ms}&baselineEnd=${begin - 3_000_000n * ms}`,
  'weft-operations-red-half-compared': `GET /api/weft/v1/operations/red?service=gateway&${range}&baselineEnd=${begin - 3_000_000n * ms}`,
  'weft-service-changes': `GET /api/weft/v1/service/changes?service=payment&${range}`,
  'weft-service-exemplars': `GET /api/weft/v1/service/exemplars?service=payment&${range}`,
  'weft-service-instances': `GET /api/weft/v1/service/instances?service=payment&${range}`,
  'weft-service-errors': `GET /api/weft/v1/service/errors?service=payment&points=2&start=${begin - 60_000n * ms}&end=${begin + 60_000n * ms}&baselineStart=${begin - 7_200_000n * ms}&baselineEnd=${begin - 3_000_000n * ms}`,
  'weft-service-statements': `GET /api/weft/v1/service/statements?service=payment&${range}`,
  'weft-operations-red-of-a-kind': `GET /api/weft/v1/operations/red?service=payment&kind=server&version=2.0.1&${range}`,
  'weft-operations-red-of-moments': `GET /api/weft/v1/operations/red?service=unknown_service&${range}`,
  'weft-operations-red-without-service': `GET /api/weft/v1/operations/red?${range}`,
  'weft-find-names': 'GET /api/weft/v1/find?text=PA',
  'weft-find-names-words': 'GET /api/weft/v1/find?text=check',
  'weft-find-names-nothing': 'GET /api/weft/v1/find?text=xyz',
  'weft-find-names-without-text': 'GET /api/weft/v1/find?text=',
  'weft-operations': 'GET /api/weft/v1/operations?service=gateway',
  'weft-operations-twice': 'GET /api/weft/v1/operations?service=a&service=b',
  'weft-attributes': 'GET /api/weft/v1/attributes?service=payment',
  'weft-attribute-values': 'GET /api/weft/v1/attributes/values?key=host.name',
  'weft-attribute-values-of-a-service': 'GET /api/weft/v1/attributes/values?key=host.name&service=payment&prefix=b',
  'weft-attribute-values-without-key': 'GET /api/weft/v1/attributes/values',
  'weft-search': 'GET /api/weft/v1/traces',
  'weft-search-limited': 'GET /api/weft/v1/traces?limit=1',
  'weft-search-everything': `GET /api/weft/v1/traces?service=gateway&operation=POST%20%2Fcheckout&kind=server&status=error&attribute=http.response.status_code%3D500&attribute=service.version%3D1.4.0&minDuration=1s&maxDuration=1m&${range}&limit=5`,
  'weft-search-nothing': 'GET /api/weft/v1/traces?attribute=user.id%3Du-2',
  'weft-search-longest': `GET /api/weft/v1/traces?order=longest&${range}`,
  'weft-search-errors': 'GET /api/weft/v1/traces?order=errors&limit=1',
  'weft-search-long-traces': 'GET /api/weft/v1/traces?minTraceDuration=5s&maxTraceDuration=10s',
  'weft-search-clean': 'GET /api/weft/v1/traces?outcome=clean&outcome=healed',
  'weft-search-compared': `GET /api/weft/v1/traces?attribute=${encodeURIComponent('http.response.status_code >= 500')}`,
  'weft-search-error-true': `GET /api/weft/v1/traces?attribute=${encodeURIComponent('error=true')}`,
  'weft-search-environment': 'GET /api/weft/v1/traces?environment=production',
  'weft-search-faults': 'GET /api/weft/v1/traces?start=soon&end=later&kind=sideways&limit=0&last=1h',
  'weft-search-crossed': 'GET /api/weft/v1/traces?start=5&end=1&minDuration=2s&maxDuration=1s',
  'weft-search-bad-order': 'GET /api/weft/v1/traces?order=slowest',
  'weft-search-bad-outcome': 'GET /api/weft/v1/traces?outcome=failed&outcome=bad',
  'weft-search-bad-trace-durations': 'GET /api/weft/v1/traces?minTraceDuration=5s&maxTraceDuration=1s',
  'weft-search-duration-as-attribute': `GET /api/weft/v1/traces?attribute=${encodeURIComponent('duration > 1s')}`,
  'weft-search-status-as-attribute': `GET /api/weft/v1/traces?attribute=${encodeURIComponent('status: error')}`,
  'weft-search-compared-with-a-text': `GET /api/weft/v1/traces?attribute=${encodeURIComponent('http.route>=x')}`,
  'weft-statuses': `GET /api/weft/v1/traces/statuses?trace=${trace}&trace=abc&trace=aaaa`,
  'weft-statuses-bad-id': 'GET /api/weft/v1/traces/statuses?trace=zzz',
  'weft-statuses-many': `GET /api/weft/v1/traces/statuses?${Array.from({length: 101}, (_, i) => `trace=${i + 1}`).join('&')}`,
  'weft-heatmap': `GET /api/weft/v1/traces/heatmap?columns=4&${range}`,
  'weft-heatmap-rows': `GET /api/weft/v1/traces/heatmap?columns=2&rows=2&${range}`,
  'weft-heatmap-nothing': `GET /api/weft/v1/traces/heatmap?service=nobody&${range}`,
  'weft-heatmap-without-start': 'GET /api/weft/v1/traces/heatmap',
  'weft-search-bad-attribute': 'GET /api/weft/v1/traces?attribute=user.id',
  'weft-search-bad-duration': 'GET /api/weft/v1/traces?minDuration=5',
  'weft-search-bad-durations': 'GET /api/weft/v1/traces?minDuration=5s&maxDuration=1s',
  'weft-search-bad-kind': 'GET /api/weft/v1/traces?kind=odd',
  'weft-search-bad-limit': 'GET /api/weft/v1/traces?limit=0',
  'weft-search-bad-start': 'GET /api/weft/v1/traces?start=yesterday',
  'weft-search-no-such-day': 'GET /api/weft/v1/traces?start=2026-02-30T00:00:00Z',
  'weft-search-microseconds': 'GET /api/weft/v1/traces?start=1767323045000000&end=1767323105000',
  'weft-search-bad-encoding': 'GET /api/weft/v1/traces?limit=1&service=100%',
  'weft-search-unclosed-key': `GET /api/weft/v1/traces?attribute=${encodeURIComponent('"unclosed=5')}`,
  'weft-search-wrong-method': 'POST /api/weft/v1/traces {}',
  'weft-search-unknown-parameter': 'GET /api/weft/v1/traces?sevice=gateway',
  'weft-search-without': `GET /api/weft/v1/traces?notService=payment&notOperation=${encodeURIComponent('POST /checkout')}&notOperation=orphan&notKind=client&notStatus=error`,
  'weft-search-has': `GET /api/weft/v1/traces?has=exception.type&notHas=environment&${range}`,
  'weft-search-without-bad-kind': 'GET /api/weft/v1/traces?notKind=odd',
  'weft-spans': `GET /api/weft/v1/spans?columns=http.response.status_code&columns=exception.type&columns=host.name&${range}`,
  'weft-spans-longest': 'GET /api/weft/v1/spans?order=longest&limit=1',
  'weft-spans-everything': `GET /api/weft/v1/spans?service=payment&operation=charge&kind=server&status=error&attribute=exception.type%3DCardError&minDuration=1s&maxDuration=1m&outcome=failed&minTraceDuration=1s&notService=gateway&${range}&limit=5`,
  'weft-spans-nothing': 'GET /api/weft/v1/spans?attribute=user.id%3Du-2',
  'weft-spans-bad-order': 'GET /api/weft/v1/spans?order=errors',
  'weft-spans-many-columns': `GET /api/weft/v1/spans?${Array.from({length: 13}, (_, i) => `columns=c${i}`).join('&')}`,
  'weft-span-groups': `GET /api/weft/v1/spans/groups?by=service&${range}`,
  'weft-span-groups-attribute': `GET /api/weft/v1/spans/groups?by=http.response.status_code&${range}`,
  'weft-span-groups-others': `GET /api/weft/v1/spans/groups?by=operation&order=p95&limit=1&${range}`,
  'weft-span-groups-error-rate': `GET /api/weft/v1/spans/groups?by=operation&order=errorRate&limit=1&${range}`,
  'weft-span-groups-not-has': `GET /api/weft/v1/spans/groups?by=http.response.status_code&notHas=http.response.status_code&${range}`,
  'weft-span-groups-field-as-attribute': `GET /api/weft/v1/spans/groups?by=.status&${range}`,
  'weft-span-groups-nothing': `GET /api/weft/v1/spans/groups?by=kind&service=nobody&${range}`,
  'weft-span-groups-without-key': `GET /api/weft/v1/spans/groups?${range}`,
  'weft-span-groups-without-start': 'GET /api/weft/v1/spans/groups?by=service',
  'weft-span-groups-bad-order': `GET /api/weft/v1/spans/groups?by=service&order=rate&${range}`,
  'weft-sql': `GET /api/weft/v1/sql?query=${encodeURIComponent("SELECT service, name, status, duration_ms, attributes['user.id'] AS user FROM spans ORDER BY start_time, service")}`,
  'weft-sql-range': `GET /api/weft/v1/sql?limit=2&${range}&query=${encodeURIComponent('SELECT trace_id, spans, root_status FROM traces ORDER BY start_time')}`,
  'weft-sql-parameters': `GET /api/weft/v1/sql?param_s=payment&query=${encodeURIComponent('SELECT name, events, links FROM spans WHERE service = {s:String}')}`,
  'weft-sql-csv': `GET /api/weft/v1/sql?format=csv&query=${encodeURIComponent('SELECT service, sum(calls) AS calls FROM rates GROUP BY service ORDER BY service')}`,
  'weft-sql-post':
    'POST /api/weft/v1/sql {"query": "SELECT count() AS n FROM spans WHERE duration_ms > {ms:Float64}", "parameters": {"ms": 1000}}',
  'weft-sql-post-csv': 'POST /api/weft/v1/sql {"query": "SHOW TABLES", "format": "csv"}',
  'weft-sql-nothing': 'GET /api/weft/v1/sql',
  'weft-sql-fault': `GET /api/weft/v1/sql?query=${encodeURIComponent('SELECT service\nFROM spams')}`,
  'weft-sql-no-column': `GET /api/weft/v1/sql?query=${encodeURIComponent('SELECT servise FROM spans')}`,
  'weft-sql-no-value': `GET /api/weft/v1/sql?query=${encodeURIComponent('SELECT {x:UInt8}')}`,
  'weft-sql-write': 'POST /api/weft/v1/sql {"query": "DROP TABLE spans"}',
  'weft-sql-bad-field': 'POST /api/weft/v1/sql {"query": "SELECT 1", "settings": {}}',
  'weft-sql-bad-format': 'GET /api/weft/v1/sql?format=xml&query=SHOW%20TABLES',
  'weft-sql-tables': 'GET /api/weft/v1/sql/tables',
  'weft-trace': `GET /api/weft/v1/traces/${trace}`,
  'weft-trace-logs': `GET /api/weft/v1/traces/${trace}/logs`,
  'weft-trace-logs-first': `GET /api/weft/v1/traces/${trace}/logs?limit=1`,
  'weft-trace-logs-without-spans': 'GET /api/weft/v1/traces/10650/logs',
  'weft-trace-logs-none': 'GET /api/weft/v1/traces/1234/logs',
  'weft-trace-logs-bad-limit': `GET /api/weft/v1/traces/${trace}/logs?limit=0`,
  'weft-trace-missing': 'GET /api/weft/v1/traces/1234',
  'weft-trace-bad-encoding': 'GET /api/weft/v1/traces/%E0%A4%A',
  'weft-trace-bad-id': 'GET /api/weft/v1/traces/xyz',
  'weft-explain': `GET /api/weft/v1/traces/${trace}/explain`,
  'weft-explain-in-chinese': `GET /api/weft/v1/traces/${trace}/explain?language=zh-Hant`,
  'weft-explain-missing': 'GET /api/weft/v1/traces/1234/explain',
  'weft-compare-trace': `GET /api/weft/v1/traces/${trace}/compare?with=aaaa`,
  'weft-compare-usual-too-few': `GET /api/weft/v1/traces/${trace}/compare`,
  'weft-compare-bad-with': `GET /api/weft/v1/traces/${trace}/compare?with=yesterday`,
  'weft-compare-missing-with': `GET /api/weft/v1/traces/${trace}/compare?with=1234`,
  'weft-compare-everything': `GET /api/weft/v1/compare?start=${begin}&end=${begin + 3_600_000_000_000n}`,
  'weft-compare-failed': `GET /api/weft/v1/compare?outcome=failed&start=${begin}&end=${begin + 3_600_000_000_000n}`,
  'weft-compare-baseline': `GET /api/weft/v1/compare?q=${encodeURIComponent('{ status = error }')}&baseline=${encodeURIComponent('{ }')}&start=${begin}&end=${begin + 3_600_000_000_000n}&language=zh-Hans`,
  'weft-compare-bad-query': `GET /api/weft/v1/compare?q=${encodeURIComponent('{ status = }')}&start=${begin}`,
  'weft-compare-bad-range': `GET /api/weft/v1/compare?start=${begin}&baselineStart=${begin + 2n}&baselineEnd=${begin + 1n}`,
  'weft-compare-without-start': 'GET /api/weft/v1/compare',
  'weft-explain-traces': `GET /api/weft/v1/explain?service=payment&status=error&start=${begin}&end=${begin + 3_600_000_000_000n}`,
  'weft-explain-traces-none': `GET /api/weft/v1/explain?service=nobody&start=${begin}&end=${begin + 3_600_000_000_000n}&language=zh-Hant`,
  'weft-mend-at': `GET /api/weft/v1/mend?service=payment&at=${begin + 1n}&window=10m`,
  'weft-mend-by': `GET /api/weft/v1/mend?service=payment&by=host.name&before=a&after=b&end=${begin + 3_600_000_000_000n}&language=zh-Hant`,
  'weft-mend-without-moment': 'GET /api/weft/v1/mend?service=payment',
  'weft-mend-without-value': 'GET /api/weft/v1/mend?service=payment&by=service.version&before=1',
  'weft-mend-both': 'GET /api/weft/v1/mend?service=payment&by=service.version&at=2026-01-02T03:04:05Z',
  'weft-mend-values-at': `GET /api/weft/v1/mend?service=payment&at=${begin + 1n}&before=a`,
  'weft-mend-values-equal': 'GET /api/weft/v1/mend?service=payment&by=service.version&before=1&after=1',
  'weft-explain-query-and-filter': `GET /api/weft/v1/explain?q=${encodeURIComponent('{ status = error }')}&service=payment&start=${begin}`,
  'weft-explain-bad-language': `GET /api/weft/v1/traces/${trace}/explain?language=tlh`,
  'weft-find': `GET /api/weft/v1/traces/${trace}/find?text=declined`,
  'weft-find-nothing': `GET /api/weft/v1/traces/${trace}/find?text=nothing`,
  'weft-find-missing': 'GET /api/weft/v1/traces/1234/find?text=declined',
  'weft-find-blank': `GET /api/weft/v1/traces/${trace}/find?text=%20`,
  'weft-values': `GET /api/weft/v1/traces/${trace}/values?key=http.response.status_code`,
  'weft-values-of-the-resource': `GET /api/weft/v1/traces/${trace}/values?key=service.name`,
  'weft-values-nothing': `GET /api/weft/v1/traces/${trace}/values?key=nothing`,
  'weft-values-bad-id': 'GET /api/weft/v1/traces/xyz/values?key=nothing',
  'weft-values-without-key': `GET /api/weft/v1/traces/${trace}/values`,
  'weft-find-bad-number': `GET /api/weft/v1/traces/${trace}/find?text=http.response.status_code%3E%3Dmany`,
  'weft-find-bad-duration': `GET /api/weft/v1/traces/${trace}/find?text=duration%3E5`,
  'weft-span': `GET /api/weft/v1/traces/${trace}/spans/c1`,
  'weft-span-of-nobody': 'GET /api/weft/v1/traces/aaaa/spans/1',
  'weft-span-missing': `GET /api/weft/v1/traces/${trace}/spans/c2`,
  'weft-span-bad-id': `GET /api/weft/v1/traces/${trace}/spans/0`,
  'weft-status': 'GET /api/weft/v1/status',
  'weft-flush': 'POST /api/weft/v1/flush',
  'weft-sampling': 'GET /api/weft/v1/sampling',
  'weft-sampling-change': 'PUT /api/weft/v1/sampling {"mode": "adaptive", "budget": 50}',
  'weft-sampling-change-mode': 'PUT /api/weft/v1/sampling {"mode": "file"}',
  'weft-sampling-change-probability': 'PUT /api/weft/v1/sampling {"probability": 1.5}',
  'weft-sampling-change-field': 'PUT /api/weft/v1/sampling {"rate": 1}',
  'weft-sampling-change-faults': 'PUT /api/weft/v1/sampling {"mode": "file", "budget": -1, "rate": 1}',
  'weft-sampling-change-no-object': 'PUT /api/weft/v1/sampling [1]',
  'weft-sampling-change-nothing': 'PUT /api/weft/v1/sampling {}',
  'weft-sampling-change-no-json': 'PUT /api/weft/v1/sampling adaptive',
  'weft-sampling-reset': 'DELETE /api/weft/v1/sampling',
  'weft-override-set':
    'PUT /api/weft/v1/instrument/overrides/a%2Fb {"logLevel": "debug", "probability": 1, "for": "15m", "note": "INC-7", "setBy": "ada"}',
  'weft-override-set-for-all': 'PUT /api/weft/v1/instrument/overrides/* {"probability": 0.5}',
  'weft-override-set-until':
    'PUT /api/weft/v1/instrument/overrides/cart {"logLevel": "info", "until": "2026-01-02T04:00:00Z"}',
  'weft-override-set-nothing': 'PUT /api/weft/v1/instrument/overrides/cart {"note": "why"}',
  'weft-override-set-past':
    'PUT /api/weft/v1/instrument/overrides/cart {"logLevel": "info", "until": "2025-01-02T04:00:00Z"}',
  'weft-override-set-long': 'PUT /api/weft/v1/instrument/overrides/cart {"logLevel": "info", "for": "40d"}',
  'weft-override-set-twice':
    'PUT /api/weft/v1/instrument/overrides/cart {"logLevel": "info", "for": "1h", "until": "2026-01-02T04:00:00Z"}',
  'weft-override-set-bad-duration': 'PUT /api/weft/v1/instrument/overrides/cart {"logLevel": "info", "for": "soon"}',
  'weft-override-set-bad-level': 'PUT /api/weft/v1/instrument/overrides/cart {"logLevel": "very loud"}',
  'weft-overrides': 'GET /api/weft/v1/instrument/overrides',
  'weft-settings': 'GET /api/weft/v1/instrument/settings?service=a/b',
  'weft-settings-of-others': 'GET /api/weft/v1/instrument/settings?service=other',
  'weft-settings-of-nobody': 'GET /api/weft/v1/instrument/settings',
  'weft-sampling-overridden': 'GET /api/weft/v1/sampling',
  'weft-override-clear-one': 'DELETE /api/weft/v1/instrument/overrides/a%2Fb?what=sampling',
  'weft-override-clear': 'DELETE /api/weft/v1/instrument/overrides/*',
  'weft-override-clear-nothing': 'DELETE /api/weft/v1/instrument/overrides/nobody',
  'weft-unknown': 'GET /api/weft/v1/nothing',
  'weft-wrong-method': 'DELETE /api/weft/v1/status',
  ready: 'GET /ready',
  'ready-wrong-method': 'DELETE /ready',
  metrics: 'GET /metrics',
  'unknown-api': 'GET /api/nothing',
  'prometheus-query': 'GET /prometheus/api/v1/query?query=vector(1)&time=1767323045',
  'prometheus-query-range': 'GET /prometheus/api/v1/query_range?query=time()&start=0&end=60&step=30s',
  'prometheus-format': 'GET /prometheus/api/v1/format_query?query=sum(up)by(job)',
  'prometheus-parse': 'GET /prometheus/api/v1/parse_query?query=-sum_over_time(up%5B5m:1m%5D%20offset%201h)',
  'prometheus-series': 'GET /prometheus/api/v1/series?match[]=up&start=0&end=60',
  'prometheus-labels': 'GET /prometheus/api/v1/labels?start=0&end=60',
  'prometheus-query-post': 'POST /prometheus/api/v1/query?query=vector(1)&time=1767323045',
  'prometheus-query-range-post': 'POST /prometheus/api/v1/query_range?query=time()&start=0&end=60&step=30s',
  'prometheus-format-post': 'POST /prometheus/api/v1/format_query?query=sum(up)by(job)',
  'prometheus-parse-post': 'POST /prometheus/api/v1/parse_query?query=-sum_over_time(up%5B5m:1m%5D%20offset%201h)',
  'prometheus-series-post': 'POST /prometheus/api/v1/series?match[]=up&start=0&end=60',
  'prometheus-labels-post': 'POST /prometheus/api/v1/labels?start=0&end=60',
  'prometheus-label-values': 'GET /prometheus/api/v1/label/job/values?start=0&end=60',
  'prometheus-metadata': 'GET /prometheus/api/v1/metadata',
  'prometheus-buildinfo': 'GET /prometheus/api/v1/status/buildinfo',
  'prometheus-exemplars': 'GET /prometheus/api/v1/query_exemplars?query=up&start=0&end=60',
  'prometheus-exemplars-post': 'POST /prometheus/api/v1/query_exemplars?query=up&start=0&end=60',
  'prometheus-rules': 'GET /prometheus/api/v1/rules',
  'prometheus-alerts': 'GET /prometheus/api/v1/alerts',
  'prometheus-alertmanagers': 'GET /prometheus/api/v1/alertmanagers',
  'prometheus-faulty': 'GET /prometheus/api/v1/query?query=sum(',
  'unknown-tempo': 'GET /tempo/api/nothing',
  'unknown-prometheus': 'GET /prometheus/api/v1/nothing',
  'reserved-loki': 'GET /loki',
  page: 'GET /trace/abc',
  'page-wrong-method': 'PUT /services',
};

describe('API: every answer', () => {
  test.each(Object.entries(requests))('%s', async (name, request) => {
    const [, method, url, payload = ''] = /^(\S+) (\S+)(?: (.*))?$/.exec(request) as unknown as [
      string,
      'GET',
      string,
      string?,
    ];
    const response = await api.inject({method, url, headers: {host: 'localhost'}, payload});
    const type = String(response.headers['content-type']);
    const body = type.startsWith('application/json') ? JSON.stringify(response.json(), undefined, 2) : response.body;
    // The API's own counters follow those of the other threads; they depend on what was asked before.
    const shown = name === 'metrics' ? body.slice(0, body.indexOf('# HELP weft_api')) : body;
    await expect(`${request}\n\n${response.statusCode} ${type}\n${shown}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
  });
});

// Facts: `otlp2jaeger-in.json` and `otlp2jaeger-out.json` of Jaeger's query service.
test('API: OTLP JSON becomes Jaeger’s', async () => {
  const span = {
    traceId: '83a9efd15c1c98a977e0711cc93ee28b',
    spanId: 'e127af99e3b3e074',
    parentSpanId: '909541b92cf05311',
    name: 'okey-dokey-0',
    kind: 2,
    startTimeUnixNano: '1706678909209712000',
    endTimeUnixNano: '1706678909209835000',
    attributes: [{key: 'net.peer.ip', value: {stringValue: '1.2.3.4'}}],
    status: {},
  };
  const resource = {attributes: [{key: 'service.name', value: {stringValue: 'telemetrygen'}}]};
  const body = {resourceSpans: [{resource, scopeSpans: [{scope: {name: 'telemetrygen'}, spans: [span, span]}]}]};
  const post = (payload: string) =>
    api.inject({
      method: 'POST',
      url: '/api/transform',
      headers: {host: 'localhost', 'content-type': 'application/json'},
      payload,
    });
  const [trace] = (await post(JSON.stringify(body))).json().data;
  expect(trace.processes).toEqual({p1: {serviceName: 'telemetrygen', tags: []}});
  expect(trace.spans).toHaveLength(2);
  expect(trace.spans[1]).toEqual({
    traceID: '83a9efd15c1c98a977e0711cc93ee28b',
    spanID: 'e127af99e3b3e074',
    operationName: 'okey-dokey-0',
    references: [{refType: 'CHILD_OF', traceID: '83a9efd15c1c98a977e0711cc93ee28b', spanID: '909541b92cf05311'}],
    startTime: 1706678909209712,
    duration: 123,
    tags: [
      {key: 'otel.scope.name', type: 'string', value: 'telemetrygen'},
      {key: 'net.peer.ip', type: 'string', value: '1.2.3.4'},
      {key: 'span.kind', type: 'string', value: 'server'},
    ],
    logs: [],
    processID: 'p1',
    warnings: null,
  });
  const malformed = await post('{"resourceSpans": 5}');
  expect(malformed.statusCode).toBe(400);
  expect(malformed.json().errors[0].msg).toMatch(/^cannot unmarshal OTLP : /);
});

test('API: every route has a golden answer', () => {
  const asked = ['POST /api/transform', ...Object.values(requests)].map(
    (request) => request.split(/[?{]/)[0]?.trimEnd() as string,
  );
  const missing = apiRoutes(createMeter()).filter(({method, path}) => {
    const pattern = new RegExp(`^${method} ${path.replace('*', '.+').replaceAll(/:[A-Za-z_]+/g, '[^/]+')}$`);
    return !asked.some((one) => pattern.test(one));
  });
  expect(missing.map(({method, path}) => `${method} ${path}`)).toEqual([]);
});

test('API: tenants see their own', async () => {
  const services = async (tenant: string) => {
    const headers = {host: 'localhost', 'x-scope-orgid': tenant};
    return (await api.inject({url: '/api/services', headers})).json();
  };
  expect((await services('other')).data).toEqual(['theirs']);
  expect((await services('nobody')).data).toEqual([]);
  expect((await services('a/b')).errors[0].msg).toBe('The header X-Scope-OrgID does not name a tenant.');
});

test('API: not ready, with the reasons', async () => {
  reasons = ['the store is being opened'];
  const response = await api.inject({url: '/ready', headers: {host: 'localhost'}});
  const zipkin = await api.inject({url: '/zipkin/health', headers: {host: 'localhost'}});
  reasons = [];
  const down = {status: 'DOWN', details: {error: 'the store is being opened'}};
  expect([zipkin.statusCode, zipkin.json()]).toEqual([
    503,
    {status: 'DOWN', zipkin: {status: 'DOWN', details: {Weft: down}}},
  ]);
  expect([response.statusCode, response.json()]).toEqual([
    503,
    {ready: false, reasons: ['the store is being opened'], degraded: [], startedUnixNano: '1700000000000000000'},
  ]);
});

test('API: ready without ClickHouse, and what is amiss', async () => {
  degraded = ['ClickHouse is unavailable: connect ECONNREFUSED'];
  const response = await api.inject({url: '/ready', headers: {host: 'localhost'}});
  const expected = {ready: true, reasons: [], degraded, startedUnixNano: '1700000000000000000'};
  degraded = [];
  expect([response.statusCode, response.json()]).toEqual([200, expected]);
});

test('API: a store that is away is told, not a defect', async () => {
  const engineless = await createApi({
    source: createReader({client: gone(), clock}),
    control,
    meter: createMeter(),
    log: silentLog,
    uiDirectory: undefined,
    loopback: true,
  });
  const response = await engineless.inject({url: '/api/weft/v1/services', headers: {host: 'localhost'}});
  await engineless.close();
  expect([response.statusCode, response.json().error.code]).toEqual([503, 'unavailable']);
});

/** A client whose server is not there. */
const gone = () => createQueryClient({kind: 'url', url: new URL('http://127.0.0.1:1')}, 'default');

describe('API: Jaeger search with many tags', () => {
  const ask = async (tags: readonly string[]) => {
    const query = tags.map((tag) => `&tag=${encodeURIComponent(tag)}`).join('');
    const url = `/api/traces?service=gateway&${microseconds}${query}`;
    const response = await api.inject({url, headers: {host: 'localhost'}});
    return {status: response.statusCode, ...response.json()};
  };

  test.each([
    ['of the resource', (i: number) => `resource.k${i}:v`],
    ['of events', (i: number) => `exception.k${i}:v`],
    ['that are lists', (i: number) => `k${i}:[1,2]`],
  ])('60 tags %s are one question', async (_, tag) => {
    const {status, data} = await ask(['error:true', ...Array.from({length: 59}, (_, i) => tag(i))]);
    expect([status, data]).toEqual([200, []]);
  });

  test('more than it may have is refused by name', async () => {
    const {status, errors} = await ask(Array.from({length: 65}, (_, i) => `k${i}:v`));
    expect([status, errors]).toEqual([
      413,
      [{code: 413, msg: 'The search has 65 conditions; at most 64. Leave some out.'}],
    ]);
  });
});
