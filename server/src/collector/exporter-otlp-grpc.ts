/** Forwards over OTLP/gRPC: to another Weft, an OpenTelemetry Collector, or a vendor. */
import {defaultTenant, PermanentError, RetryableError} from '../base/index.ts';
import {
  type ConfigType,
  ignored,
  mapOf,
  object,
  oneOf,
  parseAddress,
  required,
  scalar,
  text,
  withDefault,
} from '../config/index.ts';
import type {Signal} from '../model/index.ts';
import {compress, createGrpcClient, GrpcError, grpcCode} from '../net/index.ts';
import {allSignals, clientFields, createForwarder, type ExporterFactory, tlsClientOptions} from '../pipeline/index.ts';
import {encodeProto} from '../wire/index.ts';
import {readPartialSuccess, readRpcStatus} from './otlp-answers.ts';
import {grpcPaths} from './otlp-paths.ts';

/** `host:port`, with `http://` for plain text or `https://` for TLS before it. */
const target: ConfigType<{readonly host: string; readonly scheme: 'http' | 'https' | undefined}> = scalar(
  'host:port',
  (_, written) => {
    const match = /^(?:(https?):\/\/)?(?:dns:\/\/\/)?([^/]+)\/?$/.exec(written);
    const address = match === null ? undefined : parseAddress(match[2] as string);
    if (match === null || address?.host === undefined) return 'expected host:port, such as collector:4317';
    return {value: {host: match[2] as string, scheme: match[1] as 'http' | 'https' | undefined}};
  },
);

const config = object({
  endpoint: required(target, 'Where to send, as `host:port`; `http://` before it is plain text, `https://` TLS.'),
  compression: withDefault(
    oneOf('gzip', 'zstd', 'deflate', 'none', ''),
    'gzip',
    'gzip',
    'How requests are compressed.',
  ),
  headers: withDefault(mapOf(text), new Map(), '{}', 'Sent with every request, such as a key of the other side.'),
  ...clientFields(5000),
  keepalive: ignored('the connection is made again when it is gone'),
  balancer_name: ignored('there is one connection'),
  wait_for_ready: ignored('a failed attempt is retried'),
  read_buffer_size: ignored('the runtime chooses its buffers'),
  write_buffer_size: ignored('the runtime chooses its buffers'),
});

export const otlpGrpcExporter: ExporterFactory<ReturnType<typeof config.read>> = {
  help: 'Forwards over OTLP/gRPC. The tenant goes along as `x-scope-orgid` where it is not the default one.',
  signals: allSignals,
  config,
  create(settings, options) {
    const {endpoint, compression, timeout, tls} = options;
    const scheme = endpoint.scheme ?? (tls.insecure ? 'http' : 'https');
    const client = createGrpcClient(`${scheme}://${endpoint.host}`, tlsClientOptions(tls));
    const encoding = compression === '' || compression === 'none' ? 'identity' : compression;
    return createForwarder(settings, {
      ...options,
      encode: encodeProto,
      async send({signal, tenant, body}) {
        const headers = {
          ...Object.fromEntries([...options.headers].map(([name, value]) => [name.toLowerCase(), value])),
          ...(tenant === defaultTenant ? {} : {'x-scope-orgid': tenant}),
          ...(encoding === 'identity' ? {} : {'grpc-encoding': encoding}),
        };
        try {
          const message = await compress(encoding, body);
          return readPartialSuccess(await client.unary(grpcPaths[signal satisfies Signal], message, headers, timeout));
        } catch (error) {
          throw error instanceof GrpcError ? failure(error) : error;
        }
      },
      async close() {
        client.close();
      },
    });
  },
};

/** Which codes may be retried: the table of the OTLP specification, "Failures". */
const retryable: ReadonlySet<number> = new Set([
  grpcCode.cancelled,
  grpcCode.deadlineExceeded,
  grpcCode.aborted,
  grpcCode.outOfRange,
  grpcCode.unavailable,
  grpcCode.dataLoss,
]);

function failure({status: {code, message, details}}: GrpcError): Error {
  const retryAfterMs = details === undefined ? undefined : readRpcStatus(details).retryAfterMs;
  const text = `the other side answered ${code}: ${message}`;
  const again = retryable.has(code) || (code === grpcCode.resourceExhausted && retryAfterMs !== undefined);
  return again ? new RetryableError('destination', text, retryAfterMs ?? 0) : new PermanentError('destination', text);
}
