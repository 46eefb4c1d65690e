/** The plain OpenTelemetry SDK as its documentation sets it up: what bench/instrument.ts compares @weft/instrument with. */
import {createRequire} from 'node:module';
import {context, propagation, trace} from '@opentelemetry/api';
import {AsyncLocalStorageContextManager} from '@opentelemetry/context-async-hooks';
import {type ExportResultCode, W3CTraceContextPropagator} from '@opentelemetry/core';
import {registerInstrumentations} from '@opentelemetry/instrumentation';
import {HttpInstrumentation} from '@opentelemetry/instrumentation-http';
import {KafkaJsInstrumentation} from '@opentelemetry/instrumentation-kafkajs';
import {convertLegacyHttpOptions, createOtlpHttpExportDelegate} from '@opentelemetry/otlp-exporter-base/node-http';
import {ProtobufTraceSerializer, TraceExporterMetricsHelper} from '@opentelemetry/otlp-transformer';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import {register} from 'import-in-the-middle/register-hooks.mjs';

register(); // Its documentation's `--experimental-loader`, for ES modules.
const url = `${process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`;
const delegate = createOtlpHttpExportDelegate(
  convertLegacyHttpOptions({url}, 'TRACES', 'v1/traces', {'Content-Type': 'application/x-protobuf'}),
  ProtobufTraceSerializer,
  'otlp_http_span_exporter',
  TraceExporterMetricsHelper,
  undefined,
);
const exporter = {
  export: (spans: ReadableSpan[], done: (result: {code: ExportResultCode}) => void) => delegate.export(spans, done),
  forceFlush: () => delegate.forceFlush(),
  shutdown: () => delegate.shutdown(),
};
const processors =
  process.env.OTEL_TRACES_EXPORTER === 'none' ? [] : [new BatchSpanProcessor({exporter, maxQueueSize: 8_192})];
const share = process.env.OTEL_TRACES_SAMPLER_ARG;
const sampler =
  share === undefined ? {} : {sampler: new ParentBasedSampler({root: new TraceIdRatioBasedSampler(Number(share))})};
const provider = new TracerProvider({spanProcessors: processors, ...sampler});
context.setGlobalContextManager(new AsyncLocalStorageContextManager());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(provider);
registerInstrumentations({
  instrumentations: [new HttpInstrumentation(), new KafkaJsInstrumentation()],
  tracerProvider: provider,
});
createRequire(import.meta.url)('http');
