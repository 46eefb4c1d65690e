/** What exporters over gRPC have in common: the Collector's configgrpc for clients, and one call a request. */
import {defaultTenant, errorMessage, FileError, PermanentError, RetryableError} from '../base/index.ts';
import {
  always,
  bool,
  type ConfigType,
  duration,
  headerMap,
  ignored,
  object,
  oneOf,
  optional,
  parseAddress,
  scalar,
  text,
  withDefault,
} from '../config/index.ts';
import type {AnyBatch, Lent, Signal} from '../model/index.ts';
import {compressionOf, createGrpcClient, type GrpcClient, GrpcError} from '../net/index.ts';
import {
  clientFields,
  createForwarder,
  type Forwarder,
  fixedHeaders,
  type Settings,
  tlsClientOptions,
} from '../pipeline/index.ts';
import {readRpcStatus} from './otlp-answers.ts';

export interface GrpcTarget {
  readonly target: string;
  readonly scheme: 'http' | 'https' | undefined;
}

/** `host:port`, with `http://` for plain text or `https://` for TLS before it. */
export const grpcTarget: ConfigType<GrpcTarget> = scalar('host:port', (_, written) => {
  const match = /^(?:(https?):\/\/)?(?:dns:\/\/\/)?([^/]+)\/?$/.exec(written);
  const address = match === null ? undefined : parseAddress(match[2] as string);
  if (match === null || address?.host === undefined) return 'expected host:port, such as collector:4317';
  return {value: {target: `dns:///${match[2]}`, scheme: match[1] as 'http' | 'https' | undefined}};
});

export const grpcTargetHelp = 'Where to send, as `host:port`; `http://` before it is plain text, `https://` TLS.';

/** Everything but where to send. */
export const grpcClientFields = {
  compression: withDefault(
    oneOf('gzip', 'zstd', 'deflate', 'none', ''),
    'gzip',
    'gzip',
    'How requests are compressed.',
  ),
  headers: withDefault(
    headerMap,
    new Map<string, string>(),
    '{}',
    'Sent with every request, such as a key of the other side.',
  ),
  ...clientFields(5000),
  keepalive: always(
    object({
      time: withDefault(duration(1000), 10_000, '10s', 'How long a connection may be silent before it is asked.'),
      timeout: withDefault(
        duration(1),
        10_000,
        '10s',
        'How long it may take to answer that; then it is closed, and another made.',
      ),
      permit_without_stream: withDefault(bool, false, 'false', 'Ask also while no request is under way.'),
    }),
    'Whether the other side still lives.',
  ),
  balancer_name: withDefault(
    oneOf('round_robin', 'pick_first'),
    'round_robin',
    'round_robin',
    'Which of the addresses of a name to use: all in turn, or the first that answers.',
  ),
  wait_for_ready: withDefault(
    bool,
    false,
    'false',
    'While there is no connection, let an attempt wait for one within its `timeout`, instead of failing at once.',
  ),
  authority: optional(text, 'Sent as `:authority` instead of the host of `endpoint`.'),
  user_agent: withDefault(text, 'weft', 'weft', 'Who we say that we are.'),
  read_buffer_size: ignored('the runtime chooses its buffers'),
  write_buffer_size: ignored('the runtime chooses its buffers'),
};
const template = object(grpcClientFields);
type GrpcClientConfig = ReturnType<typeof template.read>;

/** A connection by these settings, which opens with the first call. */
export function openGrpcClient(
  {
    compression,
    tls,
    keepalive,
    ...options
  }: Pick<
    GrpcClientConfig,
    'compression' | 'tls' | 'keepalive' | 'balancer_name' | 'wait_for_ready' | 'authority' | 'user_agent'
  >,
  endpoint: GrpcTarget,
): Promise<GrpcClient> {
  const scheme = endpoint.scheme ?? (tls.insecure ? 'http' : 'https');
  return createGrpcClient({
    target: endpoint.target,
    tls: scheme === 'http' ? undefined : tlsClientOptions(tls),
    encoding: compressionOf(compression),
    keepAlive: {
      timeMs: keepalive.time,
      timeoutMs: keepalive.timeout,
      withoutCalls: keepalive.permit_without_stream,
    },
    balancer: options.balancer_name,
    waitForReady: options.wait_for_ready,
    authority: options.authority,
    userAgent: options.user_agent,
  });
}

/** A protocol over gRPC. */
export interface Dialect {
  encode(batch: Lent<AnyBatch>): Uint8Array;
  /** The method for a signal. */
  path(signal: Signal): string;
  /** What an answer says of the items that were left out. */
  read(reply: Uint8Array): {readonly rejected: number; readonly message: string};
  /** Whether a request that was answered with this code may be sent again; `isHinted`: the answer says when. */
  mayRetry(code: number, isHinted: boolean): boolean;
}

/** `isObserved`: whether its queue has gauges of its own. */
export function createGrpcForwarder(
  settings: Settings,
  options: GrpcClientConfig,
  endpoint: GrpcTarget,
  dialect: Dialect,
  isObserved = true,
): Forwarder {
  const {timeout} = options;
  let opening: Promise<GrpcClient> | undefined;
  const client = (): Promise<GrpcClient> => (opening ??= openGrpcClient(options, endpoint));
  const fixed = fixedHeaders(options.headers);
  return createForwarder(
    settings,
    {
      ...options,
      encode: dialect.encode,
      async check() {
        try {
          (await client()).check(fixed);
        } catch (error) {
          if (error instanceof FileError) throw error;
          throw new Error(`${settings.id}: ${errorMessage(error)}`, {cause: error});
        }
      },
      async send({signal, tenant, body, authorize}) {
        const headers = authorize({...fixed, ...(tenant === defaultTenant ? {} : {'x-scope-orgid': tenant})});
        try {
          return dialect.read(await (await client()).unary(dialect.path(signal), body, headers, timeout));
        } catch (error) {
          throw error instanceof GrpcError ? failure(error, dialect) : error;
        }
      },
      async close() {
        const opened = await opening?.catch(() => undefined); // told to whoever opened it
        opened?.close();
      },
    },
    isObserved,
  );
}

function failure({status: {code, message, details}}: GrpcError, dialect: Dialect): Error {
  const retryAfterMs = details === undefined ? undefined : readRpcStatus(details).retryAfterMs;
  const text = `the other side answered ${code}: ${message}`;
  const again = dialect.mayRetry(code, retryAfterMs !== undefined);
  return again ? new RetryableError('destination', text, retryAfterMs ?? 0) : new PermanentError('destination', text);
}
