/** Sends everything through each of JavaScript's OTLP exporters, as the senders in other languages do. */
import {
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
  ValueType,
} from '@opentelemetry/api';
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
import {resourceFromAttributes} from '@opentelemetry/resources';
import {LoggerProvider, type LogRecordExporter, SimpleLogRecordProcessor} from '@opentelemetry/sdk-logs';
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import {SimpleSpanProcessor, type SpanExporter, TracerProvider} from '@opentelemetry/sdk-trace';

/** What `send` sent, in order. */
export async function sendJavaScript(grpcAt: string, httpAt: string): Promise<string[]> {
  const ways: string[] = [];
  for (const [suffix, compression] of [
    ['', CompressionAlgorithm.NONE],
    [' gzip', CompressionAlgorithm.GZIP],
  ] as const) {
    const grpc = {url: `http://${grpcAt}`, compression};
    const http = (signal: string) => ({url: `http://${httpAt}/v1/${signal}`, compression});
    const send = async (way: string, ...exporters: [SpanExporter, LogRecordExporter, PushMetricExporter]) => {
      ways.push(`${way}${suffix}`);
      await sendAll(`${way}${suffix}`, ...exporters);
    };
    await send('js grpc', new GrpcTraces(grpc), new GrpcLogs(grpc), new GrpcMetrics(grpc));
    await send(
      'js http',
      new ProtoTraces(http('traces')),
      new ProtoLogs(http('logs')),
      new ProtoMetrics(http('metrics')),
    );
    await send('js json', new JsonTraces(http('traces')), new JsonLogs(http('logs')), new JsonMetrics(http('metrics')));
  }
  return ways;
}

const start = (nanos: number): [number, number] => [1_700_000_000, 1 + nanos];

async function sendAll(
  way: string,
  spans: SpanExporter,
  logs: LogRecordExporter,
  metrics: PushMetricExporter,
): Promise<void> {
  const resource = resourceFromAttributes(
    {'service.name': 'interop', args: ['a', 'b']},
    {schemaUrl: 'https://weft.example/resource'},
  );
  const traceFlags = TraceFlags.SAMPLED;
  const caller = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags,
    isRemote: true,
    traceState: createTraceState('vendor=1'),
  });
  const linked = {
    traceId: '1af7651916cd43dd8448eb211c80319c',
    spanId: 'c7ad6b7169203331',
    traceFlags,
    traceState: createTraceState('link=2'),
  };

  const tracing = new TracerProvider({
    resource,
    spanLimits: {eventCountLimit: 1},
    spanProcessors: [new SimpleSpanProcessor({exporter: spans})],
  });
  const tracer = tracing.getTracer('scope', '1.2.3', {schemaUrl: 'https://weft.example/scope'});
  const span = tracer.startSpan(
    way,
    {
      kind: SpanKind.PRODUCER,
      startTime: start(0),
      attributes: values,
      links: [{context: linked, attributes: {why: 'batch'}}],
    },
    caller,
  );
  // Of too many events the newest stay.
  span.addEvent('one too many');
  span.addEvent('first', {n: 1}, start(10));
  span.setStatus({code: SpanStatusCode.ERROR, message: 'it failed'});
  span.end(start(1_000_000));
  await tracing.forceFlush();
  await tracing.shutdown();

  const logging = new LoggerProvider({resource, processors: [new SimpleLogRecordProcessor({exporter: logs})]});
  logging.getLogger('scope').emit({
    context: caller,
    timestamp: start(0),
    observedTimestamp: start(1),
    severityNumber: 18,
    severityText: 'Bad',
    eventName: 'order.failed',
    body: {way, list: [1, 'x']},
    attributes: values,
  });
  await logging.forceFlush();
  await logging.shutdown();

  const reader = new PeriodicExportingMetricReader({exporter: metrics, exportIntervalMillis: 60_000});
  const metering = new MeterProvider({
    resource,
    readers: [reader],
    views: [{instrumentName: '*.exponential', aggregation: {type: AggregationType.EXPONENTIAL_HISTOGRAM}}],
  });
  const meter = metering.getMeter('scope');
  meter.createCounter('sum', {unit: '1', description: 'A sum.', valueType: ValueType.INT}).add(3, {way});
  meter.createUpDownCounter('level').add(-1.5, {way});
  meter.createGauge('gauge').record(2.5, {way});
  meter.createHistogram('histogram', {advice: {explicitBucketBoundaries: [1, 10]}}).record(5, {way});
  meter.createHistogram('histogram.exponential').record(5, {way});
  await metering.forceFlush();
  await metering.shutdown();
}

/** Numbers are integers to the SDK where they are whole. */
const values = {
  text: 'é中😀',
  empty: '',
  yes: true,
  int: Number.MAX_SAFE_INTEGER,
  least: Number.MIN_SAFE_INTEGER,
  double: 0.1,
  whole: 3,
  texts: ['a', ''],
  bools: [true, false],
  ints: [1, -1],
  doubles: [1.5, 2],
  bytes: new Uint8Array([0, 1, 255]),
  map: {k: [1, 'v']},
};
