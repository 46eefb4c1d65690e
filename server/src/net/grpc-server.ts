/**
 * A gRPC server over node:http2 for methods that take one message and give one or several, as raw bytes
 * (docs/decisions/0004-own-grpc-server.md). It bounds what it holds, before and after decompression, by `maxMessageBytes`
 * for a message and by the admission for all of them together.
 */
import * as http2 from 'node:http2';
import type {AddressInfo} from 'node:net';
import type {Server} from 'node:tls';
import {errorMessage, giveBytes, type Log, TooLargeError} from '../base/index.ts';
import type {Admission, Lease} from './admission.ts';
import {BodyBuffer} from './body-buffer.ts';
import {decompress, type Encoding, parseEncoding} from './decompress.ts';
import {grpcCode} from './error-status.ts';
import {type KeepAlive, type Sessions, watchSessions} from './grpc-sessions.ts';
import {frame, GrpcError, type GrpcStatus, parseGrpcTimeout, trailers} from './grpc-status.ts';
import {type ListenTarget, listenAt} from './listen.ts';
import {type Checked, type Sender, type ServerAuth, senderOf} from './server-auth.ts';
import type {Sockets} from './sockets.ts';
import {followCertificates, type ServerTls} from './tls-reload.ts';
import {createTurns, lightBytes, type Turns} from './turns.ts';

export interface GrpcCall {
  readonly headers: http2.IncomingHttpHeaders;
  readonly client: Sender;
  /** Aborts when the caller goes away or its deadline passes. */
  readonly signal: AbortSignal;
  /** Counts `bytes` more as held for this call, until it is answered. Throws the refusal where that is too much. */
  hold(bytes: number): void;
}

export type GrpcMethod =
  | {readonly kind: 'unary'; handle(request: Uint8Array, call: GrpcCall): Promise<Uint8Array>}
  | {
      readonly kind: 'server_stream';
      /** `send` resolves when the next message may be sent; it rejects once the caller is gone. */
      handle(request: Uint8Array, call: GrpcCall, send: (message: Uint8Array) => Promise<void>): Promise<void>;
    };

export interface GrpcServerOptions {
  /** By path: `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, GrpcMethod>;
  /** The status of what a method throws, other than GrpcError. */
  readonly statusOf: (error: unknown) => GrpcStatus;
  readonly admission: Admission;
  readonly log: Log;
  readonly maxMessageBytes: number;
  readonly maxConcurrentStreams: number;
  /** How long a request's message may take to arrive. */
  readonly receiveTimeoutMs: number;
  readonly keepAlive: KeepAlive;
  readonly tls?: ServerTls | undefined;
  readonly auth?: ServerAuth | undefined;
  /** A connection spoke something else: HTTP/1.1, or TLS. */
  readonly onForeign?: () => void;
}

export interface GrpcServer {
  listen(target: ListenTarget): Promise<AddressInfo>;
  /** Takes no more calls, lets those under way finish within `graceMs`, then closes every connection. Idempotent. */
  stop(graceMs: number): Promise<void>;
}

/** So that a batch of usual size arrives without waiting for the window to be opened again. */
const streamWindowBytes = 1 << 20;
const connectionWindowBytes = 4 << 20;

/** nghttp2's name for a first line that is not HTTP/2's. */
const badClientMagic = -903;

const accepted = {'grpc-accept-encoding': 'identity,deflate,gzip,zstd'};
const responseHeaders = {':status': 200, 'content-type': 'application/grpc+proto', ...accepted};

export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const settings: http2.ServerOptions = {
    settings: {
      maxConcurrentStreams: options.maxConcurrentStreams,
      initialWindowSize: streamWindowBytes,
      maxHeaderListSize: 16_384,
      enablePush: false,
    },
    maxSessionMemory: 64,
    // A sender that is refused before it has sent its message resets the call: node:http2's 33 a second, meant against floods of
    // resets, would end its connection when it must only wait. A reset costs little here, since nothing is begun before the end.
    streamResetBurst: 10_000,
    streamResetRate: 1000,
  };
  // The two kinds of server differ in nothing that is used here; one type serves for both.
  const server = options.tls
    ? (http2.createSecureServer({...settings, ...options.tls, allowHTTP1: false}) as unknown as http2.Http2Server)
    : http2.createServer(settings);
  const sessions = watchSessions(server, options.keepAlive);
  const turns = createTurns();
  const receiving = new Set<{readonly since: number; expire(): void}>();
  const sweep = setInterval(
    () => {
      const latest = performance.now() - options.receiveTimeoutMs;
      for (const call of receiving) if (call.since < latest) call.expire();
    },
    Math.min(1000, options.receiveTimeoutMs),
  ).unref();

  server.on('session', (session) => session.setLocalWindowSize(connectionWindowBytes));
  server.on('stream', (stream, headers) => {
    // Broken connections are the peer's business; the stream's 'close' follows and is what ends a call.
    stream.on('error', (error) => options.log.debug({error: errorMessage(error)}, 'a gRPC stream broke'));
    try {
      serve(stream as http2.ServerHttp2Stream, headers, options, receiving, sessions, turns);
    } catch (error) {
      options.log.error({err: error}, 'a gRPC call failed before it was read');
      stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    }
  });
  server.on('sessionError', (error: Error & {errno?: number}) => {
    if (error.errno === badClientMagic) options.onForeign?.();
    options.log.debug({error: errorMessage(error)}, 'a gRPC connection broke');
  });

  let sockets: Sockets | undefined;
  let unfollow = (): void => {};
  let stopped: Promise<void> | undefined;
  return {
    async listen(target) {
      const bound = await listenAt(server, target);
      server.on('error', (error) => options.log.error({err: error}, 'the gRPC listener failed'));
      sockets = target.sockets;
      if (options.tls) unfollow = followCertificates(server as unknown as Server, options.tls, options.log);
      return bound;
    },
    stop: (graceMs) =>
      (stopped ??= (async () => {
        unfollow();
        sockets?.leave(server);
        if (server.listening) server.close();
        await sessions.close(graceMs);
        clearInterval(sweep);
      })()),
  };
}

/** One call from its headers to its trailers. */
function serve(
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  options: GrpcServerOptions,
  receiving: Set<{readonly since: number; expire(): void}>,
  sessions: Sessions,
  turns: Turns,
): void {
  const {session} = stream;
  if (session === undefined || session.destroyed) return;
  /** The call leads to nothing. False where its connection is ended for too many of them. */
  const wasted = (): boolean => {
    const goesOn = options.admission.wasted(session);
    if (!goesOn) sessions.end(session);
    return goesOn;
  };
  const refusal = checkHeaders(headers);
  if (refusal !== undefined) {
    if (!wasted()) return;
    stream.respond({':status': refusal.http}, {endStream: true});
    return leave(stream);
  }
  const method = options.methods.get(headers[':path'] as string);
  const lease = options.admission.open();
  const abort = new AbortController();
  let phase: 'receiving' | 'handling' | 'answered' = 'receiving';
  let deadline: NodeJS.Timeout | undefined;
  let respond = false;

  const finish = (status: GrpcStatus, message?: Uint8Array): void => {
    if (phase === 'receiving') lease.close();
    if (phase === 'answered') return;
    phase = 'answered';
    receiving.delete(entry);
    clearTimeout(deadline);
    if (status.code !== grpcCode.ok) abort.abort(new GrpcError(status));
    if (stream.destroyed || stream.closed) return;
    sessions.answered(stream);
    if (message !== undefined) {
      stream.respond(responseHeaders, {waitForTrailers: true});
      stream.once('wantTrailers', () => stream.sendTrailers(trailers(status)));
      stream.end(frame(message));
    } else if (respond) {
      stream.once('wantTrailers', () => stream.sendTrailers(trailers(status)));
      stream.end();
    } else {
      stream.respond({...responseHeaders, ...trailers(status)}, {endStream: true});
      leave(stream);
    }
  };
  const fail = (error: unknown): void => finish(error instanceof GrpcError ? error.status : options.statusOf(error));
  const entry = {
    since: performance.now(),
    expire: () => finish({code: grpcCode.deadlineExceeded, message: 'the request took too long to arrive'}),
  };

  if (method === undefined) {
    if (!wasted()) return lease.close();
    return finish({code: grpcCode.unimplemented, message: `unknown method ${headers[':path']}`});
  }
  if (lease.refusal !== undefined) return finish(options.statusOf(lease.refusal));
  const encodingName = String(headers['grpc-encoding'] ?? 'identity');
  const encoding = parseEncoding(encodingName);
  if (encoding === undefined) {
    const message = `grpc-encoding ${encodingName} is not supported; use one of ${accepted['grpc-accept-encoding']}`;
    return finish({code: grpcCode.unimplemented, message});
  }
  const timeoutText = headers['grpc-timeout'];
  if (timeoutText !== undefined) {
    const timeout = parseGrpcTimeout(String(timeoutText));
    if (timeout === undefined) return finish({code: grpcCode.internal, message: 'grpc-timeout is not a timeout'});
    if (timeout < 2 ** 31) {
      const status = {code: grpcCode.deadlineExceeded, message: 'the deadline passed'};
      deadline = setTimeout(() => finish(status), timeout);
    }
  }
  receiving.add(entry);

  const message = new MessageReader(options.maxMessageBytes, lease);
  let auth: Checked;
  const receive = (known: Checked): void => {
    auth = known;
    stream.on('data', (chunk: Buffer) => {
      if (phase !== 'receiving') return;
      try {
        message.push(chunk);
      } catch (error) {
        message.drop();
        fail(error);
      }
    });
  };
  stream.once('close', () => {
    if (phase === 'receiving') {
      message.drop();
      // Cancelled before it was complete.
      if (!session.destroyed) wasted();
    }
    finish({code: grpcCode.cancelled, message: 'the caller went away'});
    if (!abort.signal.aborted) abort.abort();
  });
  const send = (reply: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      if (phase !== 'handling' || stream.destroyed) return reject(new Error('the caller is gone'));
      if (!respond) stream.respond(responseHeaders, {waitForTrailers: true});
      respond = true;
      stream.write(frame(reply), (error) => (error ? reject(error) : resolve()));
    });
  stream.once('end', async () => {
    if (phase !== 'receiving') return;
    lease.arrived();
    try {
      if (message.isEmpty && !wasted()) return;
      phase = 'handling';
      receiving.delete(entry);
      if (message.isHeavy) {
        await turns.take();
        if (abort.signal.aborted) return message.drop();
      }
      const request = message.take(encoding);
      const client = senderOf(session.destroyed ? undefined : session.socket, auth);
      const call = {headers, client, signal: abort.signal, hold: (bytes: number) => lease.take(bytes)};
      if (method.kind === 'unary') finish(success, await method.handle(request, call));
      else {
        await method.handle(request, call, send);
        finish(success);
      }
    } catch (error) {
      fail(error);
    } finally {
      lease.close();
    }
  });
  // The message stays with its sender until it is known who that is.
  try {
    const checked = options.auth?.check(headers);
    if (checked instanceof Promise) checked.then(receive, fail);
    else receive(checked);
  } catch (error) {
    fail(error);
  }
}

const success: GrpcStatus = {code: grpcCode.ok, message: ''};

/** The fault in the headers, as an HTTP status: a request with one is no gRPC request at all. */
function checkHeaders(headers: http2.IncomingHttpHeaders): {readonly http: number} | undefined {
  if (!/^application\/grpc(\+proto)?(;|$)/.test(headers['content-type'] ?? '')) return {http: 415};
  if (headers[':method'] !== 'POST') return {http: 405};
  return undefined;
}

/**
 * After an answer that came before the request's end: discards the rest for a moment, then tells the peer that it is not
 * wanted. Not at once, because a reset overtakes an answer that is still to be written.
 */
function leave(stream: http2.ServerHttp2Stream): void {
  if (stream.readableEnded || stream.destroyed) return;
  stream.resume();
  const timer = setTimeout(() => stream.close(http2.constants.NGHTTP2_NO_ERROR), lingerMs);
  stream.once('close', () => clearTimeout(timer));
}

const lingerMs = 100;

const remedy = '; send smaller batches, or raise max_recv_msg_size_mib of the receiver';

const prefixBytes = 5;

/** Collects the one message of a request from chunks that arrive in any sizes. */
class MessageReader {
  private readonly maxBytes: number;
  private readonly lease: Lease;
  private readonly prefix = Buffer.alloc(prefixBytes);
  private prefixed = 0;
  /** Undefined until the prefix is there. */
  private body: BodyBuffer | undefined;
  /** Of the message, without its prefix. */
  private length = 0;

  constructor(maxBytes: number, lease: Lease) {
    this.maxBytes = maxBytes;
    this.lease = lease;
  }

  get isEmpty(): boolean {
    return this.prefixed === 0;
  }

  get isHeavy(): boolean {
    return this.prefix[0] !== 0 || this.length > lightBytes;
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    if (this.body === undefined) {
      const count = chunk.copy(this.prefix, this.prefixed);
      this.prefixed += count;
      if (this.prefixed < prefixBytes) return;
      this.length = this.prefix.readUInt32BE(1);
      if (this.length > this.maxBytes) {
        const message = `the message has ${this.length} bytes, more than the limit of ${this.maxBytes}${remedy}`;
        throw new TooLargeError(message, this.maxBytes);
      }
      this.body = new BodyBuffer(this.lease, this.length);
      rest = chunk.subarray(count);
    }
    if (this.body.length + rest.length > this.length) {
      throw new GrpcError({code: grpcCode.internal, message: 'the method takes one message; more were sent'});
    }
    if (rest.length > 0) this.body.push(rest);
  }

  drop(): void {
    this.body?.drop();
  }

  /** The message, decompressed, in memory of its own, of the pool where it came as it is. The lease counts it. */
  take(encoding: Encoding): Uint8Array {
    if (this.body === undefined)
      throw new GrpcError({code: grpcCode.internal, message: 'the request holds no message'});
    if (this.body.length < this.length) {
      this.drop();
      throw new GrpcError({code: grpcCode.internal, message: 'the message is cut off'});
    }
    const flags = this.prefix[0] as number;
    const body = this.body.take();
    if (flags === 0) return decompress('identity', body, this.maxBytes);
    if (flags !== 1 || encoding === 'identity') {
      const message = 'the message is marked as compressed and no grpc-encoding is named';
      throw new GrpcError({code: grpcCode.internal, message});
    }
    try {
      const message = decompress(encoding, body, this.maxBytes, remedy);
      this.lease.take(message.length);
      return message;
    } finally {
      giveBytes(body);
    }
  }
}
