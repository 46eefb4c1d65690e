import {
  type BatchSettings,
  type Config,
  ConfigError,
  type ExporterKind,
  logLevels,
  type Signal,
  type StartOptions,
  signals,
} from './config.ts';
import {
  createEnvReader,
  duration,
  type Env,
  type EnvReader,
  flag,
  httpUrl,
  list,
  longestMillis,
  oneOf,
  pairs,
  Reason,
  timeout,
  wholeNumber,
} from './config-env.ts';
import {checkHeaders, otlpProtocols, readHeaders, readTarget} from './config-otlp.ts';
import {samplerNames} from './sampler-build.ts';
import {defaultLimits} from './span-attributes.ts';

/** Variables of OpenTelemetry's specification, and of its Node packages, that do nothing here, each with the reason. */
const unsupported: Readonly<Record<string, string>> = {
  OTEL_CONFIG_FILE: 'configuration files are not read; the other variables hold',
  OTEL_EXPERIMENTAL_CONFIG_FILE: 'configuration files are not read; the other variables hold',
  OTEL_ENTITIES: 'is not read; use OTEL_RESOURCE_ATTRIBUTES',
  OTEL_NODE_RESOURCE_DETECTORS: 'is not read; host, process, container and Kubernetes are always detected',
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'there is no Zipkin exporter; use OTLP',
  OTEL_EXPORTER_ZIPKIN_TIMEOUT: 'there is no Zipkin exporter; use OTLP',
  OTEL_EXPORTER_ZIPKIN_PROTOCOL: 'there is no Zipkin exporter; use OTLP',
  OTEL_EXPORTER_PROMETHEUS_HOST: 'there is no Prometheus exporter; use OTLP',
  OTEL_EXPORTER_PROMETHEUS_PORT: 'there is no Prometheus exporter; use OTLP',
};

/**
 * Options over environment over defaults. Throws a ConfigError that lists every option that cannot be used: code is for
 * this program. Variables that cannot be used become `warnings`: they may have been set for all programs alike.
 */
export function readConfig(options: StartOptions, env: Env): Config {
  const reader = createEnvReader(env);
  const {read} = reader;
  const faults = faultsOf(options);
  if (faults.length > 0) throw new ConfigError(faults);
  for (const [name, reason] of Object.entries(unsupported)) {
    if (reader.text(name) !== undefined) reader.warn(name, reason);
  }
  const exporters = (signal: Signal): readonly ('otlp' | 'console')[] => {
    const given = options.exporters?.[signal];
    const kinds = given === undefined ? exportersFrom(reader, signal) : [given].flat();
    return kinds.filter((kind) => kind !== 'none');
  };
  const spanDelay = options.spanDelayMillis ?? read('OTEL_BSP_SCHEDULE_DELAY', duration());
  const spanQueue = read('OTEL_BSP_MAX_QUEUE_SIZE', wholeNumber(1));
  const spanBatch = read('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', wholeNumber(1));
  const settings = options.settingsEndpoint?.replace(/\/+$/, '') ?? read('WEFT_SETTINGS_ENDPOINT', httpUrl);
  const metricIntervalMillis =
    options.metricIntervalMillis ?? read('OTEL_METRIC_EXPORT_INTERVAL', duration(10)) ?? 60_000;
  const targets = {
    traces: readTarget('traces', options, reader),
    logs: readTarget('logs', options, reader),
    metrics: readTarget('metrics', options, reader),
  };
  const config = {
    serviceName: options.serviceName ?? reader.text('OTEL_SERVICE_NAME'),
    serviceVersion: options.serviceVersion,
    environment: options.environment,
    resourceAttributes: options.resourceAttributes ?? {},
    environmentAttributes: read('OTEL_RESOURCE_ATTRIBUTES', pairs) ?? {},
    targets,
    headers: readHeaders(options, reader),
    exporters: {traces: exporters('traces'), logs: exporters('logs'), metrics: exporters('metrics')},
    propagators: options.propagators ?? read('OTEL_PROPAGATORS', list) ?? ['tracecontext', 'baggage'],
    samplerName: options.sampler === undefined ? read('OTEL_TRACES_SAMPLER', oneOf(samplerNames)) : undefined,
    samplerArgument: reader.text('OTEL_TRACES_SAMPLER_ARG'),
    baggageAttributes: options.baggageAttributes ?? read('WEFT_BAGGAGE_ATTRIBUTES', list) ?? [],
    ignorePaths: options.ignorePaths ?? read('WEFT_IGNORE_PATHS', list) ?? defaultIgnorePaths,
    disabledInstrumentations: new Set(
      options.disableInstrumentations ?? read('OTEL_NODE_DISABLED_INSTRUMENTATIONS', list) ?? [],
    ),
    enabledInstrumentations: read('OTEL_NODE_ENABLED_INSTRUMENTATIONS', (text) => new Set(list(text))),
    settingsEndpoint: settings,
    settingsIntervalMillis: options.settingsIntervalMillis ?? read('WEFT_SETTINGS_INTERVAL', duration(10)) ?? 5_000,
    shutdownTimeoutMillis: options.shutdownTimeoutMillis ?? read('WEFT_SHUTDOWN_TIMEOUT', duration()) ?? 5_000,
    exitTimeoutMillis: options.exitTimeoutMillis ?? read('WEFT_EXIT_TIMEOUT', duration()) ?? 1_000,
    metricIntervalMillis,
    metricTimeoutMillis: Math.min(
      read('OTEL_METRIC_EXPORT_TIMEOUT', timeout) ?? targets.metrics.timeoutMillis,
      metricIntervalMillis,
    ),
    exemplars: read('OTEL_METRICS_EXEMPLAR_FILTER', oneOf(['trace_based', 'always_off'])) !== 'always_off',
    spans: batching(
      // Four times OpenTelemetry's: a request costs as much as a hundred spans, and waiting spans are but bytes.
      {queue: spanQueue ?? 8_192, batch: spanBatch ?? 2_048, delayMillis: spanDelay ?? 1_000},
      read('OTEL_BSP_EXPORT_TIMEOUT', timeout),
    ),
    records: batching(
      {
        queue: read('OTEL_BLRP_MAX_QUEUE_SIZE', wholeNumber(1)) ?? spanQueue ?? 8_192,
        batch: read('OTEL_BLRP_MAX_EXPORT_BATCH_SIZE', wholeNumber(1)) ?? spanBatch ?? 512,
        delayMillis: options.spanDelayMillis ?? read('OTEL_BLRP_SCHEDULE_DELAY', duration()) ?? spanDelay ?? 1_000,
      },
      read('OTEL_BLRP_EXPORT_TIMEOUT', timeout),
    ),
    queueBytes: read('WEFT_QUEUE_BYTES', wholeNumber(1_048_576)) ?? 67_108_864,
    ...readLimits(reader),
    logLevel: read('OTEL_LOG_LEVEL', oneOf(logLevels)) ?? 'warn',
    disabled: read('OTEL_SDK_DISABLED', flag) ?? false,
  };
  read('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', oneOf(['cumulative']));
  read('OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION', oneOf(['explicit_bucket_histogram']));
  return {...config, warnings: reader.warnings};
}

const defaultIgnorePaths = ['/health', '/healthz', '/livez', '/readyz', '/metrics'];
const defaultRetryMillis = 60_000;

const batching = (
  given: Pick<BatchSettings, 'queue' | 'batch' | 'delayMillis'>,
  retryForMillis = defaultRetryMillis,
): BatchSettings => ({...given, batch: Math.min(given.queue, given.batch), retryForMillis});

/** Of a list, those that there are; all of them unusable is the default. */
function exportersFrom(env: EnvReader, signal: Signal): readonly ExporterKind[] {
  const name = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const parse = oneOf(['otlp', 'console', 'none']);
  const kinds = (env.read(name, list) ?? []).flatMap((kind): ExporterKind[] => {
    const found = env.read(name, () => parse(kind));
    return found === undefined ? [] : [found];
  });
  return kinds.length === 0 ? ['otlp'] : [...new Set(kinds)];
}

/** The general limit holds where the one of spans or log records is absent. */
function readLimits({read}: EnvReader): Pick<Config, 'spanLimits' | 'recordLimits'> {
  const limit = (name: string): number | undefined => read(name, wholeNumber(0));
  const count = limit('OTEL_ATTRIBUTE_COUNT_LIMIT') ?? 128;
  const length = limit('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT') ?? Number.POSITIVE_INFINITY;
  const attributeValueLengthLimit = limit('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT') ?? length;
  const attributes = (name: string, otherwise: number) => ({
    attributeCountLimit: limit(name) ?? otherwise,
    attributeValueLengthLimit,
  });
  return {
    spanLimits: {
      span: attributes('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', count),
      event: attributes('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', 128),
      link: attributes('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 128),
      events: limit('OTEL_SPAN_EVENT_COUNT_LIMIT') ?? defaultLimits.events,
      links: limit('OTEL_SPAN_LINK_COUNT_LIMIT') ?? defaultLimits.links,
    },
    recordLimits: {
      attributeCountLimit: limit('OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT') ?? count,
      attributeValueLengthLimit: limit('OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT') ?? length,
    },
  };
}

function faultsOf(options: StartOptions): string[] {
  const faults: string[] = [];
  const check = <T>(name: keyof StartOptions, value: T | undefined, parse: (value: T) => unknown): void => {
    if (value === undefined) return;
    try {
      parse(value);
    } catch (error) {
      if (!(error instanceof Reason)) throw error;
      faults.push(`${name}: ${error.message}`);
    }
  };
  const millis =
    (least: number) =>
    (value: number): void => {
      if (typeof value === 'number' && value >= least && value <= longestMillis) return;
      throw new Reason(`expected a number from ${least} to ${longestMillis}, not ${String(value)}`);
    };
  check('endpoint', options.endpoint, (value) => httpUrl(String(value)));
  check('settingsEndpoint', options.settingsEndpoint, (value) => httpUrl(String(value)));
  check('protocol', options.protocol, (value) => oneOf(otlpProtocols)(String(value)));
  check('headers', options.headers, checkHeaders);
  for (const signal of signals) {
    for (const kind of [options.exporters?.[signal] ?? []].flat()) {
      check('exporters', kind, (value) => oneOf(['otlp', 'console', 'none'])(String(value)));
    }
  }
  check('settingsIntervalMillis', options.settingsIntervalMillis, millis(10));
  check('shutdownTimeoutMillis', options.shutdownTimeoutMillis, millis(0));
  check('exitTimeoutMillis', options.exitTimeoutMillis, millis(0));
  check('metricIntervalMillis', options.metricIntervalMillis, millis(10));
  check('spanDelayMillis', options.spanDelayMillis, millis(0));
  return faults;
}
