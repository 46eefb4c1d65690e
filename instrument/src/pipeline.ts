import type {MeterProvider as MeterProviderApi} from '@opentelemetry/api';
import {ProtobufLogsSerializer} from '@opentelemetry/otlp-transformer';
import type {Resource} from '@opentelemetry/resources';
import {
  ConsoleLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import {ConsoleMetricExporter, MeterProvider, PeriodicExportingMetricReader} from '@opentelemetry/sdk-metrics';
import {ConsoleSpanExporter, type ReadableSpan, type Sampler, SimpleSpanProcessor} from '@opentelemetry/sdk-trace';
import type {Config, Signal, StartOptions} from './config.ts';
import {batchEncoder, createDelivery, type Delivery, type DeliveryCounts} from './delivery.ts';
import {createDurationHistograms} from './duration-histograms.ts';
import {createExemplars} from './exemplars.ts';
import type {Leftover} from './exit-flush.ts';
import {metricExporter} from './exporter-metrics.ts';
import {createIdGenerator} from './id-generator.ts';
import {otlpSender, type Send, type SenderOptions} from './otlp-sender.ts';
import {createSpanEncoder} from './otlp-spans.ts';
import {privacyProcessor} from './privacy.ts';
import {baggageProcessor} from './processor-baggage.ts';
import {logDelivery, spanDelivery} from './processor-delivery.ts';
import {createTracerProvider, type LeanTracerProvider} from './tracer-provider.ts';

/** The three signals of a process on their way to the collector. */
export type Pipeline = {
  readonly tracerProvider: LeanTracerProvider;
  readonly loggerProvider: LoggerProvider;
  /** What instrumentations record with; its histograms keep exemplars. */
  readonly meterProvider: MeterProviderApi;
  flush(): Promise<unknown>;
  shutdown(): Promise<unknown>;
  /** What is still unsent, for the end of the process. */
  leftovers(): Leftover[];
  counts(): {readonly spans: DeliveryCounts; readonly logs: DeliveryCounts};
};

/** A collector that is away costs at most this many waiting items per signal, and each batch this many tries' time. */
const retryForMillis = 60_000;

export function buildPipeline(config: Config, options: StartOptions, resource: Resource, sampler: Sampler): Pipeline {
  const sender = (signal: Signal): Send => {
    const {protocol, url} = config.targets[signal];
    const settings = {
      url,
      headers: config.headers,
      timeoutMillis: config.exportTimeoutMillis,
      compression: config.compression,
    };
    return protocol === 'grpc' ? sendByGrpc(signal, settings) : otlpSender(settings);
  };
  const queue = {
    maxQueue: config.spanQueue,
    delayMillis: config.spanDelayMillis,
    retryForMillis,
  };
  const spans: Delivery<ReadableSpan> = createDelivery({
    name: 'spans',
    encoder: createSpanEncoder(),
    send: sender('traces'),
    maxBatch: config.spanBatch,
    ...queue,
  });
  const records: Delivery<ReadableLogRecord> = createDelivery({
    name: 'log records',
    encoder: batchEncoder((batch) => ProtobufLogsSerializer.serializeRequest([...batch]) ?? new Uint8Array(0)),
    send: sender('logs'),
    maxBatch: config.recordBatch,
    ...queue,
  });

  const tracerProvider = createTracerProvider({
    resource,
    ids: createIdGenerator(),
    sampler,
    stages: [
      ...(config.baggageAttributes.length === 0 ? [] : [baggageProcessor(config.baggageAttributes)]),
      privacyProcessor(options.privacy ?? {}),
      ...(options.spanProcessors ?? []),
      ...(config.exporters.traces === 'console'
        ? [new SimpleSpanProcessor({exporter: new ConsoleSpanExporter()})]
        : []),
      spanDelivery(config.exporters.traces === 'otlp' ? spans : undefined),
    ],
  });
  const loggerProvider = new LoggerProvider({
    resource,
    processors: [
      ...(options.logProcessors ?? []),
      ...(config.exporters.logs === 'otlp' ? [logDelivery(records)] : []),
      ...(config.exporters.logs === 'console'
        ? [new SimpleLogRecordProcessor({exporter: new ConsoleLogRecordExporter()})]
        : []),
    ],
  });
  const exemplars = createExemplars();
  const durations = config.exporters.metrics === 'none' ? undefined : createDurationHistograms(resource);
  const metricsSdk = new MeterProvider({
    resource,
    readers:
      durations === undefined
        ? []
        : [
            new PeriodicExportingMetricReader({
              exporter:
                config.exporters.metrics === 'otlp'
                  ? metricExporter(sender('metrics'), exemplars)
                  : new ConsoleMetricExporter(),
              metricProducers: [durations.producer],
              exportIntervalMillis: config.metricIntervalMillis,
              exportTimeoutMillis: Math.min(config.exportTimeoutMillis, config.metricIntervalMillis),
            }),
          ],
  });
  const providers = [tracerProvider, loggerProvider, metricsSdk];
  return {
    tracerProvider,
    loggerProvider,
    meterProvider: exemplars.wrap(durations?.wrap(metricsSdk) ?? metricsSdk),
    flush: () => Promise.allSettled(providers.map((provider) => provider.forceFlush())),
    shutdown: () => Promise.allSettled(providers.map((provider) => provider.shutdown())),
    leftovers: () => [
      {...config.targets.traces, signal: 'traces', headers: config.headers, bodies: spans.drain()},
      {...config.targets.logs, signal: 'logs', headers: config.headers, bodies: records.drain()},
    ],
    counts: () => ({spans: spans.counts, logs: records.counts}),
  };
}

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
