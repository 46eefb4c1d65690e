import type {LoggerProvider as LoggerProviderApi, MeterProvider as MeterProviderApi} from '@opentelemetry/api';
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
} from '@opentelemetry/otlp-transformer';
import type {Resource} from '@opentelemetry/resources';
import {
  ConsoleLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import {ConsoleSpanExporter, type ReadableSpan, type Sampler, SimpleSpanProcessor} from '@opentelemetry/sdk-trace';
import type {BatchSettings, Config, Signal, StartOptions} from './config.ts';
import {batchEncoder, createDelivery, type Delivery, type DeliveryCounts, type Encoder} from './delivery.ts';
import {createDurationHistograms} from './duration-histograms.ts';
import {createExemplars} from './exemplars.ts';
import type {Leftover} from './exit-flush.ts';
import {metricExporter} from './exporter-metrics.ts';
import {guardLogs} from './guarded-logs.ts';
import {guardMetrics} from './guarded-metrics.ts';
import {createIdGenerator} from './id-generator.ts';
import {recordSize, spanSize} from './item-size.ts';
import {encodeMetrics} from './otlp-metrics.ts';
import {otlpSender, type Send, type SenderOptions} from './otlp-sender.ts';
import {createSpanEncoder} from './otlp-spans.ts';
import {privacyProcessor} from './privacy.ts';
import {baggageProcessor} from './processor-baggage.ts';
import {logDelivery, spanDelivery} from './processor-delivery.ts';
import {createQueueBudget} from './queue-budget.ts';
import {measureQueues} from './queue-metrics.ts';
import {createTracerProvider, type LeanTracerProvider} from './tracer-provider.ts';

/** The three signals of a process on their way to the collector. */
export type Pipeline = {
  readonly tracerProvider: LeanTracerProvider;
  readonly loggerProvider: LoggerProviderApi;
  /** The meter provider of the instrumentations; its histograms keep exemplars. */
  readonly meterProvider: MeterProviderApi;
  flush(): Promise<unknown>;
  shutdown(): Promise<unknown>;
  /** The batches that are still unsent, for the end of the process. */
  leftovers(): Leftover[];
  counts(): {readonly spans: DeliveryCounts; readonly logs: DeliveryCounts};
};

export function buildPipeline(config: Config, options: StartOptions, resource: Resource, sampler: Sampler): Pipeline {
  const sender = (signal: Signal): Send => {
    const {protocol, ...target} = config.targets[signal];
    if (protocol === 'grpc') return sendByGrpc(signal, target);
    return otlpSender(protocol === 'http/json' ? {...target, contentType: 'application/json'} : target);
  };
  const budget = createQueueBudget(config.queueBytes);
  const asJson = (signal: Signal): boolean => config.targets[signal].protocol === 'http/json';
  const spans: Delivery<ReadableSpan> = createDelivery({
    name: 'spans',
    encoder: asJson('traces') ? encoderBy(JsonTraceSerializer, spanSize) : createSpanEncoder(),
    send: sender('traces'),
    budget,
    ...queueOf(config.spans),
  });
  const records: Delivery<ReadableLogRecord> = createDelivery({
    name: 'log records',
    encoder: encoderBy(asJson('logs') ? JsonLogsSerializer : ProtobufLogsSerializer, recordSize),
    send: sender('logs'),
    budget,
    ...queueOf(config.records),
  });

  const tracerProvider = createTracerProvider({
    resource,
    ids: createIdGenerator(),
    sampler,
    limits: config.spanLimits,
    stages: [
      ...(config.baggageAttributes.length === 0 ? [] : [baggageProcessor(config.baggageAttributes)]),
      privacyProcessor(options.privacy ?? {}),
      ...(options.spanProcessors ?? []),
      ...(config.exporters.traces.includes('console')
        ? [new SimpleSpanProcessor({exporter: new ConsoleSpanExporter()})]
        : []),
      spanDelivery(config.exporters.traces.includes('otlp') ? spans : undefined),
    ],
  });
  const loggerProvider = new LoggerProvider({
    resource,
    logRecordLimits: config.recordLimits,
    processors: [
      ...(options.logProcessors ?? []),
      ...(config.exporters.logs.includes('otlp') ? [logDelivery(records)] : []),
      ...(config.exporters.logs.includes('console')
        ? [new SimpleLogRecordProcessor({exporter: new ConsoleLogRecordExporter()})]
        : []),
    ],
  });
  const exemplars = createExemplars();
  const durations = config.exporters.metrics.length === 0 ? undefined : createDurationHistograms(resource);
  const otlpMetrics = (): PushMetricExporter => {
    const encode = asJson('metrics')
      ? (metrics: ResourceMetrics) => JsonMetricsSerializer.serializeRequest(metrics) ?? new Uint8Array(0)
      : (metrics: ResourceMetrics) => encodeMetrics(metrics, exemplars);
    return metricExporter(sender('metrics'), encode, budget);
  };
  const metricsSdk = new MeterProvider({
    resource,
    readers: config.exporters.metrics.map(
      (kind) =>
        new PeriodicExportingMetricReader({
          exporter: kind === 'otlp' ? otlpMetrics() : new ConsoleMetricExporter(),
          metricProducers: durations === undefined ? [] : [durations.producer],
          exportIntervalMillis: config.metricIntervalMillis,
          exportTimeoutMillis: config.metricTimeoutMillis,
        }),
    ),
  });
  measureQueues(metricsSdk.getMeter('@weft/instrument'), budget, [
    {signal: 'span', delivery: spans, capacity: config.spans.queue},
    {signal: 'log', delivery: records, capacity: config.records.queue},
  ]);
  const measured = durations?.wrap(metricsSdk) ?? metricsSdk;
  const keepsExemplars = config.exemplars && config.exporters.metrics.includes('otlp') && !asJson('metrics');
  const providers = [tracerProvider, loggerProvider, metricsSdk];
  return {
    tracerProvider,
    loggerProvider: guardLogs(loggerProvider),
    meterProvider: guardMetrics(keepsExemplars ? exemplars.wrap(measured) : measured),
    flush: () => Promise.allSettled(providers.map((provider) => provider.forceFlush())),
    shutdown: () => Promise.allSettled(providers.map((provider) => provider.shutdown())),
    leftovers: () => [
      {...config.targets.traces, signal: 'traces', bodies: spans.drain()},
      {...config.targets.logs, signal: 'logs', bodies: records.drain()},
    ],
    counts: () => ({spans: spans.counts, logs: records.counts}),
  };
}

const queueOf = ({queue, batch, delayMillis, retryForMillis}: BatchSettings) => ({
  maxQueue: queue,
  maxBatch: batch,
  delayMillis,
  retryForMillis,
});

const encoderBy = <T>(
  serializer: {serializeRequest(items: T[]): Uint8Array | undefined},
  sizeOf: (item: T) => number,
): Encoder<T> => batchEncoder((items) => serializer.serializeRequest([...items]) ?? new Uint8Array(0), sizeOf);

/** HTTP/2 is loaded with the first batch, and only by who uses it. */
function sendByGrpc(signal: Signal, settings: SenderOptions): Send {
  let loading: Promise<Send> | undefined;
  return async (body) => {
    loading ??= import('./otlp-sender-grpc.ts').then(({grpcPaths, grpcSender}) =>
      grpcSender(grpcPaths[signal], settings),
    );
    return (await loading)(body);
  };
}
