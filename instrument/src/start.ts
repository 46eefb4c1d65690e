import {context, diag, logs, metrics, propagation, trace} from '@opentelemetry/api';
import {AsyncLocalStorageContextManager} from '@opentelemetry/context-async-hooks';
import {OTLPLogExporter} from '@opentelemetry/exporter-logs-otlp-proto';
import {OTLPMetricExporter} from '@opentelemetry/exporter-metrics-otlp-proto';
import {OTLPTraceExporter} from '@opentelemetry/exporter-trace-otlp-proto';
import {registerInstrumentations} from '@opentelemetry/instrumentation';
import {BatchLogRecordProcessor, ConsoleLogRecordExporter, LoggerProvider} from '@opentelemetry/sdk-logs';
import {ConsoleMetricExporter, MeterProvider, PeriodicExportingMetricReader} from '@opentelemetry/sdk-metrics';
import {BatchSpanProcessor, ConsoleSpanExporter, TracerProvider} from '@opentelemetry/sdk-trace';
import {type Config, readConfig, type StartOptions} from './config.ts';
import {buildInstrumentations} from './instrumentations.ts';
import {hookModules} from './module-hooks.ts';
import {buildPropagator} from './propagators.ts';
import {buildResource} from './resource.ts';
import {stopOnSignals} from './stop-on-signals.ts';

/** The running instrumentation of this process. */
export type Running = {
  /** Sends what has been collected so far. Resolves when it is sent or `shutdownTimeoutMillis` has passed; never rejects. */
  flush(): Promise<void>;
  /** Flushes, then stops collecting. Idempotent; never rejects. */
  shutdown(): Promise<void>;
};

const slot = Symbol.for('weft.instrument.running');

/**
 * Starts traces, logs and metrics for this process and instruments the libraries it loads from here on.
 * A second call returns what the first one started. Throws a ConfigError when a setting cannot be used.
 *
 * @example const running = start({serviceName: 'checkout'});
 */
export function start(options: StartOptions = {}): Running {
  const process_ = globalThis as {[slot]?: Running};
  if (process_[slot] !== undefined) {
    diag.warn('@weft/instrument was already started; the options of this call are not used');
    return process_[slot];
  }
  const config = readConfig(options, process.env);
  process_[slot] = config.disabled ? idle : run(config);
  return process_[slot];
}

const idle: Running = {flush: async () => {}, shutdown: async () => {}};

function run(config: Config): Running {
  hookModules();
  const resource = buildResource(config, process.env, process.argv[1]);
  const target = (signal: string) => ({url: `${config.endpoint}/v1/${signal}`, headers: {...config.headers}});

  const meterProvider = new MeterProvider({
    resource,
    readers:
      config.exporters.metrics === 'none'
        ? []
        : [
            new PeriodicExportingMetricReader({
              exporter:
                config.exporters.metrics === 'otlp'
                  ? new OTLPMetricExporter(target('metrics'))
                  : new ConsoleMetricExporter(),
              exportIntervalMillis: config.metricIntervalMillis,
              exportTimeoutMillis: Math.min(10_000, config.metricIntervalMillis),
            }),
          ],
  });
  const tracerProvider = new TracerProvider({
    resource,
    ...(config.sampler === undefined ? {} : {sampler: config.sampler}),
    spanProcessors:
      config.exporters.traces === 'none'
        ? []
        : [
            new BatchSpanProcessor({
              exporter:
                config.exporters.traces === 'otlp'
                  ? new OTLPTraceExporter(target('traces'))
                  : new ConsoleSpanExporter(),
              scheduledDelayMillis: config.spanDelayMillis,
            }),
          ],
  });
  const loggerProvider = new LoggerProvider({
    resource,
    processors:
      config.exporters.logs === 'none'
        ? []
        : [
            new BatchLogRecordProcessor({
              exporter:
                config.exporters.logs === 'otlp' ? new OTLPLogExporter(target('logs')) : new ConsoleLogRecordExporter(),
            }),
          ],
  });

  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(buildPropagator(config.propagators));
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  logs.setGlobalLoggerProvider(loggerProvider);
  registerInstrumentations({instrumentations: buildInstrumentations(), tracerProvider, meterProvider, loggerProvider});

  const providers = [tracerProvider, loggerProvider, meterProvider];
  const within = (work: Promise<unknown>[]): Promise<void> => settle(work, config.shutdownTimeoutMillis);
  let stopped: Promise<void> | undefined;
  const running: Running = {
    flush: () => within(providers.map((provider) => provider.forceFlush())),
    shutdown: () => (stopped ??= within(providers.map((provider) => provider.shutdown()))),
  };
  stopOnSignals(running);
  return running;
}

/** Waits until all of `work` has settled, at most `limit` ms. */
function settle(work: readonly Promise<unknown>[], limit: number): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limit);
  void Promise.allSettled(work).then(() => {
    clearTimeout(timer);
    resolve();
  });
  return promise;
}
