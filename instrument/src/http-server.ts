import {errorMonitor} from 'node:events';
import type {IncomingMessage, Server, ServerResponse} from 'node:http';
import {type Attributes, context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace} from '@opentelemetry/api';
import {RPCType, setRPCMetadata, suppressTracing} from '@opentelemetry/core';
import {captureHeaders, methodOf} from './http-attributes.ts';
import type {Component, Emit, HttpTools} from './instrumentation-http.ts';
import {recordFailure} from './span-outcome.ts';

/** `Server.prototype.emit` that runs each request inside a server span. Hot path: see bench/instrument.ts. */
export function traceIncoming(tools: HttpTools, component: Component, emit: Emit): Emit {
  return function incomingRequest(this: Server, event, ...args) {
    if (event !== 'request') return emit.call(this, event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    if (tools.isIgnored(request.url)) {
      const quiet = suppressTracing(context.active());
      return context.with(quiet, () => {
        context.bind(quiet, request);
        context.bind(quiet, response);
        return emit.call(this, event, ...args);
      });
    }
    const started = performance.now();
    const method = methodOf(request.method);
    const caller = propagation.extract(ROOT_CONTEXT, request.headers);
    const attributes = startAttributes(request, method, component);
    if (tools.headers.request.length > 0) captureHeaders(attributes, 'request', tools.headers.request, request.headers);
    const span = tools.tracer.startSpan(method, {kind: SpanKind.SERVER, attributes}, caller);
    const rpc: {type: RPCType.HTTP; span: typeof span; route?: string} = {type: RPCType.HTTP, span};
    const active = setRPCMetadata(trace.setSpan(caller, span), rpc);

    let failure: unknown;
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      const {statusCode} = response;
      const {route} = rpc;
      const failed = failure !== undefined || statusCode >= 500;
      const measured: Attributes = {
        'http.request.method': method,
        'url.scheme': component,
        'network.protocol.version': request.httpVersion,
        'http.response.status_code': statusCode,
      };
      span.setAttribute('http.response.status_code', statusCode);
      if (route !== undefined) {
        measured['http.route'] = route;
        span.setAttribute('http.route', route);
        span.updateName(`${method} ${route}`);
      }
      if (tools.headers.response.length > 0) {
        const captured: Attributes = {};
        captureHeaders(captured, 'response', tools.headers.response, response.getHeaders());
        span.setAttributes(captured);
      }
      if (failed) {
        const type = failure instanceof Error ? failure.name : String(statusCode);
        measured['error.type'] = type;
        if (failure !== undefined) recordFailure(span, failure);
        else span.setAttribute('error.type', type).setStatus({code: SpanStatusCode.ERROR});
      }
      span.end();
      tools.serverDuration.record((performance.now() - started) / 1_000, measured, active);
    };
    const fail = (error: unknown): void => {
      failure = error;
      end();
    };

    return context.with(active, () => {
      context.bind(active, request);
      context.bind(active, response);
      response.on('close', end);
      response.on(errorMonitor, fail);
      try {
        return emit.call(this, event, request, response);
      } catch (error) {
        fail(error);
        throw error;
      }
    });
  };
}

function startAttributes(request: IncomingMessage, method: string, component: Component): Attributes {
  const {headers, socket, url = '/'} = request;
  const query = url.indexOf('?');
  const host = headers['x-forwarded-host'] ?? headers.host;
  const attributes: Attributes = {
    'http.request.method': method,
    'url.scheme': component,
    'url.path': query === -1 ? url : url.slice(0, query),
    'network.peer.address': socket.remoteAddress,
    'network.peer.port': socket.remotePort,
    'network.protocol.version': request.httpVersion,
    'client.address': forwardedFor(headers) ?? socket.remoteAddress,
  };
  if (query !== -1 && query < url.length - 1) attributes['url.query'] = url.slice(query + 1);
  if (headers['user-agent'] !== undefined) attributes['user_agent.original'] = headers['user-agent'];
  if (typeof host === 'string') {
    const colon = host.lastIndexOf(':');
    const port = colon > host.lastIndexOf(']') ? Number(host.slice(colon + 1)) : Number.NaN; // `]` ends an IPv6 address.
    attributes['server.address'] = Number.isNaN(port) ? host : host.slice(0, colon);
    attributes['server.port'] = Number.isNaN(port) ? (component === 'https' ? 443 : 80) : port;
  }
  if (method === '_OTHER') attributes['http.request.method_original'] = request.method;
  return attributes;
}

/** The first address of `Forwarded` or `X-Forwarded-For`. */
function forwardedFor(headers: IncomingMessage['headers']): string | undefined {
  const forwarded = headers.forwarded;
  if (forwarded !== undefined) return /(?:^|[;,]\s*)for="?\[?([^\]",;]+)/i.exec(forwarded)?.[1];
  const list = headers['x-forwarded-for'];
  const first = (Array.isArray(list) ? list[0] : list)?.split(',', 1)[0]?.trim();
  return first === '' ? undefined : first;
}
