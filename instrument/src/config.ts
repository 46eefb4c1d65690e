import type {Attributes} from '@opentelemetry/api';
import type {Sampler} from '@opentelemetry/sdk-trace';

/** What `start` takes. Everything is optional; an environment variable fills what is absent, a default the rest. */
export type StartOptions = {
  /** `service.name`; else `OTEL_SERVICE_NAME`, else the name in the nearest package.json. */
  readonly serviceName?: string;
  /** `service.version`; else the version in the nearest package.json. */
  readonly serviceVersion?: string;
  /** `deployment.environment.name`; else `NODE_ENV`. */
  readonly environment?: string;
  /** More resource attributes; they win over what is detected and over `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly resourceAttributes?: Attributes;
  /** Base URL of the collector's OTLP/HTTP port; else `OTEL_EXPORTER_OTLP_ENDPOINT`, else `http://localhost:4318`. */
  readonly endpoint?: string;
  /** Headers of every export; else `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Propagators by name, in order; else `OTEL_PROPAGATORS`, else `tracecontext,baggage`. */
  readonly propagators?: readonly string[];
  /** Which new traces are kept; else `OTEL_TRACES_SAMPLER`, else parent-based always on. */
  readonly sampler?: Sampler;
  /** How long a stop may wait for the last export, in ms (default 5,000). */
  readonly shutdownTimeoutMillis?: number;
  /** Time between metric exports in ms; else `OTEL_METRIC_EXPORT_INTERVAL`, else 60,000. */
  readonly metricIntervalMillis?: number;
  /** Longest wait of a finished span in the batch, in ms; else `OTEL_BSP_SCHEDULE_DELAY`, else 1,000. */
  readonly spanDelayMillis?: number;
};

/** How one signal leaves the process. */
export type ExporterKind = 'otlp' | 'console' | 'none';

/** The options with every gap filled: what the rest of the package reads. */
export type Config = {
  readonly serviceName: string | undefined;
  readonly serviceVersion: string | undefined;
  readonly environment: string | undefined;
  readonly resourceAttributes: Attributes;
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly exporters: {readonly traces: ExporterKind; readonly logs: ExporterKind; readonly metrics: ExporterKind};
  readonly propagators: readonly string[];
  readonly sampler: Sampler | undefined;
  readonly shutdownTimeoutMillis: number;
  readonly metricIntervalMillis: number;
  readonly spanDelayMillis: number;
  readonly disabled: boolean;
};

export type Env = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be used. `faults` lists every one found, each naming its variable or option. */
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
  const text = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]?.trim());
  const number = (option: number | undefined, name: string, otherwise: number): number => {
    const value = option ?? (text(name) === undefined ? otherwise : Number(text(name)));
    if (Number.isFinite(value) && value >= 0) return value;
    faults.push(`${name}=${String(env[name] ?? option)}: expected a number of milliseconds`);
    return otherwise;
  };
  const exporter = (name: string): ExporterKind => {
    const value = text(name) ?? 'otlp';
    if (value === 'otlp' || value === 'console' || value === 'none') return value;
    faults.push(`${name}=${value}: expected otlp, console or none`);
    return 'none';
  };
  const endpoint = options.endpoint ?? text('OTEL_EXPORTER_OTLP_ENDPOINT') ?? 'http://localhost:4318';
  if (!URL.canParse(endpoint)) faults.push(`OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}: expected a URL`);
  const config: Config = {
    serviceName: options.serviceName ?? text('OTEL_SERVICE_NAME'),
    serviceVersion: options.serviceVersion,
    environment: options.environment ?? text('NODE_ENV'),
    resourceAttributes: options.resourceAttributes ?? {},
    endpoint: endpoint.replace(/\/+$/, ''),
    headers: options.headers ?? {},
    exporters: {
      traces: exporter('OTEL_TRACES_EXPORTER'),
      logs: exporter('OTEL_LOGS_EXPORTER'),
      metrics: exporter('OTEL_METRICS_EXPORTER'),
    },
    propagators: options.propagators ?? list(text('OTEL_PROPAGATORS')) ?? ['tracecontext', 'baggage'],
    sampler: options.sampler,
    shutdownTimeoutMillis: number(options.shutdownTimeoutMillis, 'WEFT_SHUTDOWN_TIMEOUT', 5_000),
    metricIntervalMillis: number(options.metricIntervalMillis, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000),
    spanDelayMillis: number(options.spanDelayMillis, 'OTEL_BSP_SCHEDULE_DELAY', 1_000),
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
