import type {EventEmitter} from 'node:events';
import type {ClientRequest, IncomingMessage, OutgoingHttpHeaders, RequestOptions} from 'node:http';
import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapSetter,
} from '@opentelemetry/api';
import {isTracingSuppressed} from '@opentelemetry/core';
import {type Binding, bindEmitter} from './context-manager.ts';
import {captureHeaders, methodName, methodOf} from './http-attributes.ts';
import type {Component, HttpTools, Request} from './instrumentation-http.ts';
import {withSpan} from './program-context.ts';
import {errorType, recordFailure} from './span-outcome.ts';
import {startOwnSpan} from './tracer.ts';

/** `http.request(options, callback)` inside a client span whose context it sends. Hot path: see bench/instrument.ts. */
export function traceOutgoing(tools: HttpTools, component: Component, original: Request): Request {
  return function outgoingRequest(this: unknown, ...args: unknown[]) {
    const options = args[0] as RequestOptions;
    const parent = context.active();
    if (isTracingSuppressed(parent)) return original.apply(this, args);
    const hop = new ClientHop(tools, component, options, parent);
    const early = sendsHeadersAtOnce(options);
    if (early) args[0] = {...options, headers: withContext(hop.active, options.headers)};
    const request = context.with(hop.active, () => {
      try {
        return original.apply(this, args);
      } catch (error) {
        hop.end(error);
        throw error;
      }
    });
    if (!early) propagation.inject(hop.active, request, requestSetter);
    hop.request = request;
    bindEmitter(request, hop);
    return request;
  };
}

/** One request on its way out and back. Listeners on its messages run in the caller's context. */
class ClientHop implements Binding {
  readonly context: Context;
  /** The caller's context with the span. */
  readonly active: Context;
  request: ClientRequest | undefined;
  readonly #started = performance.now();
  readonly #tools: HttpTools;
  readonly #method: string;
  readonly #span: Span;
  readonly #address: string;
  readonly #port: number;
  #response: IncomingMessage | undefined;
  #ended = false;

  constructor(tools: HttpTools, component: Component, options: RequestOptions, parent: Context) {
    const method = methodOf(options.method?.toUpperCase());
    const attributes = startAttributes(options, method, component);
    this.context = parent;
    this.#tools = tools;
    this.#method = method;
    this.#address = attributes['server.address'] as string;
    this.#port = attributes['server.port'] as number;
    this.#span = startOwnSpan(tools.tracer, methodName(method), SpanKind.CLIENT, attributes, parent);
    this.active = withSpan(parent, this.#span);
  }

  sees(emitter: EventEmitter, event: string | symbol, value: unknown): void {
    if (emitter === this.request) {
      if (event === 'response') this.#arrive(value as IncomingMessage);
      else if (event === 'error') this.end(value);
      else if (event === 'close') this.end(undefined);
    } else if (event === 'end') {
      this.end(undefined);
    }
  }

  #arrive(response: IncomingMessage): void {
    this.#response = response;
    bindEmitter(response, this);
    const span = this.#span;
    span.setAttribute('http.response.status_code', response.statusCode ?? 0);
    span.setAttribute('network.protocol.version', response.httpVersion);
    const {remoteAddress, remotePort} = response.socket;
    if (remoteAddress !== undefined) span.setAttribute('network.peer.address', remoteAddress);
    if (remotePort !== undefined) span.setAttribute('network.peer.port', remotePort);
    capture(this.#tools, this.request!, response, (captured) => span.setAttributes(captured));
  }

  end(failure: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const span = this.#span;
    const response = this.#response;
    const measured: Attributes = {
      'http.request.method': this.#method,
      'server.address': this.#address,
      'server.port': this.#port,
    };
    if (response !== undefined) {
      const status = response.statusCode ?? 0;
      measured['http.response.status_code'] = status;
      measured['network.protocol.version'] = response.httpVersion;
      if (status >= 400) measured['error.type'] = String(status);
    }
    const cut = response !== undefined && !response.complete;
    if (failure !== undefined) {
      recordFailure(span, failure);
      measured['error.type'] = errorType(failure);
    } else if (measured['error.type'] !== undefined || cut) {
      measured['error.type'] ??= 'aborted';
      span.setAttribute('error.type', measured['error.type']).setStatus({code: SpanStatusCode.ERROR});
    }
    span.end();
    this.#tools.clientDuration.record((performance.now() - this.#started) / 1_000, measured, this.active);
  }
}

function capture(
  {headers}: HttpTools,
  request: ClientRequest,
  response: IncomingMessage,
  use: (captured: Attributes) => void,
): void {
  if (headers.request.length === 0 && headers.response.length === 0) return;
  const captured: Attributes = {};
  captureHeaders(captured, 'request', headers.request, request.getHeaders());
  captureHeaders(captured, 'response', headers.response, response.headers);
  use(captured);
}

function startAttributes(options: RequestOptions, method: string, component: Component): Attributes {
  const protocol = options.protocol ?? `${component}:`;
  const name = options.hostname ?? options.host ?? 'localhost';
  const usual = protocol === 'https:' ? 443 : 80;
  const port = Number(options.port ?? options.defaultPort ?? usual);
  const address = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
  const authority = port === usual ? address : `${address}:${port}`;
  const attributes: Attributes = {
    'http.request.method': method,
    'server.address': name,
    'server.port': port,
    'url.full': `${protocol}//${authority}${options.path ?? '/'}`,
  };
  if (method === '_OTHER') attributes['http.request.method_original'] = options.method as string;
  const agent = Array.isArray(options.headers) ? undefined : (options.headers as OutgoingHttpHeaders)?.['user-agent'];
  if (agent !== undefined) attributes['user_agent.original'] = String(agent);
  return attributes;
}

/** Node writes a list of headers, and any with `Expect`, while it makes the request: later is too late for one more. */
const sendsHeadersAtOnce = ({headers}: RequestOptions): boolean => {
  if (headers === undefined || headers === null) return false;
  if (Array.isArray(headers)) return true;
  for (const name in headers) if (name.length === 6 && name.toLowerCase() === 'expect') return true;
  return false;
};

const requestSetter: TextMapSetter<ClientRequest> = {
  set: (request, name, value) => void request.setHeader(name, value),
};

type Headers = OutgoingHttpHeaders | string[];

/** The caller's headers stay as they are: it may use them for the next request. */
function withContext(active: Context, given: RequestOptions['headers']): Headers {
  const headers = Array.isArray(given) ? [...(given as string[])] : {...(given as OutgoingHttpHeaders | undefined)};
  propagation.inject(active, headers, headersSetter);
  return headers;
}

/** Node takes headers as an object or as a flat list of names and values. */
const headersSetter: TextMapSetter<Headers> = {
  set(headers, name, value) {
    if (Array.isArray(headers)) headers.push(name, value);
    else headers[name] = value;
  },
};
