/**
 * The HTTP server of receivers: whole bodies in, short answers out. It bounds what it holds, before and after
 * decompression, by `maxBodyBytes` for a body and by the admission for all of them together.
 */
import type * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import {giveBytes, type Log, nodeHttp, PermanentError, TooLargeError} from '../base/index.ts';
import type {Admission, Lease} from './admission.ts';
import {BodyBuffer} from './body-buffer.ts';
import {decompress, type Encoding, parseEncoding} from './decompress.ts';
import {type ErrorStatus, errorStatus, httpRefusal} from './error-status.ts';
import type {Cors} from './http-cors.ts';
import type {Forward} from './http-forward.ts';
import {type ListenTarget, listenAt} from './listen.ts';
import {readTarget} from './request-target.ts';
import {type Checked, type Sender, type ServerAuth, senderOf} from './server-auth.ts';
import type {Sockets} from './sockets.ts';
import {followCertificates, type ServerTls} from './tls-reload.ts';
import {createTurns, lightBytes, type Turns} from './turns.ts';

export interface HttpRequest {
  readonly headers: http.IncomingHttpHeaders;
  readonly client: Sender;
  /** The text behind `?`. */
  readonly query: string;
  /** Lower case, without parameters. */
  readonly contentType: string;
  /** Decompressed; the handler's from here on. */
  readonly body: Uint8Array;
  /** Counts `bytes` more as held for this request, until it is answered. Throws the refusal where that is too much. */
  hold(bytes: number): void;
}

export interface HttpReply {
  readonly status: number;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly contentType: string;
  readonly body: Uint8Array | string;
}

export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Without parameters; what the 415 for anything else names. Empty where a request has no body to speak of. */
  readonly contentTypes: readonly string[];
  /** What the format of its bodies is packed in by itself: a sender that names it as the encoding too has packed nothing twice. */
  readonly packed?: 'snappy';
  handle(request: HttpRequest): Promise<HttpReply>;
}

/** Who answers a GET or HEAD request, or why nobody does. */
export type Read =
  | {readonly kind: 'refused'; readonly status: ErrorStatus}
  /** `target` is the path on the other server. */
  | {readonly kind: 'forwarded'; readonly target: string; readonly loopback: boolean; readonly forward: Forward};

export interface HttpServerOptions {
  readonly routes: ReadonlyMap<string, HttpRoute>;
  /** What can be read at a path, beside what its route takes: no work of this server's, which neither bounds nor counts it. */
  readonly reads?: (path: string) => Read | undefined;
  /** The body of an answer that is not a success. */
  readonly refuse: (status: ErrorStatus, contentType: string) => Pick<HttpReply, 'contentType' | 'body'>;
  /** Told of every request that no route handled to its end. */
  readonly onRefused: (status: ErrorStatus) => void;
  readonly admission: Admission;
  readonly log: Log;
  readonly maxBodyBytes: number;
  readonly encodings: ReadonlySet<Encoding>;
  readonly headerTimeoutMs: number;
  /** For a whole request, from its first byte to its last. */
  readonly requestTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly keepAlive: boolean;
  readonly cors?: Cors | undefined;
  readonly responseHeaders?: http.OutgoingHttpHeaders;
  readonly tls?: ServerTls | undefined;
  readonly auth?: ServerAuth | undefined;
  /** Parameters of the URL that `auth` sees as headers. */
  readonly authParameters?: readonly string[];
  /** A connection spoke something else: gRPC, or TLS. */
  readonly onForeign?: () => void;
}

export interface HttpServer {
  listen(target: ListenTarget): Promise<net.AddressInfo>;
  /**
   * Takes no more requests, lets those under way finish within `graceMs`, then closes every connection. Ends at once where no
   * request is under way, unless a successor has the socket: its senders go on, and what they have on their way is answered.
   * Idempotent.
   */
  stop(graceMs: number): Promise<void>;
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const settings: http.ServerOptions = {
    headersTimeout: options.headerTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: options.idleTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, options.headerTimeoutMs || 1000),
    noDelay: true,
  };
  const server = options.tls ? https.createServer({...settings, ...options.tls}) : nodeHttp.createServer(settings);
  const state = {stopping: false, turns: createTurns()};
  const accept =
    (expectsContinue: boolean) =>
    (request: http.IncomingMessage, response: http.ServerResponse): void => {
      new Exchange(request, response, options, state).begin(expectsContinue);
    };
  server.on('request', accept(false));
  server.on('checkContinue', accept(true));
  server.on('clientError', (error: NodeJS.ErrnoException & {rawPacket?: Buffer}, socket: net.Socket) => {
    if (isForeign(error.rawPacket)) options.onForeign?.();
    // As node:http would, had it been left to it.
    const status = statusOfParserError[error.code ?? ''] ?? '400 Bad Request';
    if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    socket.destroy(error);
  });

  /** Connections that have sent nothing yet; `http` counts them as busy. */
  const silent = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  const closeIdle = (): void => {
    for (const socket of silent) if (socket.bytesRead === 0) socket.destroy();
    server.closeIdleConnections();
  };

  let sockets: Sockets | undefined;
  let listened = false;
  let unfollow = (): void => {};
  let stopped: Promise<void> | undefined;
  return {
    async listen(target) {
      const bound = await listenAt(server, target);
      server.on('error', (error) => options.log.error({err: error}, 'the HTTP listener failed'));
      sockets = target.sockets;
      listened = true;
      if (options.tls) unfollow = followCertificates(server as https.Server, options.tls, options.log);
      return bound;
    },
    stop: (graceMs) =>
      (stopped ??= new Promise((resolve) => {
        state.stopping = true;
        unfollow();
        if (!server.listening && !listened) return resolve();
        const isFollowed = listened && !server.listening;
        sockets?.leave(server);
        const limit = setTimeout(() => server.closeAllConnections(), graceMs);
        let sweep: NodeJS.Timeout | undefined;
        const beginSweep = (): void => {
          closeIdle();
          // A request under way leaves its connection idle where its answer had begun before the stop.
          sweep = setInterval(closeIdle, sweepMs);
        };
        // Senders who do not know of a reload use their connections on: each is closed by its next answer. Those of a stop are
        // closed once what has arrived is read, and is under way with that.
        const patience = setTimeout(beginSweep, isFollowed ? Math.min(idleGraceMs, graceMs) : arrivedMs);
        // Not http's own `close`, which would close idle connections at once.
        net.Server.prototype.close.call(server, () => {
          clearTimeout(limit);
          clearTimeout(patience);
          clearInterval(sweep);
          server.close(() => resolve()); // ends its own timers
        });
      })),
  };
}

const statusOfParserError: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** The first bytes of HTTP/2 (and so of gRPC), or of TLS. */
const isForeign = (packet: Buffer | undefined): boolean =>
  packet !== undefined && (packet[0] === 0x16 || packet.toString('latin1', 0, 14) === 'PRI * HTTP/2.0');

/** One request and its answer. */
class Exchange {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  readonly options: HttpServerOptions;
  readonly state: {readonly stopping: boolean; readonly turns: Turns};
  readonly contentType: string;
  readonly lease: Lease;
  readonly body: BodyBuffer;
  answered = false;
  /** The methods that the path takes. */
  allowed = '';
  /** It is no sender's. */
  isRead = false;

  constructor(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    options: HttpServerOptions,
    state: {readonly stopping: boolean; readonly turns: Turns},
  ) {
    this.request = request;
    this.response = response;
    this.options = options;
    this.state = state;
    this.contentType = (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
    this.lease = options.admission.open();
    const length = Number(request.headers['content-length'] ?? Number.NaN);
    this.body = new BodyBuffer(this.lease, Number.isNaN(length) ? undefined : length);
  }

  begin(expectsContinue: boolean): void {
    const {request, response, options} = this;
    // Broken connections are the sender's business; 'close' follows.
    request.on('error', () => {});
    response.on('error', () => {});
    const preflight = options.cors?.preflight(request);
    if (preflight !== undefined) {
      this.answered = true;
      this.lease.close();
      response.writeHead(204, preflight);
      response.end();
      return;
    }
    const [path, query = ''] = splitOnce(readTarget(request.url).path, '?');
    const route = options.routes.get(path);
    const read = options.reads?.(path);
    this.allowed = [...(read === undefined ? [] : readMethods), ...(route === undefined ? [] : [route.method])].join(
      ', ',
    );
    if (read !== undefined && readMethods.includes(request.method as string)) return this.read(read, query);
    const named = String(request.headers['content-encoding'] ?? '').toLowerCase();
    const encoding = parseEncoding(named === route?.packed ? '' : named);
    const fault = this.check(path, route, encoding);
    if (fault !== undefined) return this.fail(fault);
    if (this.lease.refusal !== undefined) return this.fail(errorStatus(this.lease.refusal));
    this.authorized(query, (auth) => {
      if (this.answered) return;
      if (expectsContinue) response.writeContinue();
      request.on('data', (chunk: Buffer) => this.take(chunk));
      request.once('end', () => void this.handle(route as HttpRoute, encoding as Encoding, query, auth));
    });
    // Without an answer this far, the sender left before its body was here.
    request.once('close', () => {
      if (request.complete) return;
      this.answered = true;
      this.body.drop();
      this.lease.close();
    });
  }

  /** Goes on where the sender may. The body stays with it until it is known who that is. */
  authorized(query: string, goOn: (auth: Checked) => void): void {
    try {
      const checked = this.options.auth?.check(this.credentials(query));
      if (checked instanceof Promise) checked.then(goOn, (error: unknown) => this.fail(errorStatus(error)));
      else goOn(checked);
    } catch (error) {
      this.fail(errorStatus(error));
    }
  }

  read(read: Read, query: string): void {
    const {request, response} = this;
    this.lease.close();
    this.isRead = true;
    if (read.kind === 'refused') return this.fail(read.status);
    if (this.bodyLength !== 0) {
      return this.fail(httpRefusal(400, `${request.method} has no body here`, 'body'));
    }
    this.authorized(query, () => {
      read.forward({
        request,
        response,
        target: query === '' ? read.target : `${read.target}?${query}`,
        loopback: read.loopback,
        headers: this.headers(this.isLast),
        fail: (status) => this.fail(status),
      });
    });
  }

  /** The refusal of a request that is due before its body is read; undefined where there is none. */
  check(path: string, route: HttpRoute | undefined, encoding: Encoding | undefined): ErrorStatus | undefined {
    const {request, options} = this;
    if (this.allowed === '') return httpRefusal(404, `nothing is served at ${path}`, 'unknown_path');
    if (route === undefined || request.method !== route.method) {
      return httpRefusal(405, `method ${request.method} is not allowed here; use ${this.allowed}`, 'method');
    }
    if (route.contentTypes.length > 0 && !route.contentTypes.includes(this.contentType)) {
      const message = `content type ${this.contentType || '(none)'} is not supported; use ${route.contentTypes.join(' or ')}`;
      return httpRefusal(415, message, 'content_type');
    }
    if (encoding === undefined || !options.encodings.has(encoding)) {
      const name = request.headers['content-encoding'] ?? 'identity';
      const message = `content encoding ${name} is not supported; use ${[...options.encodings].join(', ')}`;
      return errorStatus(new PermanentError('unsupported_encoding', message));
    }
    const length = Number(request.headers['content-length'] ?? 0);
    return length > options.maxBodyBytes ? errorStatus(this.tooLarge()) : undefined;
  }

  /** The request's headers, with what `authParameters` says of the URL's parameters. */
  credentials(query: string): http.IncomingHttpHeaders {
    const {headers} = this.request;
    const names = this.options.authParameters ?? [];
    if (names.length === 0) return headers;
    const given = new URLSearchParams(query);
    const found = names
      .filter((name) => given.has(name))
      .map((name) => [name.toLowerCase(), given.get(name) as string]);
    return {...headers, ...Object.fromEntries(found)};
  }

  take(chunk: Buffer): void {
    if (this.answered) return;
    try {
      if (this.body.length + chunk.length > this.options.maxBodyBytes) throw this.tooLarge();
      this.body.push(chunk);
    } catch (error) {
      this.fail(errorStatus(error));
    }
  }

  async handle(route: HttpRoute, encoding: Encoding, query: string, auth: Checked): Promise<void> {
    if (this.answered) return;
    this.lease.arrived();
    try {
      if (encoding !== 'identity' || this.body.length > lightBytes) {
        await this.state.turns.take();
        if (this.response.destroyed) return this.body.drop();
      }
      const body = this.decompressed(encoding);
      const hold = (bytes: number): void => this.lease.take(bytes);
      const {headers, socket} = this.request;
      const client = senderOf(socket, auth);
      this.reply(await route.handle({headers, client, query, contentType: this.contentType, body, hold}));
    } catch (error) {
      const status = errorStatus(error);
      if (status.unforeseen) this.options.log.error({err: error}, 'a request failed');
      this.fail(status);
    } finally {
      this.lease.close();
    }
  }

  /** The body, which the lease counts. */
  decompressed(encoding: Encoding): Uint8Array {
    const received = this.body.take();
    if (encoding === 'identity') return decompress(encoding, received, this.options.maxBodyBytes, remedy);
    try {
      const body = decompress(encoding, received, this.options.maxBodyBytes, remedy);
      this.lease.take(body.length);
      return body;
    } finally {
      giveBytes(received);
    }
  }

  fail(status: ErrorStatus): void {
    this.body.drop();
    this.lease.close();
    if (!this.isRead) this.options.onRefused(status);
    const headers: http.OutgoingHttpHeaders = {};
    if (status.retryAfterMs !== undefined)
      headers['retry-after'] = String(Math.max(1, Math.ceil(status.retryAfterMs / 1000)));
    if (status.http === 405) headers.allow = this.allowed;
    if (status.http === 401 && this.options.auth !== undefined)
      headers['www-authenticate'] = this.options.auth.challenge;
    this.reply({status: status.http, headers, ...this.options.refuse(status, this.contentType)});
  }

  reply({status, headers, contentType, body}: HttpReply): void {
    const {request, response, options} = this;
    if (this.answered) return;
    this.answered = true;
    if (response.destroyed) return;
    const endless = !request.complete && !(this.bodyLength <= options.maxBodyBytes);
    response.writeHead(status, {
      ...this.headers(endless || this.isLast, headers),
      ...(status === 204
        ? {}
        : {'content-type': contentType, 'content-length': body.length === 0 ? 0 : Buffer.byteLength(body)}),
    });
    if (endless) return this.linger(body);
    // The rest of a refused body is thrown away; it is no longer than a body may be.
    if (!request.complete) request.resume();
    response.end(body);
  }

  /** Of an answer, the configured ones among them. */
  headers(close: boolean, own: http.OutgoingHttpHeaders = {}): http.OutgoingHttpHeaders {
    const {responseHeaders, cors} = this.options;
    return {...responseHeaders, ...own, ...cors?.headers(this.request), ...(close ? {connection: 'close'} : {})};
  }

  /** As announced; NaN where the sender does not say. */
  get bodyLength(): number {
    const {headers} = this.request;
    return Number(headers['content-length'] ?? (headers['transfer-encoding'] === undefined ? 0 : Number.NaN));
  }

  /** Whether the connection ends with this answer, whatever it is. */
  get isLast(): boolean {
    return this.state.stopping || !this.options.keepAlive;
  }

  /**
   * Answers a request of which nobody knows how much is still to come. Closing at once would reset the connection, and with
   * it the answer might be lost: so the rest is thrown away for a moment, within a limit.
   */
  linger(body: Uint8Array | string): void {
    const {request, response} = this;
    response.write(body);
    let rest = this.options.maxBodyBytes;
    const end = (): void => {
      clearTimeout(limit);
      response.end();
    };
    const limit = setTimeout(end, lingerMs);
    request.on('data', (chunk: Buffer) => {
      rest -= chunk.length;
      if (rest < 0) end();
    });
    request.once('end', end);
    request.once('close', end);
    request.resume();
  }

  tooLarge(): TooLargeError {
    const limit = this.options.maxBodyBytes;
    return new TooLargeError(`the body has more than ${limit} bytes${remedy}`, limit);
  }
}

const remedy = '; send smaller batches, or raise max_request_body_size of the receiver';
const readMethods: readonly string[] = ['GET', 'HEAD'];
const lingerMs = 1000;
const idleGraceMs = 500;
/** For the event loop to read what the system has received. */
const arrivedMs = 5;
const sweepMs = 20;

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
