/** The OTLP receiver against the OpenTelemetry SDK for JavaScript, and what it answers (OTLP specification). */
import {gzipSync, zstdCompressSync} from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import {SpanKind, SpanStatusCode} from '@opentelemetry/api';
import {OTLPLogExporter as GrpcLogs} from '@opentelemetry/exporter-logs-otlp-grpc';
import {OTLPLogExporter as JsonLogs} from '@opentelemetry/exporter-logs-otlp-http';
import {OTLPLogExporter as ProtoLogs} from '@opentelemetry/exporter-logs-otlp-proto';
import {OTLPMetricExporter as GrpcMetrics} from '@opentelemetry/exporter-metrics-otlp-grpc';
import {OTLPMetricExporter as JsonMetrics} from '@opentelemetry/exporter-metrics-otlp-http';
import {OTLPMetricExporter as ProtoMetrics} from '@opentelemetry/exporter-metrics-otlp-proto';
import {OTLPTraceExporter as GrpcTraces} from '@opentelemetry/exporter-trace-otlp-grpc';
import {OTLPTraceExporter as JsonTraces} from '@opentelemetry/exporter-trace-otlp-http';
import {OTLPTraceExporter as ProtoTraces} from '@opentelemetry/exporter-trace-otlp-proto';
import {CompressionAlgorithm} from '@opentelemetry/otlp-exporter-base';
import {LoggerProvider, type LogRecordExporter, SimpleLogRecordProcessor} from '@opentelemetry/sdk-logs';
import {MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter} from '@opentelemetry/sdk-metrics';
import {SimpleSpanProcessor, type SpanExporter, TracerProvider} from '@opentelemetry/sdk-trace';
import {describe, expect, it} from 'vitest';
import {PermanentError, RetryableError, utf8} from '../base/index.ts';
import {startTestCollector} from './testing.ts';

async function sendSpan(exporter: SpanExporter): Promise<void> {
  const provider = new TracerProvider({spanProcessors: [new SimpleSpanProcessor({exporter})]});
  const tracer = provider.getTracer('test', '1.0');
  const span = tracer.startSpan('checkout', {kind: SpanKind.SERVER, attributes: {'http.route': '/orders', size: 3}});
  span.addEvent('paid');
  span.setStatus({code: SpanStatusCode.ERROR, message: 'declined'});
  span.end();
  await provider.forceFlush();
  await provider.shutdown();
}

const exporters: readonly [name: string, make: (endpoints: Readonly<Record<string, string>>) => SpanExporter][] = [
  ['gRPC', ({otlp_grpc}) => new GrpcTraces({url: `http://${otlp_grpc}`})],
  ['gRPC, gzip', ({otlp_grpc}) => new GrpcTraces({url: `http://${otlp_grpc}`, compression: CompressionAlgorithm.GZIP})],
  ['HTTP, protobuf', ({otlp_http}) => new ProtoTraces({url: `http://${otlp_http}/v1/traces`})],
  [
    'HTTP, protobuf, gzip',
    ({otlp_http}) => new ProtoTraces({url: `http://${otlp_http}/v1/traces`, compression: CompressionAlgorithm.GZIP}),
  ],
  ['HTTP, JSON', ({otlp_http}) => new JsonTraces({url: `http://${otlp_http}/v1/traces`})],
];

it.each(exporters)('OTLP receiver: takes a span of the SDK over %s', async (_, make) => {
  await using collector = await startTestCollector();
  await sendSpan(make(collector.endpoints));
  expect(collector.traces).toHaveLength(1);
  const batch = collector.traces[0]!;
  expect(batch.spans.count).toBe(1);
  const {name, kind, statusMessage} = batch.spans.columns;
  expect(utf8(name.bytes(0, batch.heap))).toBe('checkout');
  expect(kind.get(0)).toBe(2);
  expect(utf8(statusMessage.bytes(0, batch.heap))).toBe('declined');
  expect(batch.events.count).toBe(1);
  expect(collector.contexts[0]?.tenant).toBe('default');
  expect(collector.count('otelcol_receiver_accepted_spans', {receiver: 'otlp'})).toBe(1);
  expect(collector.count('otelcol_exporter_sent_spans', {exporter: 'weft'})).toBe(1);
});

async function sendLog(exporter: LogRecordExporter): Promise<void> {
  const provider = new LoggerProvider({processors: [new SimpleLogRecordProcessor({exporter})]});
  provider.getLogger('test').emit({body: 'paid', severityText: 'INFO', attributes: {order: 7}});
  await provider.forceFlush();
  await provider.shutdown();
}

async function sendPoint(exporter: PushMetricExporter): Promise<void> {
  const reader = new PeriodicExportingMetricReader({exporter, exportIntervalMillis: 60_000});
  const provider = new MeterProvider({readers: [reader]});
  provider.getMeter('test').createCounter('orders').add(3, {region: 'eu'});
  await provider.forceFlush();
  await provider.shutdown();
}

it.each<[string, (endpoints: Readonly<Record<string, string>>) => LogRecordExporter]>([
  ['gRPC', ({otlp_grpc}) => new GrpcLogs({url: `http://${otlp_grpc}`})],
  ['HTTP, protobuf', ({otlp_http}) => new ProtoLogs({url: `http://${otlp_http}/v1/logs`})],
  ['HTTP, JSON', ({otlp_http}) => new JsonLogs({url: `http://${otlp_http}/v1/logs`})],
])('OTLP receiver: takes a log record of the SDK over %s', async (_, make) => {
  await using collector = await startTestCollector();
  await sendLog(make(collector.endpoints));
  const batch = collector.logs[0]!;
  expect([batch.logs.count, utf8(batch.logs.columns.severityText.bytes(0, batch.heap))]).toEqual([1, 'INFO']);
  expect(collector.count('otelcol_receiver_accepted_log_records')).toBe(1);
});

it.each<[string, (endpoints: Readonly<Record<string, string>>) => PushMetricExporter]>([
  ['gRPC', ({otlp_grpc}) => new GrpcMetrics({url: `http://${otlp_grpc}`})],
  ['HTTP, protobuf', ({otlp_http}) => new ProtoMetrics({url: `http://${otlp_http}/v1/metrics`})],
  ['HTTP, JSON', ({otlp_http}) => new JsonMetrics({url: `http://${otlp_http}/v1/metrics`})],
])('OTLP receiver: takes a metric point of the SDK over %s', async (_, make) => {
  await using collector = await startTestCollector();
  await sendPoint(make(collector.endpoints));
  const batch = collector.metrics[0]!;
  expect([batch.points.count, utf8(batch.metrics.columns.name.bytes(0, batch.heap))]).toEqual([1, 'orders']);
  // The reader exports once more when it is shut down.
  const points = collector.metrics.reduce((sum, each) => sum + each.points.count, 0);
  expect(collector.count('otelcol_receiver_accepted_metric_points')).toBe(points);
});

const span = (name: string, traceId = 'a'.repeat(32)) => ({traceId, spanId: 'b'.repeat(16), name});
const json = (...spans: readonly object[]): string => JSON.stringify({resourceSpans: [{scopeSpans: [{spans}]}]});
/** The same span as protobuf: resource_spans 1, scope_spans 2, spans 2, then trace_id 1, span_id 2, name 5. */
const field = (id: number, bytes: readonly number[]): number[] => [(id << 3) | 2, bytes.length, ...bytes];
const proto = Uint8Array.from(
  field(1, field(2, field(2, [...field(1, Array(16).fill(170)), ...field(2, Array(8).fill(187)), ...field(5, [120])]))),
);

interface Post {
  readonly path?: string;
  readonly type?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}
async function post(collector: {readonly endpoints: Readonly<Record<string, string>>}, request: Post = {}) {
  const {path = '/v1/traces', type = 'application/json', body = json(span('x')), headers = {}} = request;
  const answer = await fetch(`http://${collector.endpoints.otlp_http}${path}`, {
    method: 'POST',
    headers: {'content-type': type, ...headers},
    body,
  });
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    retryAfter: answer.headers.get('retry-after'),
    body: Buffer.from(await answer.arrayBuffer()),
  };
}

describe('OTLP receiver: over HTTP', () => {
  it.each<[string, Post, status: number, type: string, body: string]>([
    ['JSON', {}, 200, 'application/json', '{}'],
    ['JSON with a charset', {type: 'application/json; charset=utf-8'}, 200, 'application/json', '{}'],
    ['protobuf', {type: 'application/x-protobuf', body: proto}, 200, 'application/x-protobuf', ''],
    [
      'gzip',
      {body: new Uint8Array(gzipSync(json(span('x')))), headers: {'content-encoding': 'gzip'}},
      200,
      'application/json',
      '{}',
    ],
    [
      'zstd',
      {body: new Uint8Array(zstdCompressSync(json(span('x')))), headers: {'content-encoding': 'zstd'}},
      200,
      'application/json',
      '{}',
    ],
    ['nothing', {body: '{}'}, 200, 'application/json', '{}'],
    ['no bytes', {type: 'application/x-protobuf', body: ''}, 200, 'application/x-protobuf', ''],
  ])('%s is a success', async (_, request, status, type, body) => {
    await using collector = await startTestCollector();
    expect(await post(collector, request)).toMatchObject({status, type, body: Buffer.from(body)});
  });

  it('some bad spans are a partial success', async () => {
    await using collector = await startTestCollector();
    const answer = await post(collector, {body: json(span('good'), span('bad', '0'.repeat(32)))});
    expect(answer.status).toBe(200);
    expect(JSON.parse(String(answer.body))).toMatchObject({
      partialSuccess: {rejectedSpans: '1', errorMessage: expect.stringContaining('1 of 2 spans rejected')},
    });
    expect(collector.traces[0]?.spans.count).toBe(1);
    expect(collector.count('otelcol_receiver_accepted_spans')).toBe(1);
    expect(collector.count('otelcol_receiver_refused_spans', {reason: 'invalid'})).toBe(1);
  });

  it.each<[string, Post, status: number, message: string]>([
    ['bad JSON', {body: '{"resourceSpans": [}'}, 400, ''],
    ['JSON of another shape', {body: '[]'}, 400, ''],
    ['a bad tenant', {headers: {'X-Scope-OrgID': 'a/b'}}, 400, "X-Scope-OrgID is not a tenant's name"],
    ['an unknown path', {path: '/v1/spans'}, 404, 'nothing is served at /v1/spans'],
    [
      'an unknown type',
      {type: 'text/xml'},
      415,
      'content type text/xml is not supported; use application/x-protobuf or application/json',
    ],
  ])('%s is told in JSON to who speaks JSON', async (_, request, status, message) => {
    await using collector = await startTestCollector();
    const answer = await post(collector, request);
    expect([answer.status, answer.type, answer.retryAfter]).toEqual([status, 'application/json', null]);
    expect(JSON.parse(String(answer.body)).message).toContain(message);
    expect(collector.traces).toEqual([]);
  });

  it('an error is told in protobuf to who speaks protobuf', async () => {
    await using collector = await startTestCollector();
    const answer = await post(collector, {type: 'application/x-protobuf', body: proto.subarray(0, 10)});
    expect([answer.status, answer.type, answer.body[0], answer.body[1]]).toEqual([400, 'application/x-protobuf', 8, 3]);
  });

  it('a refusal of the pipeline says when to come back, or that it is permanent', async () => {
    const answers = [
      new RetryableError('spool_full', 'the spool is full', 4000),
      new PermanentError('too_old', 'too old'),
    ];
    await using collector = await startTestCollector({
      sink: {
        traces: async () => {
          throw answers.shift();
        },
      },
    });
    expect(await post(collector)).toMatchObject({status: 503, retryAfter: '4'});
    expect(await post(collector)).toMatchObject({status: 400, retryAfter: null});
    expect(collector.count('otelcol_receiver_refused_spans', {reason: 'spool_full', transport: 'http'})).toBe(1);
    expect(collector.count('otelcol_receiver_refused_spans', {reason: 'too_old'})).toBe(1);
    expect(collector.count('otelcol_receiver_requests', {outcome: 'refused'})).toBe(1);
    expect(collector.count('otelcol_exporter_send_failed_spans', {exporter: 'weft', reason: 'spool_full'})).toBe(1);
  });

  it('nothing is answered before the data is safe', async () => {
    const {promise, resolve} = Promise.withResolvers<void>();
    let asked = false;
    await using collector = await startTestCollector({
      sink: {
        traces: () => {
          asked = true;
          return promise;
        },
      },
    });
    let answered = false;
    const answer = post(collector).then(() => (answered = true));
    await expect.poll(() => asked).toBe(true);
    await new Promise((done) => setTimeout(done, 20));
    expect(answered).toBe(false);
    resolve();
    await answer;
  });

  it('a tenant is taken from its header', async () => {
    await using collector = await startTestCollector();
    await post(collector, {headers: {'X-Scope-OrgID': 'team-a'}});
    expect(collector.contexts).toMatchObject([{tenant: 'team-a'}]);
  });

  it('headers are passed on where the configuration says so', async () => {
    await using collector = await startTestCollector({sets: ['receivers.otlp.protocols.http.include_metadata=true']});
    await post(collector, {headers: {'X-Region': 'eu'}});
    expect(collector.contexts[0]?.metadata?.get('x-region')).toEqual(['eu']);
  });
});

describe('OTLP receiver: over gRPC', () => {
  const service = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  function exportSpans(address: string | undefined, body: Uint8Array, metadata = new grpc.Metadata()) {
    const client = new grpc.Client(`${address}`, grpc.credentials.createInsecure());
    return new Promise<Buffer | grpc.ServiceError>((resolve) => {
      client.makeUnaryRequest(
        service,
        Buffer.from,
        (bytes) => bytes,
        body,
        metadata,
        (error, reply) => {
          client.close();
          resolve(error ?? (reply as Buffer));
        },
      );
    });
  }

  it('a success is an empty response', async () => {
    await using collector = await startTestCollector();
    expect(await exportSpans(collector.endpoints.otlp_grpc, proto)).toEqual(Buffer.alloc(0));
    expect(collector.traces[0]?.spans.count).toBe(1);
  });

  it('malformed bytes are INVALID_ARGUMENT', async () => {
    await using collector = await startTestCollector();
    const error = (await exportSpans(collector.endpoints.otlp_grpc, proto.subarray(0, 10))) as grpc.ServiceError;
    expect(error.code).toBe(grpc.status.INVALID_ARGUMENT);
  });

  it('a bad tenant is INVALID_ARGUMENT', async () => {
    await using collector = await startTestCollector();
    const metadata = new grpc.Metadata();
    metadata.set('x-scope-orgid', 'a/b');
    const error = (await exportSpans(collector.endpoints.otlp_grpc, proto, metadata)) as grpc.ServiceError;
    expect([error.code, error.details]).toEqual([
      grpc.status.INVALID_ARGUMENT,
      expect.stringContaining("is not a tenant's name"),
    ]);
  });

  it('overload is UNAVAILABLE with RetryInfo', async () => {
    await using collector = await startTestCollector({
      sink: {
        traces: async () => {
          throw new RetryableError('spool_full', 'full', 1500);
        },
      },
    });
    const error = (await exportSpans(collector.endpoints.otlp_grpc, proto)) as grpc.ServiceError;
    expect(error.code).toBe(grpc.status.UNAVAILABLE);
    expect(String(error.metadata.get('grpc-status-details-bin')[0])).toContain(
      'type.googleapis.com/google.rpc.RetryInfo',
    );
  });
});

it('OTLP receiver: serves a signal only where a pipeline takes it', async () => {
  await using collector = await startTestCollector({
    yaml: 'receivers: {otlp: {protocols: {grpc: , http: }}}\nexporters: {weft: }\nservice: {pipelines: {logs: {receivers: [otlp], exporters: [weft]}}}',
  });
  expect((await post(collector)).status).toBe(404);
});

it('OTLP receiver: listens once for each id, and says where', async () => {
  await using collector = await startTestCollector({
    yaml: 'receivers: {otlp: {protocols: {grpc: }}, otlp/2: {protocols: {http: }}}\nexporters: {weft: }\nservice: {pipelines: {logs: {receivers: [otlp, otlp/2], exporters: [weft]}, traces: {receivers: [otlp], exporters: [weft]}}}',
  });
  expect(Object.keys(collector.endpoints)).toEqual(['otlp_grpc', 'otlp/2_http']);
});
