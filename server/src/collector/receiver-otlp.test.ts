/** The OTLP receiver against the OpenTelemetry SDK for JavaScript: what applications really send. */
import {SpanKind, SpanStatusCode, trace} from '@opentelemetry/api';
import {OTLPTraceExporter as GrpcTraces} from '@opentelemetry/exporter-trace-otlp-grpc';
import {OTLPTraceExporter as JsonTraces} from '@opentelemetry/exporter-trace-otlp-http';
import {OTLPTraceExporter as ProtoTraces} from '@opentelemetry/exporter-trace-otlp-proto';
import {CompressionAlgorithm} from '@opentelemetry/otlp-exporter-base';
import {SimpleSpanProcessor, type SpanExporter, TracerProvider} from '@opentelemetry/sdk-trace';
import {expect, it} from 'vitest';
import {utf8} from '../base/index.ts';
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
  trace.disable();
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

it.each(exporters)('takes a span of the SDK over %s', async (_, make) => {
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
