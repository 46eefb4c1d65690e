/** A small HTTP server: routes, JSON, /health, /metrics, failures as the shop's status codes, an orderly stop. */
import {createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse} from 'node:http';
import {context, SpanStatusCode, trace} from '@opentelemetry/api';
import {getRPCMetadata, RPCType} from '@opentelemetry/core';
import type {Logger} from 'pino';
import {failureKind, failures, ShopError} from './errors.ts';
import {type Metrics, metricsText} from './metrics.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** The body read as JSON; a `bad_request` when it is not, or larger than 64 KiB. */
  json(): Promise<unknown>;
}
export interface HttpReply {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface Route {
  readonly method: string;
  /** Segments after a colon are parameters: `/orders/:id`. */
  readonly path: string;
  readonly handle: (request: HttpRequest) => Promise<HttpReply> | HttpReply;
}
export interface HttpService {
  readonly url: string;
  stop(): Promise<void>;
}
export interface HttpServiceOptions {
  readonly routes: readonly Route[];
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly host?: string;
  readonly port?: number;
  /** Whether what the service needs is there, for /health. */
  readonly isHealthy?: () => boolean;
}

const maximumBody = 64 * 1024;
const drainMilliseconds = 2_000;

export async function serveHttp({
  routes,
  metrics,
  log,
  host = '127.0.0.1',
  port = 0,
  isHealthy,
}: HttpServiceOptions): Promise<HttpService> {
  const all: readonly Route[] = [
    ...routes,
    {
      method: 'GET',
      path: '/health',
      handle: () => ((isHealthy?.() ?? true) ? {json: {status: 'ok'}} : {status: 503, json: {status: 'not ready'}}),
    },
    {method: 'GET', path: '/metrics', handle: async () => metricsText(metrics)},
  ];
  const matchers = all.map((route) => ({route, match: matcher(route.path)}));

  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const url = new URL(request.url ?? '/', 'http://shop');
    let route = 'unmatched';
    let reply: HttpReply;
    try {
      const found = findRoute(request.method ?? 'GET', url.pathname);
      route = found.route.path;
      nameSpan(request.method ?? 'GET', route);
      reply = await found.route.handle({
        method: request.method ?? 'GET',
        url,
        parameters: found.parameters,
        headers: request.headers,
        json: () => readJson(request),
      });
    } catch (error) {
      reply = failed(error, request.method ?? 'GET', route, log);
    }
    send(response, reply);
    if (route !== '/health' && route !== '/metrics') {
      const {method = 'GET'} = request;
      const {status = 200} = reply;
      const milliseconds = performance.now() - started;
      metrics.observe({method, route, status}, milliseconds / 1000);
      log.debug({route, status, duration_ms: milliseconds}, `${method} ${route} answered`);
    }
  }

  function findRoute(method: string, path: string): {route: Route; parameters: Record<string, string>} {
    for (const {route, match} of matchers) {
      const found = route.method === method ? match.exec(path) : null;
      if (found !== null) return {route, parameters: {...found.groups}};
    }
    throw new ShopError('not_found', `there is no ${method} ${path}`);
  }

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('BUG: a TCP server without a port');
  return {
    url: `http://${host}:${address.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), drainMilliseconds).unref();
      }),
  };
}

const matcher = (path: string): RegExp => new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);

/** Gives the server span its low-cardinality name: the route, never the raw path. */
export function nameSpan(method: string, route: string): void {
  const metadata = getRPCMetadata(context.active());
  if (metadata?.type === RPCType.HTTP) metadata.route = route;
  trace.getActiveSpan()?.updateName(`${method} ${route}`);
}

function failed(error: unknown, method: string, route: string, log: Logger): HttpReply {
  const kind = failureKind(error);
  const status = failures[kind].http;
  const message = error instanceof Error ? error.message : String(error);
  const span = trace.getActiveSpan();
  if (status >= 500) {
    if (error instanceof Error) span?.recordException(error);
    span?.setStatus({code: SpanStatusCode.ERROR, message});
    log.error({err: error, route, status}, `${method} ${route} failed: ${message}`);
  } else {
    log.info({route, status}, `${method} ${route} refused: ${message}`);
  }
  return {status, json: {error: {kind, message}, trace_id: span?.spanContext().traceId}};
}

function send(response: ServerResponse, reply: HttpReply): void {
  if (response.destroyed) return;
  const isJson = reply.text === undefined;
  response.writeHead(reply.status ?? 200, {
    'content-type': isJson ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8',
    ...reply.headers,
  });
  response.end(isJson ? JSON.stringify(reply.json ?? {}) : reply.text);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maximumBody) throw new ShopError('bad_request', `a body of more than ${maximumBody} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ShopError('bad_request', 'the body is not JSON');
  }
}
