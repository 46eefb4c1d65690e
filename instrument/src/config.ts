import type {Attributes, TextMapPropagator} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import type {LogRecordProcessor} from '@opentelemetry/sdk-logs';
import type {Sampler, SpanProcessor} from '@opentelemetry/sdk-trace';
import type {PrivacyOptions} from './privacy.ts';
import {samplerNames} from './sampler-build.ts';

/** What `start` takes. Everything is optional; an environment variable fills what is absent, a default the rest. */
export type StartOptions = {
  /** `service.name`; else `OTEL_SERVICE_NAME`, else the name in the program's package.json. */
  readonly serviceName?: string;
  /** `service.version`; else the version in the program's package.json. */
  readonly serviceVersion?: string;
  /** `deployment.environment.name`; else what `OTEL_RESOURCE_ATTRIBUTES` says, else `NODE_ENV`. */
  readonly environment?: string;
  /** More resource attributes; they win over what is detected and over `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly resourceAttributes?: Attributes;
  /** Base URL of the collector; else `OTEL_EXPORTER_OTLP_ENDPOINT`, else `http://localhost:4318` (gRPC: `…:4317`). */
  readonly endpoint?: string;
  /** How the collector is spoken to; else `OTEL_EXPORTER_OTLP_PROTOCOL` and its like for one signal, else `http/protobuf`. */
  readonly protocol?: OtlpProtocol;
  /** Headers of every export; else `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How each signal leaves; else `OTEL_TRACES_EXPORTER` and its like, else `otlp`. */
  readonly exporters?: Readonly<Partial<Record<Signal, ExporterKind>>>;
  /** Propagators by name, in order; else `OTEL_PROPAGATORS`, else `tracecontext,baggage`. */
  readonly propagators?: readonly string[];
  /** Propagators of your own by name, for `propagators` and `OTEL_PROPAGATORS` to choose. */
  readonly customPropagators?: Readonly<Record<string, TextMapPropagator>>;
  /** Which new traces are kept; else `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`, else all, following the caller. */
  readonly sampler?: Sampler;
  /** Baggage keys copied onto every span; else `WEFT_BAGGAGE_ATTRIBUTES`, else none. */
  readonly baggageAttributes?: readonly string[];
  readonly privacy?: PrivacyOptions;
  /** Request headers and response headers recorded on HTTP server and client spans (those on the deny-list masked). */
  readonly captureHeaders?: {readonly request?: readonly string[]; readonly response?: readonly string[]};
  /** Paths whose requests are not traced; else `WEFT_IGNORE_PATHS`, else `/health,/healthz,/livez,/readyz,/metrics`. */
  readonly ignorePaths?: readonly string[];
  /** Instrumentations left out, for example `['pg']`; else `OTEL_NODE_DISABLED_INSTRUMENTATIONS`. */
  readonly disableInstrumentations?: readonly string[];
  /** Instrumentations besides the built-in ones. */
  readonly instrumentations?: readonly Instrumentation[];
  readonly spanProcessors?: readonly SpanProcessor[];
  readonly logProcessors?: readonly LogRecordProcessor[];
  /** Base URL of Weft's own API, asked for log level and sampling; else `WEFT_SETTINGS_ENDPOINT`, else not asked. */
  readonly settingsEndpoint?: string;
  /** Time between two questions for settings in ms; else `WEFT_SETTINGS_INTERVAL`, else 5,000. */
  readonly settingsIntervalMillis?: number;
  /** How long a stop may wait for the last export in ms; else `WEFT_SHUTDOWN_TIMEOUT`, else 5,000. */
  readonly shutdownTimeoutMillis?: number;
  /** How long `process.exit()` may be held up to send what is left in ms; else `WEFT_EXIT_TIMEOUT`, else 1,000; 0: not at all. */
  readonly exitTimeoutMillis?: number;
  /** Time between metric exports in ms; else `OTEL_METRIC_EXPORT_INTERVAL`, else 60,000. */
  readonly metricIntervalMillis?: number;
  /** Longest wait of a finished span or a log record in its batch in ms; else `OTEL_BSP_SCHEDULE_DELAY`, else 1,000. */
  readonly spanDelayMillis?: number;
};

/** How one signal leaves the process. */
export type ExporterKind = 'otlp' | 'console' | 'none';
export type Signal = 'traces' | 'logs' | 'metrics';

const otlpProtocols = ['http/protobuf', 'grpc'] as const;
export type OtlpProtocol = (typeof otlpProtocols)[number];
/** Where one signal goes. For gRPC only the URL's scheme, host and port count. */
export type OtlpTarget = {readonly protocol: OtlpProtocol; readonly url: string};

/** The options with every gap filled: what the rest of the package reads. */
export type Config = {
  readonly serviceName: string | undefined;
  readonly serviceVersion: string | undefined;
  readonly environment: string | undefined;
  readonly resourceAttributes: Attributes;
  readonly targets: Readonly<Record<Signal, OtlpTarget>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  readonly exportTimeoutMillis: number;
  readonly exporters: Readonly<Record<Signal, ExporterKind>>;
  readonly propagators: readonly string[];
  readonly samplerName: string | undefined;
  readonly samplerArgument: string | undefined;
  readonly baggageAttributes: readonly string[];
  readonly ignorePaths: readonly string[];
  readonly disabledInstrumentations: ReadonlySet<string>;
  readonly settingsEndpoint: string | undefined;
  readonly settingsIntervalMillis: number;
  readonly shutdownTimeoutMillis: number;
  readonly exitTimeoutMillis: number;
  readonly metricIntervalMillis: number;
  readonly spanDelayMillis: number;
  readonly spanQueue: number;
  readonly spanBatch: number;
  readonly recordBatch: number;
  readonly disabled: boolean;
};

export type Env = Readonly<Record<string, string | undefined>>;

/** Settings that cannot be used. `faults` lists every one found, each naming its variable or option. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`@weft/instrument cannot start:\n  ${faults.join('\n  ')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** Options over environment over defaults. Throws a ConfigError that lists every fault at once. */
export function readConfig(options: StartOptions, env: Env): Config {
  const faults: string[] = [];
  const text = (name: string): string | undefined => (env[name]?.trim() === '' ? undefined : env[name]?.trim());
  const number = <T extends number | undefined>(
    option: number | undefined,
    name: string,
    otherwise: T,
    least = 0,
  ): number | T => {
    const given = option ?? text(name);
    if (given === undefined) return otherwise;
    const value = Number(given);
    if (Number.isFinite(value) && value >= least) return value;
    faults.push(`${name}=${String(option ?? env[name])}: expected a number of at least ${least}`);
    return otherwise;
  };
  const oneOf = <T extends string>(name: string, values: readonly T[], otherwise: T): T => {
    const value = text(name) ?? otherwise;
    if ((values as readonly string[]).includes(value)) return value as T;
    faults.push(`${name}=${value}: expected one of ${values.join(', ')}`);
    return otherwise;
  };
  const url = (value: string, name: string): string => {
    if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value.replace(/\/+$/, '');
    faults.push(`${name}=${value}: expected an http or https URL`);
    return value;
  };
  const exporter = (name: string): ExporterKind => oneOf(name, ['otlp', 'console', 'none'], 'otlp');
  /** `key=value,key=value` with percent-encoded values. What is wrong is told without the value: it may be a secret. */
  const pairs = (name: string): Record<string, string> =>
    Object.fromEntries(
      (list(text(name)) ?? []).map((pair) => {
        const [key, value = ''] = pair.split(/=(.*)/s, 2).map((part) => part.trim()) as [string, string?];
        try {
          return [key, decodeURIComponent(value)];
        } catch {
          faults.push(`${name}: the value of ${key} is not well percent-encoded; a % itself is %25`);
          return [key, value];
        }
      }),
    );

  const general = options.protocol ?? oneOf('OTEL_EXPORTER_OTLP_PROTOCOL', otlpProtocols, 'http/protobuf');
  const protocol = (signal: Signal): OtlpProtocol =>
    options.protocol ?? oneOf(`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_PROTOCOL`, otlpProtocols, general);
  const given = options.endpoint ?? text('OTEL_EXPORTER_OTLP_ENDPOINT');
  const base = given === undefined ? undefined : url(given, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const target = (signal: Signal): OtlpTarget => {
    const name = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`;
    const own = options.endpoint === undefined ? text(name) : undefined;
    const spoken = protocol(signal);
    if (own !== undefined) return {protocol: spoken, url: url(own, name)};
    if (spoken === 'grpc') return {protocol: spoken, url: base ?? 'http://localhost:4317'};
    return {protocol: spoken, url: `${base ?? 'http://localhost:4318'}/v1/${signal}`};
  };
  const samplerName = text('OTEL_TRACES_SAMPLER');
  if (options.sampler === undefined && samplerName !== undefined && !samplerNames.includes(samplerName)) {
    faults.push(`OTEL_TRACES_SAMPLER=${samplerName}: expected one of ${samplerNames.join(', ')}`);
  }
  const settings = options.settingsEndpoint ?? text('WEFT_SETTINGS_ENDPOINT');
  const spanQueue = number(undefined, 'OTEL_BSP_MAX_QUEUE_SIZE', 8_192, 1);
  const batch = number(undefined, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', undefined, 1);
  const config: Config = {
    serviceName: options.serviceName ?? text('OTEL_SERVICE_NAME'),
    serviceVersion: options.serviceVersion,
    environment: options.environment,
    resourceAttributes: options.resourceAttributes ?? {},
    targets: {traces: target('traces'), logs: target('logs'), metrics: target('metrics')},
    headers: options.headers ?? pairs('OTEL_EXPORTER_OTLP_HEADERS'),
    compression: oneOf('OTEL_EXPORTER_OTLP_COMPRESSION', ['gzip', 'none'], 'none'),
    exportTimeoutMillis: number(undefined, 'OTEL_EXPORTER_OTLP_TIMEOUT', 10_000, 1),
    exporters: {
      traces: options.exporters?.traces ?? exporter('OTEL_TRACES_EXPORTER'),
      logs: options.exporters?.logs ?? exporter('OTEL_LOGS_EXPORTER'),
      metrics: options.exporters?.metrics ?? exporter('OTEL_METRICS_EXPORTER'),
    },
    propagators: options.propagators ?? list(text('OTEL_PROPAGATORS')) ?? ['tracecontext', 'baggage'],
    samplerName,
    samplerArgument: text('OTEL_TRACES_SAMPLER_ARG'),
    baggageAttributes: options.baggageAttributes ?? list(text('WEFT_BAGGAGE_ATTRIBUTES')) ?? [],
    ignorePaths: options.ignorePaths ??
      list(text('WEFT_IGNORE_PATHS')) ?? ['/health', '/healthz', '/livez', '/readyz', '/metrics'],
    disabledInstrumentations: new Set(
      options.disableInstrumentations ?? list(text('OTEL_NODE_DISABLED_INSTRUMENTATIONS')) ?? [],
    ),
    settingsEndpoint: settings === undefined ? undefined : url(settings, 'WEFT_SETTINGS_ENDPOINT'),
    settingsIntervalMillis: number(options.settingsIntervalMillis, 'WEFT_SETTINGS_INTERVAL', 5_000, 10),
    shutdownTimeoutMillis: number(options.shutdownTimeoutMillis, 'WEFT_SHUTDOWN_TIMEOUT', 5_000),
    exitTimeoutMillis: number(options.exitTimeoutMillis, 'WEFT_EXIT_TIMEOUT', 1_000),
    metricIntervalMillis: number(options.metricIntervalMillis, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000, 10),
    spanDelayMillis: number(options.spanDelayMillis, 'OTEL_BSP_SCHEDULE_DELAY', 1_000),
    spanQueue,
    // Four times OpenTelemetry's: a request costs as much as a hundred spans, and waiting spans are but bytes.
    spanBatch: Math.min(spanQueue, batch ?? 2_048),
    recordBatch: Math.min(spanQueue, batch ?? 512),
    disabled: text('OTEL_SDK_DISABLED')?.toLowerCase() === 'true',
  };
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

const list = (text: string | undefined): string[] | undefined =>
  text
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
