import type {Attributes, TextMapPropagator} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import type {LogRecordProcessor} from '@opentelemetry/sdk-logs';
import type {Sampler, SpanProcessor} from '@opentelemetry/sdk-trace';
import type {OtlpProtocol, OtlpTarget} from './config-otlp.ts';
import type {PrivacyOptions} from './privacy.ts';
import type {SpanLimits} from './span-attributes.ts';

/** The options of `start`. Everything is optional; an environment variable fills what is absent, a default the rest. */
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
  readonly exporters?: Readonly<Partial<Record<Signal, ExporterKind | readonly ExporterKind[]>>>;
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
  /** Longest wait of a finished span or a log record in its batch in ms; else `OTEL_BSP_SCHEDULE_DELAY` and `OTEL_BLRP_SCHEDULE_DELAY`, else 1,000. */
  readonly spanDelayMillis?: number;
};

/** How one signal leaves the process. */
export type ExporterKind = 'otlp' | 'console' | 'none';
export type Signal = 'traces' | 'logs' | 'metrics';
export const signals = ['traces', 'logs', 'metrics'] as const satisfies readonly Signal[];

/** How spans or log records are collected into export requests. */
export type BatchSettings = {
  readonly queue: number;
  readonly batch: number;
  /** Longest wait of an item in its batch. */
  readonly delayMillis: number;
  /** How long one batch is tried before it is given up. */
  readonly retryForMillis: number;
};

/** The options with every gap filled: what the rest of the package reads. */
export type Config = {
  readonly serviceName: string | undefined;
  readonly serviceVersion: string | undefined;
  readonly environment: string | undefined;
  readonly resourceAttributes: Attributes;
  /** Those of `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly environmentAttributes: Attributes;
  readonly targets: Readonly<Record<Signal, OtlpTarget>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for none. */
  readonly exporters: Readonly<Record<Signal, readonly ('otlp' | 'console')[]>>;
  readonly propagators: readonly string[];
  readonly samplerName: string | undefined;
  readonly samplerArgument: string | undefined;
  readonly baggageAttributes: readonly string[];
  readonly ignorePaths: readonly string[];
  readonly disabledInstrumentations: ReadonlySet<string>;
  /** The only ones wanted; absent is all. */
  readonly enabledInstrumentations: ReadonlySet<string> | undefined;
  readonly settingsEndpoint: string | undefined;
  readonly settingsIntervalMillis: number;
  readonly shutdownTimeoutMillis: number;
  readonly exitTimeoutMillis: number;
  readonly metricIntervalMillis: number;
  readonly metricTimeoutMillis: number;
  readonly exemplars: boolean;
  readonly spans: BatchSettings;
  readonly records: BatchSettings;
  /** Bytes that may wait for the collector, over all signals. */
  readonly queueBytes: number;
  readonly spanLimits: SpanLimits;
  readonly recordLimits: {readonly attributeCountLimit: number; readonly attributeValueLengthLimit: number};
  readonly logLevel: LogLevelName;
  readonly disabled: boolean;
  /** Variables that cannot be used, each with the reason; their defaults hold. */
  readonly warnings: readonly string[];
};

export const logLevels = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const;
export type LogLevelName = (typeof logLevels)[number];

/** Options that cannot be used. `faults` lists every one found, each naming its option. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`@weft/instrument cannot start:\n  ${faults.join('\n  ')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}
