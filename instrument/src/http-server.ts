import type {EventEmitter} from 'node:events';
import type {IncomingMessage, Server, ServerResponse} from 'node:http';
import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
} from '@opentelemetry/api';
import {RPCType, setRPCMetadata, suppressTracing} from '@opentelemetry/core';
import {type Binding, bindEmitter, isBound} from './context-manager.ts';
import {captureHeaders, methodName, methodOf} from './http-attributes.ts';
import {forwarded, hostAndPort, requestTarget} from './http-origin.ts';
import type {Component, Emit, HttpTools} from './instrumentation-http.ts';
import {emptyContext, withSpan} from './program-context.ts';
import {errorType, recordFailure} from './span-outcome.ts';
import {startOwnSpan} from './tracer.ts';

/** Each of these hands a request to the program. It may pass on to `request` what it was asked about in another. */
const beginnings = new Set(['request', 'checkContinue', 'checkExpectation']);

/** `Server.prototype.emit` that runs each request inside a server span. Hot path: see bench/instrument.ts. */
export function traceIncoming(tools: HttpTools, component: Component, emit: Emit): Emit {
  return function incomingRequest(this: Server, event, ...args) {
    if (!beginnings.has(event)) return emit.call(this, event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    if (isBound(request)) return emit.call(this, event, ...args); // It has its span.
    let hop: Pick<ServerHop, 'context' | 'fail'>;
    try {
      hop = tools.isIgnored(request.url)
        ? {context: suppressTracing(context.active()), fail() {}}
        : new ServerHop(tools, component, request, response);
      bindEmitter(request, hop);
      bindEmitter(response, hop);
    } catch {
      return emit.call(this, event, ...args); // A program can emit what is no request.
    }
    return context.with(hop.context, () => {
      try {
        return emit.call(this, event, ...args);
      } catch (error) {
        hop.fail(error);
        throw error;
      }
    });
  };
}

/** The object that the route's own instrumentation (Express, Fastify) writes the route into. */
type RpcMetadata = {type: RPCType.HTTP; span: Span; route?: string};

/** One request on its way through the server. */
class ServerHop implements Binding {
  readonly context: Context;
  readonly #started = performance.now();
  readonly #tools: HttpTools;
  readonly #scheme: string;
  readonly #method: string;
  readonly #response: ServerResponse;
  readonly #rpc: RpcMetadata;
  readonly #version: string;
  #ended = false;

  constructor(tools: HttpTools, component: Component, request: IncomingMessage, response: ServerResponse) {
    const {headers} = request;
    const caller = propagation.extract(emptyContext, headers);
    this.#tools = tools;
    this.#method = methodOf(request.method);
    this.#response = response;
    this.#version = request.httpVersion;
    const attributes = startAttributes(request, this.#method, component);
    this.#scheme = attributes['url.scheme'] as string;
    if (tools.headers.request.length > 0) captureHeaders(attributes, 'request', tools.headers.request, headers);
    const span = startOwnSpan(tools.tracer, methodName(this.#method), SpanKind.SERVER, attributes, caller);
    this.#rpc = {type: RPCType.HTTP, span};
    this.context = setRPCMetadata(withSpan(caller, span), this.#rpc);
  }

  sees(emitter: EventEmitter, event: string | symbol, value: unknown): void {
    if (emitter !== this.#response) return;
    if (event === 'close') this.#end(undefined);
    else if (event === 'error') this.fail(value);
  }

  fail(error: unknown): void {
    this.#end(error);
  }

  #end(failure: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const {statusCode} = this.#response;
    const {span, route} = this.#rpc;
    const measured: Attributes = {
      'http.request.method': this.#method,
      'url.scheme': this.#scheme,
      'network.protocol.version': this.#version,
      'http.response.status_code': statusCode,
    };
    span.setAttribute('http.response.status_code', statusCode);
    if (route !== undefined) {
      measured['http.route'] = route;
      span.setAttribute('http.route', route);
      span.updateName(`${methodName(this.#method)} ${route}`);
    }
    const captured = this.#tools.headers.response;
    if (captured.length > 0) {
      const attributes: Attributes = {};
      captureHeaders(attributes, 'response', captured, this.#response.getHeaders());
      span.setAttributes(attributes);
    }
    if (failure !== undefined || statusCode >= 500) {
      const type = failure instanceof Error ? errorType(failure) : String(statusCode);
      measured['error.type'] = type;
      if (failure !== undefined) recordFailure(span, failure);
      else span.setAttribute('error.type', type).setStatus({code: SpanStatusCode.ERROR});
    }
    span.end();
    this.#tools.serverDuration.record((performance.now() - this.#started) / 1_000, measured, this.context);
  }
}

/** Valid values only, and no key without one: the span takes them as they are. */
function startAttributes(request: IncomingMessage, method: string, component: Component): Attributes {
  const {headers, socket} = request;
  const {remoteAddress, remotePort} = socket;
  const target = requestTarget(request.url ?? '/');
  const original = forwarded(headers);
  const scheme = original.scheme ?? target.scheme ?? component;
  const host = original.host ?? target.authority ?? headers.host;
  const client = original.client ?? remoteAddress;
  const attributes: Attributes = {
    'http.request.method': method,
    'url.scheme': scheme,
    'url.path': target.path,
    'network.protocol.version': request.httpVersion,
  };
  if (remoteAddress !== undefined) attributes['network.peer.address'] = remoteAddress;
  if (remotePort !== undefined) attributes['network.peer.port'] = remotePort;
  if (client !== undefined) attributes['client.address'] = client;
  if (target.query !== undefined) attributes['url.query'] = target.query;
  if (headers['user-agent'] !== undefined) attributes['user_agent.original'] = headers['user-agent'];
  if (host !== undefined) {
    const {address, port} = hostAndPort(host);
    attributes['server.address'] = address;
    attributes['server.port'] = port ?? (scheme === 'https' ? 443 : 80);
  }
  if (method === '_OTHER' && request.method !== undefined) attributes['http.request.method_original'] = request.method;
  return attributes;
}
