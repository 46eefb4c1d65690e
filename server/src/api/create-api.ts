/** The server on the `http` address, made from its route tables. It listens where `main/` tells it to. */

import {createHash} from 'node:crypto';
import {Readable} from 'node:stream';
import {constants} from 'node:zlib';
import fastifyCompress from '@fastify/compress';
import Fastify, {type FastifyInstance, type FastifyReply, type FastifyRequest, type HTTPMethods} from 'fastify';
import {
  type Clock,
  defaultTenant,
  type Log,
  type Meter,
  parseTenant,
  systemClock,
  type TenantId,
} from '../base/index.ts';
import {type Admission, createAdmission, readTarget, requestBytes} from '../net/index.ts';
import {Budget} from '../query/index.ts';
import {ApiFailure, errorBody, expectedFailure, type ForeignFailure, internalFailure} from './errors.ts';
import {createGuard} from './guard.ts';
import {isApiPath, refuseMethod, registerPage} from './page.ts';
import {parseQuery, type Query} from './parameters.ts';
import {checkEncoding, decodablePath} from './percent-encoding.ts';
import {countMemory, type RequestMemory} from './request-memory.ts';
import type {Answer, Dialect, Route, Services} from './route.ts';
import {compareRoutes} from './routes-compare.ts';
import {graphRoutes} from './routes-graph.ts';
import {jaegerFailure, jaegerRoutes} from './routes-jaeger.ts';
import {jaegerV3Failure, jaegerV3Routes} from './routes-jaeger-v3.ts';
import {pipelineRoutes} from './routes-pipeline.ts';
import {processRoutes} from './routes-process.ts';
import {prometheusRoutes} from './routes-prometheus.ts';
import {samplingRoutes} from './routes-sampling.ts';
import {serviceRoutes} from './routes-service.ts';
import {sharesRoutes} from './routes-shares.ts';
import {spanRoutes} from './routes-spans.ts';
import {sqlRoutes} from './routes-sql.ts';
import {tempoRoutes} from './routes-tempo.ts';
import {traceLogRoutes} from './routes-trace-logs.ts';
import {weftRoutes} from './routes-weft.ts';
import {zipkinRoutes} from './routes-zipkin.ts';
import {endSlowReaders} from './slow-readers.ts';
import type {Control, Source} from './source.ts';
import {answerUnreadable, maxHeaderBytes} from './unreadable.ts';

export interface ApiOptions {
  readonly source: Source;
  readonly control: Control;
  readonly meter: Meter;
  readonly log: Log;
  readonly clock?: Clock;
  /** Of the built page; undefined serves none. */
  readonly uiDirectory: string | undefined;
  /** Whether the address is a loopback one: then only loopback names (and `hosts`) may be used for it. */
  readonly loopback: boolean;
  /** Whether assistants are answered. Default: where the address is a loopback one. */
  readonly mcp?: boolean | undefined;
  /** Further names by which Weft is addressed. */
  readonly hosts?: readonly string[];
  /** The process's bound on memory that is held for others. Default: 256 MiB for this API alone. */
  readonly admission?: Admission;
}

/** Every route of the API; the reference and the coverage test are made from it too. */
export const apiRoutes = (meter: Meter): readonly Route[] => [
  ...weftRoutes,
  ...serviceRoutes,
  ...compareRoutes,
  ...graphRoutes,
  ...spanRoutes,
  ...traceLogRoutes,
  ...sharesRoutes,
  ...sqlRoutes,
  ...samplingRoutes,
  ...pipelineRoutes,
  ...jaegerRoutes,
  ...jaegerV3Routes,
  ...zipkinRoutes,
  ...tempoRoutes,
  ...prometheusRoutes,
  ...processRoutes(meter),
];

const mcpPath = '/mcp';
/** A statement in SQL is the longest that is asked there. */
const maxMcpBytes = 256 * 1024;
/** Of the bound on memory; the rest is the receivers'. */
export const apiShare = 0.5;
/** A page opens six. */
const maxConnections = 2000;
/** Requests of at least this many bytes of answer are compressed for clients on other machines. */
const compressFrom = 2048;
/** Bytes in one write of a streamed answer. */
const streamPiece = 64 * 1024;

export async function createApi(options: ApiOptions): Promise<FastifyInstance> {
  const {log, meter} = options;
  const app = Fastify({
    logger: false,
    requestTimeout: 30_000,
    keepAliveTimeout: 60_000,
    forceCloseConnections: true,
    // The page's own addresses hold whole questions: one that is pasted too long is better told by the page than by the parser.
    http: {maxHeaderSize: maxHeaderBytes},
    clientErrorHandler: answerUnreadable,
    rewriteUrl(request) {
      const {path, host} = readTarget(request.url);
      if (host !== undefined) request.headers.host = host;
      return decodablePath(path);
    },
    routerOptions: {maxParamLength: 4096, querystringParser: parseQuery, ignoreTrailingSlash: true},
  });
  app.server.maxConnections = maxConnections;
  endSlowReaders(app.server);
  const admission = options.admission ?? createAdmission(2 ** 28, {share: apiShare});
  const services: Services = {source: options.source, control: options.control, clock: options.clock ?? systemClock};
  const guard = createGuard({loopback: options.loopback, hosts: options.hosts ?? []});
  const requests = meter.counter('weft_api_requests_total', 'Requests that the HTTP API answered.');
  const durations = meter.histogram(
    'weft_api_request_duration_seconds',
    'Time from a request to the last byte of its answer.',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  );

  const memory = countMemory(app, admission, admission.limitBytes * apiShare - requestBytes);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    // Compressing costs more time than a loopback connection takes for the bytes that it saves.
    if (isLoopbackPeer(request)) request.headers['x-no-compression'] = '1';
    guard.check(request);
    if (isProgram(request)) checkEncoding(readTarget(request.originalUrl).path);
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'other';
    requests.with({route, method: request.method, status: String(reply.statusCode)}).add(1);
    durations.with({route}).record(reply.elapsedTime / 1000);
  });
  app.setErrorHandler(async (error, request, reply) => {
    const failure = expectedFailure(error) ?? internalFailure();
    // A client that leaves in the middle of its body is no defect, and nobody reads the answer.
    const left = request.raw.destroyed && !request.raw.complete;
    if (failure instanceof ApiFailure && failure.code === 'internal' && !left)
      log.error({err: error, url: request.url}, 'a request failed unexpectedly');
    const body = failureBodies[dialectOf(request)](failure);
    const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
    return reply.code(failure.status).type(type).send(body);
  });

  await app.register(fastifyCompress, {
    globalDecompression: false,
    threshold: compressFrom,
    encodings: ['zstd', 'br', 'gzip'],
    zlibOptions: {level: 1},
    brotliOptions: {params: {[constants.BROTLI_PARAM_QUALITY]: 4}},
  });
  const routes = apiRoutes(meter);
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path,
      config: {dialect: route.dialect, maxBodyBytes: route.maxBodyBytes},
      handler: async (request, reply) => {
        const answer = await route.handle(
          {
            tenant: tenantOf(request),
            path: request.params as Record<string, string>,
            query: request.query as Query,
            accept: request.headers.accept ?? '',
            body: request.body instanceof Uint8Array ? request.body : new Uint8Array(),
            budget: new Budget(goneSignal(reply)),
          },
          services,
        );
        return send(request, reply, answer, log, memory);
      },
    });
  }
  refuseOtherMethods(app, routes);
  serveAssistants(app, options.mcp ?? options.loopback, services.clock);
  registerPage(app, options.uiDirectory);
  await app.ready();
  return app;
}

/** Without sessions there is nothing to be listened to or deleted: every method but POST is refused, as the protocol has it. */
function serveAssistants(app: FastifyInstance, enabled: boolean, clock: Clock): void {
  app.route({
    method: 'POST',
    url: mcpPath,
    config: {dialect: 'weft', maxBodyBytes: maxMcpBytes},
    async handler(request, reply) {
      if (!enabled) throw new ApiFailure('mcp_off', {});
      const {answerMcp} = await import('./mcp.ts');
      const answer = await answerMcp(app, request, {now: clock.now(), gone: goneSignal(reply)});
      reply.code(answer.status);
      for (const [name, value] of answer.headers) reply.header(name, value);
      return reply.send(Buffer.from(await answer.arrayBuffer()));
    },
  });
  refuseOthers(app, mcpPath, 'weft', ['POST']);
}

/** Answers 405 to every method that a path of the table does not take, before it reads a body. */
function refuseOtherMethods(app: FastifyInstance, routes: readonly Route[]): void {
  for (const [path, taken] of Map.groupBy(routes, (route) => route.path)) {
    // Fastify answers HEAD where there is a GET.
    const methods: string[] = taken.flatMap(({method}) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    refuseOthers(app, path, (taken[0] as Route).dialect, methods);
  }
}

function refuseOthers(app: FastifyInstance, path: string, dialect: Dialect, methods: readonly string[]): void {
  app.route({
    method: app.supportedMethods.filter((method) => !methods.includes(method)) as HTTPMethods[],
    url: path,
    config: {dialect},
    onRequest: async (request, reply) => refuseMethod(request, reply, methods),
    handler: async () => {
      throw new Error('BUG: a method that is refused has been let through');
    },
  });
}

declare module 'fastify' {
  interface FastifyContextConfig {
    dialect?: Dialect;
    maxBodyBytes?: number | undefined;
  }
}

const failureBodies: Readonly<Record<Dialect, (failure: ApiFailure | ForeignFailure) => object | string>> = {
  weft: errorBody,
  jaeger: ({status, message}) => jaegerFailure(status, message),
  'jaeger-v3': ({status, message}) => jaegerV3Failure(status, message),
  // Zipkin's server has no envelope.
  zipkin: ({message}) => message,
  // Grafana shows the text as it is.
  tempo: ({message}) => message,
  prometheus: ({status, message}) => ({
    status: 'error',
    errorType: prometheusErrors[status] ?? 'internal',
    error: message,
  }),
};

/** What Prometheus calls the failures of each status. */
const prometheusErrors: Readonly<Record<number, string>> = {
  400: 'bad_data',
  404: 'not_found',
  413: 'bad_data',
  415: 'bad_data',
  422: 'execution',
  503: 'unavailable',
  504: 'timeout',
};

/** A person's browser asks for every other address: the page says there what it does not understand. */
const isProgram = (request: FastifyRequest): boolean =>
  request.routeOptions.config.dialect !== undefined || isApiPath(request.url.split('?', 1)[0] as string);

const dialectOf = (request: FastifyRequest): Dialect => request.routeOptions.config.dialect ?? 'weft';

function tenantOf(request: FastifyRequest): TenantId {
  const header = request.headers['x-scope-orgid'];
  if (header === undefined) return defaultTenant;
  const tenant = parseTenant(String(header));
  if (tenant !== undefined) return tenant;
  throw new ApiFailure('tenant_invalid', {});
}

/** Aborted when the connection closes before the answer was sent. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
  log: Log,
  memory: RequestMemory,
): FastifyReply {
  switch (answer.kind) {
    case 'json': {
      const text = JSON.stringify(answer.value);
      // The text, and its bytes.
      memory.answer(request, 2 * text.length);
      if (answer.etag) {
        const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
        reply.headers({etag, 'cache-control': 'no-cache'});
        if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send();
      }
      reply.code(answer.status ?? 200).type('application/json; charset=utf-8');
      if (text.length < streamPiece) return reply.send(text);
      // In one write, a slow reader would hold it whole and could not be told from one that reads nothing.
      const bytes = Buffer.from(text);
      return reply
        .header('content-length', bytes.length)
        .send(Readable.from(slices(bytes), {objectMode: false, highWaterMark: streamPiece}));
    }
    case 'text':
      return reply.type(answer.type).send(answer.text);
    case 'bytes':
      if (answer.fileName !== undefined) {
        reply.header('content-disposition', `attachment; filename="${answer.fileName}"`);
      }
      return reply.type(answer.type).send(Readable.from(loggedBytes(answer.chunks, log), {objectMode: false}));
    case 'protobuf': {
      const bytes = Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset, answer.bytes.length);
      memory.answer(request, bytes.length);
      return reply
        .header('content-length', bytes.length)
        .type('application/protobuf')
        .send(Readable.from(slices(bytes), {objectMode: false, highWaterMark: streamPiece}));
    }
    case 'stream': {
      memory.answer(request, answer.holds);
      reply.type('application/json; charset=utf-8');
      const {text, rest} = firstPiece(answer.chunks);
      // One write, where a stream takes several.
      if (rest === undefined) return reply.send(text);
      const pieces = inPieces(text, logged(rest, log));
      return reply.send(Readable.from(pieces, {objectMode: false, highWaterMark: streamPiece}));
    }
  }
}

/** As much as is worth a write, and what comes after it; `rest` is undefined where that is all. Nothing has been answered if it throws. */
function firstPiece(chunks: Iterable<string>): {readonly text: string; readonly rest: Iterable<string> | undefined} {
  const all = chunks[Symbol.iterator]();
  let text = '';
  for (let next = all.next(); next.done !== true; next = all.next()) {
    text += next.value;
    if (text.length >= streamPiece) return {text, rest: {[Symbol.iterator]: () => all}};
  }
  return {text, rest: undefined};
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += streamPiece) yield bytes.subarray(at, at + streamPiece);
}

/** Whether If-None-Match (RFC 9110, 13.1.2) names the tag; weakly, because compression may have made it so. */
const isKnown = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag) ?? false;

/** An answer that has begun can only be cut off when it fails: the log says why. */
function* logged(chunks: Iterable<string>, log: Log): Generator<string> {
  try {
    yield* chunks;
  } catch (error) {
    log.error({err: error}, 'an answer failed after it had begun');
    throw error;
  }
}

async function* loggedBytes(chunks: AsyncIterable<Uint8Array>, log: Log): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    log.error({err: error}, 'an answer failed after it had begun');
    throw error;
  }
}

/** Joins short texts, so that each write is worth its cost; gives other requests a turn between the writes. */
async function* inPieces(first: string, chunks: Iterable<string>): AsyncGenerator<Buffer> {
  yield Buffer.from(first);
  await new Promise(setImmediate);
  let piece: string[] = [];
  let length = 0;
  for (const chunk of chunks) {
    piece.push(chunk);
    length += chunk.length;
    if (length < streamPiece) continue;
    yield Buffer.from(piece.join(''));
    piece = [];
    length = 0;
    await new Promise(setImmediate);
  }
  yield Buffer.from(piece.join(''));
}

/** Whether the answer stays on this machine, as far as its peer says: one may have forwarded the request of another machine. */
const isLoopbackPeer = (request: FastifyRequest): boolean => {
  const [forwardedFor] = String(request.headers['x-forwarded-for'] ?? '').split(',', 1);
  const addresses = [
    request.socket.remoteAddress ?? '',
    ...(forwardedFor === '' ? [] : [(forwardedFor as string).trim()]),
  ];
  return addresses.every((one) => one === '::1' || one.startsWith('127.') || one.startsWith('::ffff:127.'));
};

/** The page is Weft's own files only; Mantine sets styles from script, hence 'unsafe-inline' for styles alone. */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const securityHeaders = {
  'content-security-policy': contentPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;
