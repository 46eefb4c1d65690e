import {readFileSync} from 'node:fs';
import {validateHeaderName, validateHeaderValue} from 'node:http';
import type {Signal, StartOptions} from './config.ts';
import {type EnvReader, flag, httpUrl, oneOf, pairs, Reason, timeout} from './config-env.ts';

export const otlpProtocols = ['http/protobuf', 'http/json', 'grpc'] as const;
export type OtlpProtocol = (typeof otlpProtocols)[number];

/** The authorities to trust, and the client's own certificate and key, as PEM; absent is Node's own choice. */
export type TlsFiles = {readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer};

/** Where one signal goes and how. For gRPC only the URL's scheme, host and port count. */
export type OtlpTarget = {
  readonly protocol: OtlpProtocol;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  /** Limit for one try of an export. */
  readonly timeoutMillis: number;
  readonly tls: TlsFiles;
};

/**
 * A signal's target: options over the signal's own variable over the one for all signals (OpenTelemetry specification,
 * "OpenTelemetry Protocol Exporter"). A value that cannot be used gives way to the next.
 */
export function readTarget(signal: Signal, options: StartOptions, env: EnvReader): OtlpTarget {
  const read = <T>(what: string, parse: (text: string) => T): T | undefined =>
    env.read(`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${what}`, parse) ??
    env.read(`OTEL_EXPORTER_OTLP_${what}`, parse);
  const protocol = options.protocol ?? read('PROTOCOL', oneOf(otlpProtocols)) ?? 'http/protobuf';
  const tls = {ca: read('CERTIFICATE', file), cert: read('CLIENT_CERTIFICATE', file), key: read('CLIENT_KEY', file)};
  const usable = Object.entries(tls).filter(([, pem]) => pem !== undefined);
  return {
    protocol,
    url: endpoint(signal, protocol, options, env, read('INSECURE', flag) ?? false),
    headers: options.headers ?? read('HEADERS', headers) ?? {},
    compression: read('COMPRESSION', oneOf(['gzip', 'none'])) ?? 'none',
    timeoutMillis: read('TIMEOUT', timeout) ?? 10_000,
    tls: Object.fromEntries(usable),
  };
}

/** The headers for all signals, which Weft's settings are asked for with too. */
export const readHeaders = (options: StartOptions, env: EnvReader): Readonly<Record<string, string>> =>
  options.headers ?? env.read('OTEL_EXPORTER_OTLP_HEADERS', headers) ?? {};

function endpoint(
  signal: Signal,
  protocol: OtlpProtocol,
  options: StartOptions,
  env: EnvReader,
  insecure: boolean,
): string {
  const parse = protocol === 'grpc' ? grpcUrl(insecure) : httpUrl;
  const own =
    options.endpoint === undefined ? env.read(`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`, parse) : undefined;
  if (own !== undefined) return own;
  const base = options.endpoint?.replace(/\/+$/, '') ?? env.read('OTEL_EXPORTER_OTLP_ENDPOINT', parse);
  if (protocol === 'grpc') return base ?? 'http://localhost:4317';
  return `${base ?? 'http://localhost:4318'}/v1/${signal}`;
}

/** A URL, or `host:port` as gRPC's own clients take it. */
const grpcUrl =
  (insecure: boolean) =>
  (text: string): string =>
    httpUrl(/^[^/]+:\d+$/.test(text) ? `${insecure ? 'http' : 'https'}://${text}` : text);

/** Such that Node's HTTP clients send them. */
export function headers(text: string): Record<string, string> {
  const given = pairs(text);
  checkHeaders(given);
  return given;
}

export function checkHeaders(given: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(given)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new Reason(`${JSON.stringify(name)} and its value cannot be a header`);
    }
  }
}

function file(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Reason(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}
