/**
 * The settings that every receiver over gRPC or HTTP has: the Collector's configgrpc and confighttp, with its names and, but
 * where a comment says otherwise, its defaults.
 */
import {
  type Address,
  always,
  anyLength,
  bool,
  byteSize,
  type ConfigType,
  duration,
  extensionId,
  headerMap,
  ignored,
  integer,
  list,
  listed,
  listenAddressOrPath,
  listensAt,
  object,
  oneOf,
  optional,
  required,
  scalar,
  text,
  unsupported,
  withDefault,
} from '../config/index.ts';
import {type Encoding, parseEncoding} from './decompress.ts';
import type {GrpcServerOptions} from './grpc-server.ts';
import {createCors} from './http-cors.ts';
import type {HttpServerOptions} from './http-server.ts';
import type {ServerAuth} from './server-auth.ts';
import {tlsOptions, tlsServer} from './settings-tls.ts';

const shared = (port: number) => ({
  endpoint: listensAt(
    listenAddressOrPath,
    port,
    'Address to listen on; `0.0.0.0:PORT` or `:PORT` is every address of the machine. With `transport: unix` the path of a socket.',
  ),
  transport: withDefault(
    oneOf('tcp', 'tcp4', 'tcp6', 'unix'),
    'tcp',
    'tcp',
    'Kind of socket; `unix` is one of this machine, at a path.',
  ),
  tls: optional(tlsServer, 'Serve TLS; without it, plain text.'),
  middlewares: unsupported('middlewares are not available'),
  include_metadata: withDefault(bool, false, 'false', "Pass the sender's headers on, for `metadata_keys` of `batch`."),
});

/** A map of such settings, whose address must be of the kind that `transport` says. */
export const serverObject: typeof object = (fields, check) =>
  object(fields, (values, node, report) => {
    const {endpoint, transport} = values as {readonly endpoint?: Address; readonly transport?: string};
    const at = node.entries.get('endpoint')?.at ?? node.at;
    if (transport === 'unix' && endpoint?.path === undefined)
      report.fault(at, 'with `transport: unix` the `endpoint` is the path of a socket, such as /run/weft.sock');
    if (transport !== 'unix' && endpoint?.path !== undefined)
      report.fault(at, 'a path is the address of a Unix domain socket: write `transport: unix` beside it');
    check?.(values, node, report);
  });

const authenticator = required(extensionId, 'The extension that knows them, such as `bearertokenauth` or `basicauth`.');
const authHelp = 'Let only senders in that show credentials.';

export const grpcServerFields = (port: number) => ({
  ...shared(port),
  auth: optional(object({authenticator}), authHelp),
  max_recv_msg_size_mib: withDefault(
    integer(1, 512),
    4,
    '4',
    'Largest message in MiB, before and after decompression.',
  ),
  max_concurrent_streams: withDefault(
    // The Collector has no limit.
    integer(1, 2 ** 31 - 1),
    1000,
    '1000',
    'Calls at once on one connection.',
  ),
  read_timeout: withDefault(
    // Weft's own.
    duration(1),
    60_000,
    '1m',
    "How long a call's message may take to arrive.",
  ),
  keepalive: always(
    object({
      server_parameters: always(
        object({
          max_connection_idle: withDefault(
            duration(0, anyLength),
            0,
            '0s',
            'Close connections without calls after so long; 0: never.',
          ),
          max_connection_age: withDefault(duration(0, anyLength), 0, '0s', 'Close connections at this age; 0: never.'),
          max_connection_age_grace: withDefault(
            duration(0, anyLength),
            0,
            '0s',
            'Then let calls finish for so long; 0: for ever.',
          ),
          time: withDefault(
            duration(1000, anyLength),
            7_200_000,
            '2h',
            'How often to ask whether the peer still lives.',
          ),
          timeout: withDefault(duration(1), 20_000, '20s', 'How long it may take to answer that.'),
        }),
        'Keep-alive from this side.',
      ),
      enforcement_policy: ignored('pings of a peer are always answered; floods of them end the connection'),
    }),
    'Keep-alive of connections.',
  ),
  dialer: ignored('a server dials nobody'),
  read_buffer_size: ignored('the runtime chooses its buffers'),
  write_buffer_size: ignored('the runtime chooses its buffers'),
});

const known = ['', 'gzip', 'zstd', 'zlib', 'deflate'] as const;
const compression: ConfigType<Encoding | undefined> = {
  label: `one of: ${known.map((name) => `"${name}"`).join(', ')}`,
  read(node, report) {
    const encoding = node.kind === 'scalar' ? parseEncoding(node.text) : undefined;
    if (encoding === undefined) report.fault(node.at, `expected one of ${listed(known)}`);
    return encoding;
  },
};

export const httpServerFields = (port: number) => ({
  ...shared(port),
  auth: optional(
    object({
      authenticator,
      request_params: withDefault(list(text), [], '[]', 'Parameters of the URL that the extension sees as headers.'),
    }),
    authHelp,
  ),
  max_request_body_size: withDefault(
    byteSize,
    20 * 2 ** 20,
    '20MiB',
    'Largest body in bytes, before and after decompression.',
  ),
  compression_algorithms: withDefault(
    list(compression),
    known.map(parseEncoding),
    '["", gzip, zstd, zlib, deflate]',
    'Compressions that a body may have; "" is none.',
  ),
  cors: optional(
    object({
      allowed_origins: withDefault(list(text), [], '[]', 'Origins of pages that may send; `*` stands for any text.'),
      allowed_headers: withDefault(list(text), [], '[]', 'Request headers beyond the safe ones; `*` for any.'),
      exposed_headers: withDefault(list(text), [], '[]', 'Response headers that a page may read.'),
      max_age: withDefault(integer(), 0, '0', 'Seconds for which a browser may remember a preflight.'),
    }),
    'Let web pages of other origins send. Without it none may.',
  ),
  response_headers: withDefault(headerMap, new Map<string, string>(), '{}', 'Headers added to every answer.'),
  read_timeout: withDefault(
    // The Collector has no limit.
    duration(1),
    60_000,
    '1m',
    'How long a whole request may take to arrive.',
  ),
  read_header_timeout: withDefault(duration(1), 60_000, '1m', "How long a request's headers may take."),
  keepalive: optional(
    object({
      enabled: withDefault(bool, true, 'true', 'Keep connections for further requests.'),
      idle_timeout: withDefault(duration(), 60_000, '1m', 'How long a connection may wait for its next request.'),
    }),
    'Connections that are kept; it counts before the two settings that it replaces in the Collector.',
  ),
  idle_timeout: withDefault(duration(), 60_000, '1m', 'How long a connection may wait for its next request.'),
  keep_alives_enabled: withDefault(bool, true, 'true', 'Keep connections for further requests.'),
  write_timeout: ignored('answers are short, and a sender that does not read them is ended by its idle connection'),
});

type GrpcServerConfig = ReturnType<ReturnType<typeof object<ReturnType<typeof grpcServerFields>>>['read']>;
type HttpServerConfig = ReturnType<ReturnType<typeof object<ReturnType<typeof httpServerFields>>>['read']>;

/** The component that serves, with the extensions that its settings may name. */
interface Host {
  readonly id: string;
  extension(id: string): {readonly serverAuth?: ServerAuth};
}

function serverAuth(host: Host, auth: {readonly authenticator: string} | undefined): ServerAuth | undefined {
  if (auth === undefined) return undefined;
  const {serverAuth: found} = host.extension(auth.authenticator);
  if (found !== undefined) return found;
  throw new Error(
    `${host.id}: extension ${auth.authenticator} cannot authenticate senders; it has no settings for them`,
  );
}

/** The server's options, from the settings of `grpcServerFields`. Throws where `auth` names an extension of another kind. */
export function grpcServerOptions(grpc: GrpcServerConfig, host: Host) {
  const keepAlive = grpc.keepalive.server_parameters;
  return {
    maxMessageBytes: grpc.max_recv_msg_size_mib * 2 ** 20,
    maxConcurrentStreams: grpc.max_concurrent_streams,
    receiveTimeoutMs: grpc.read_timeout,
    keepAlive: {
      maxConnectionIdleMs: keepAlive.max_connection_idle,
      maxConnectionAgeMs: keepAlive.max_connection_age,
      maxConnectionAgeGraceMs: keepAlive.max_connection_age_grace,
      timeMs: keepAlive.time,
      timeoutMs: keepAlive.timeout,
    },
    tls: grpc.tls && tlsOptions(grpc.tls),
    auth: serverAuth(host, grpc.auth),
  } satisfies Partial<GrpcServerOptions>;
}

/** The server's options, from the settings of `httpServerFields`. Throws where `auth` names an extension of another kind. */
export function httpServerOptions(http: HttpServerConfig, host: Host) {
  return {
    maxBodyBytes: http.max_request_body_size,
    encodings: new Set(http.compression_algorithms.filter((each) => each !== undefined)),
    headerTimeoutMs: http.read_header_timeout,
    requestTimeoutMs: http.read_timeout,
    idleTimeoutMs: http.keepalive?.idle_timeout ?? http.idle_timeout,
    keepAlive: http.keepalive?.enabled ?? http.keep_alives_enabled,
    cors: http.cors && http.cors.allowed_origins.length > 0 ? createCors(http.cors) : undefined,
    responseHeaders: Object.fromEntries(http.response_headers),
    tls: http.tls && tlsOptions(http.tls),
    auth: serverAuth(host, http.auth),
    authParameters: http.auth?.request_params ?? [],
  } satisfies Partial<HttpServerOptions>;
}

/** The path of a URL as requests have it (RFC 3986, 3.3); a leading slash is added where it lacks. */
export const urlPath: ConfigType<string> = scalar('path', (_, written) => {
  const expected = 'expected a path such as /v1/traces';
  if (/^[^/?#]*:/.test(written)) return `${expected}, without a scheme or \`:\` before its first slash`;
  if (!/^(?:[\w.~!$&'()*+,;=:@/-]|%[\da-f]{2})+$/i.test(written)) {
    return `${expected}; other characters than letters, digits and -._~!$&'()*+,;=:@/ are written as %20`;
  }
  const path = written.startsWith('/') ? written : `/${written}`;
  const isNormal = new URL(path, 'http://host').pathname === path;
  return isNormal ? {value: path} : `${expected}, without \`.\`, \`..\` or a second slash at its start`;
});
