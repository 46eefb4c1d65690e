/**
 * Unary gRPC calls with raw bytes through `@grpc/grpc-js`, which resolves names, balances, keeps connections alive and makes
 * them again (docs/decisions/0035). The module is loaded by the first client: nobody pays for it who forwards nothing.
 */
import {isIP} from 'node:net';
import type {SecureContextOptions} from 'node:tls';
import type * as Grpc from '@grpc/grpc-js';
import {bug, nodeTls} from '../base/index.ts';
import {compress} from './compress.ts';
import type {Encoding} from './decompress.ts';
import {grpcCode} from './error-status.ts';
import {frame, GrpcError} from './grpc-status.ts';

export interface GrpcClient {
  /**
   * The reply's message. Throws GrpcError with the status that the other side gave, or UNAVAILABLE where it cannot be
   * reached, or DEADLINE_EXCEEDED.
   */
  unary(
    path: string,
    message: Uint8Array,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): Promise<Uint8Array>;
  /** Throws an Error where these headers cannot be sent. */
  check(headers: Readonly<Record<string, string>>): void;
  close(): void;
}

export interface GrpcClientOptions {
  /** `host:port`, `dns:///host:port`, or another name that gRPC knows, such as `ipv4:127.0.0.1:1,127.0.0.1:2`. */
  readonly target: string;
  /** Undefined: plain text. */
  readonly tls:
    | (SecureContextOptions & {readonly rejectUnauthorized?: boolean; readonly servername?: string})
    | undefined;
  /** Of messages that are sent; answers are a few bytes and come as they are. */
  readonly encoding: Encoding;
  readonly keepAlive: {
    /** How long a connection may be silent before it is asked whether it lives. */
    readonly timeMs: number;
    /** How long it may take to answer that: then it is closed, and another made. */
    readonly timeoutMs: number;
    /** Also while no call is under way. */
    readonly withoutCalls: boolean;
  };
  readonly balancer: 'round_robin' | 'pick_first';
  /** Calls wait for a connection until their deadline, instead of failing while there is none. */
  readonly waitForReady: boolean;
  /** Sent as `:authority` instead of the target's host. */
  readonly authority?: string | undefined;
  readonly userAgent?: string;
}

/** An answer to an export is a few bytes; more than this is not read. */
const maxReplyBytes = 4 << 20;
/** grpc-js would wait up to two minutes: the other side is mostly back sooner, and an attempt costs next to nothing. */
const maxReconnectMs = 10_000;

/** Throws an Error where the TLS material cannot be used. It connects with the first call. */
export async function createGrpcClient(options: GrpcClientOptions): Promise<GrpcClient> {
  const grpc = await import('@grpc/grpc-js');
  const {target, tls, encoding, keepAlive} = options;
  const common = new grpc.Metadata({waitForReady: options.waitForReady});
  const withHeaders = (headers: Readonly<Record<string, string>>): Grpc.Metadata => {
    const metadata = common.clone();
    for (const name in headers) {
      const value = headers[name] as string;
      metadata.set(name, name.toLowerCase().endsWith('-bin') ? Buffer.from(value) : value);
    }
    return metadata;
  };
  const credentials = tls === undefined ? grpc.credentials.createInsecure() : tlsCredentials(grpc, tls);
  const channel = new grpc.Channel(target, credentials, {
    'grpc.primary_user_agent': options.userAgent ?? 'weft',
    ...(options.authority === undefined ? {} : {'grpc.default_authority': options.authority}),
    'grpc.keepalive_time_ms': keepAlive.timeMs,
    'grpc.keepalive_timeout_ms': keepAlive.timeoutMs,
    'grpc.keepalive_permit_without_calls': keepAlive.withoutCalls ? 1 : 0,
    'grpc.max_receive_message_length': maxReplyBytes,
    'grpc.max_send_message_length': -1,
    'grpc.initial_reconnect_backoff_ms': 1000,
    'grpc.max_reconnect_backoff_ms': maxReconnectMs,
    // The exporter tries again, after waits that its configuration and the other side set.
    'grpc.enable_retries': 0,
    // Two exporters to one place have a connection each, as their settings may differ.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.service_config_disable_resolution': 1,
    'grpc.service_config': JSON.stringify({loadBalancingConfig: [{[options.balancer]: {}}]}),
  });
  frameMessages(grpc, channel, encoding);
  const client = new grpc.Client(target, credentials, {channelOverride: channel});
  return {
    async unary(path, message, headers, timeoutMs) {
      const metadata = withHeaders(headers);
      const deadline = Date.now() + timeoutMs;
      const bytes = asBuffer(await compress(encoding, message));
      return new Promise((resolve, reject) => {
        client.makeUnaryRequest(path, asBuffer, same, bytes, metadata, {deadline}, (error, reply) => {
          if (error === null) resolve(reply as Buffer);
          else reject(new GrpcError(statusOf(error, timeoutMs)));
        });
      });
    },
    check: (headers) => void withHeaders(headers),
    close: () => client.close(),
  };
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
const same = (bytes: Buffer): Buffer => bytes;

function statusOf({code, details, metadata}: Grpc.ServiceError, timeoutMs: number) {
  const message = code === grpcCode.deadlineExceeded ? `no answer within ${timeoutMs} ms (${details})` : details;
  const [encoded] = metadata.get('grpc-status-details-bin');
  return {code, message, details: Buffer.isBuffer(encoded) ? encoded : undefined};
}

/** TLS by Node's own options. grpc-js's sets a server's address as its name, which Node refuses where it is an IP address. */
function tlsCredentials(grpc: typeof Grpc, tls: NonNullable<GrpcClientOptions['tls']>): Grpc.ChannelCredentials {
  const secureContext = nodeTls.createSecureContext(tls);
  class TlsCredentials extends grpc.ChannelCredentials {
    _isSecure(): boolean {
      return true;
    }
    _equals(other: Grpc.ChannelCredentials): boolean {
      return this === other;
    }
    _createSecureConnector(
      {path}: Grpc.experimental.GrpcUri,
      _options: Grpc.ChannelOptions,
      callCredentials?: Grpc.CallCredentials,
    ): Grpc.experimental.SecureConnector {
      const host = grpc.experimental.splitHostPort(path)?.host ?? path;
      const options = {
        secureContext,
        host,
        servername: tls.servername ?? (isIP(host) === 0 ? host : ''),
        rejectUnauthorized: tls.rejectUnauthorized ?? true,
        ALPNProtocols: ['h2'],
      };
      return {
        connect: (socket) =>
          new Promise((resolve, reject) => {
            const secured = nodeTls.connect({socket, ...options}, () => resolve({socket: secured, secure: true}));
            secured.once('error', reject);
          }),
        waitForReady: async () => {},
        getCallCredentials: () => callCredentials ?? grpc.CallCredentials.createEmpty(),
        destroy() {},
      };
    }
  }
  return new TlsCredentials();
}

/**
 * Puts our framing in the place of grpc-js's own, which compresses with gzip and deflate only, and only as a whole channel: zstd
 * is half the work. It is the one thing that has no public setting there, so the exact version is pinned, and a version of
 * another shape is noticed here.
 */
function frameMessages(grpc: typeof Grpc, channel: Grpc.Channel, encoding: Encoding): void {
  const {internalChannel} = channel as unknown as {internalChannel?: {filterStackFactory?: unknown}};
  if (internalChannel?.filterStackFactory === undefined) bug('@grpc/grpc-js keeps its filters elsewhere');
  const {BaseFilter, FilterStackFactory} = grpc.experimental;
  class Framing extends BaseFilter {
    override async sendMetadata(promise: Promise<Grpc.Metadata>): Promise<Grpc.Metadata> {
      const metadata = await promise;
      metadata.set('grpc-accept-encoding', 'identity');
      if (encoding !== 'identity') metadata.set('grpc-encoding', encoding);
      return metadata;
    }
    override async sendMessage(promise: Promise<{message: Buffer; flags?: number}>): Promise<{message: Buffer}> {
      const {message, ...rest} = await promise;
      return {...rest, message: frame(message, encoding !== 'identity')};
    }
    override async receiveMessage(promise: Promise<Buffer>): Promise<Buffer> {
      const message = await promise;
      if (message[0] === 0) return message.subarray(5);
      // A rejection with a status ends the call with it.
      return Promise.reject({code: grpcCode.internal, details: 'the answer is compressed, which was not asked for'});
    }
  }
  internalChannel.filterStackFactory = new FilterStackFactory([{createFilter: () => new Framing()}]);
}
