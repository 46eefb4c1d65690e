import type {EventEmitter} from 'node:events';
import type {ClientRequest, IncomingMessage, RequestOptions} from 'node:http';
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
import {type Call, readCall, targetOf, withHeaders} from './http-call.ts';
import type {Component, HttpTools, Request} from './instrumentation-http.ts';
import {withSpan} from './program-context.ts';
import {errorType, recordFailure} from './span-outcome.ts';
import {startOwnSpan} from './tracer.ts';
import {forgetBody, type OpenBody, watchBody} from './unread-bodies.ts';

/**
 * `http.request` inside a client span whose context it sends. Node gets the caller's own arguments, unless it writes the headers
 * while it makes the request: then the context must be among them. Hot path: see bench/instrument.ts.
 */
export function traceOutgoing(tools: HttpTools, component: Component, original: Request): Request {
  return function outgoingRequest(this: unknown, ...args: unknown[]) {
    const parent = context.active();
    if (isTracingSuppressed(parent)) return original.apply(this, args);
    let call: Call;
    let hop: ClientHop;
    try {
      call = readCall(component, args);
      hop = new ClientHop(tools, component, call.options, parent);
    } catch {
      return original.apply(this, args); // Arguments that Node refuses too, in its own words.
    }
    const early = sendsHeadersAtOnce(call.options);
    const given = early ? withContext(hop.active, call) : args;
    const request = context.with(hop.active, () => {
      try {
        return original.apply(this, given);
      } catch (error) {
        hop.end(error);
        throw error;
      }
    });
    if (!early) propagation.inject(hop.active, request, requestSetter);
    hop.sent(request);
    return request;
  };
}

/** One request on its way out and back. Listeners on its messages run in the caller's context. */
class ClientHop implements Binding, OpenBody {
  readonly context: Context;
  /** The caller's context with the span. */
  readonly active: Context;
  #request: ClientRequest | undefined;
  readonly #started = performance.now();
  readonly #tools: HttpTools;
  readonly #method: string;
  readonly #span: Span;
  readonly #socketPath: string | undefined;
  readonly #address: string;
  readonly #port: number;
  response: IncomingMessage | undefined;
  readAt = 0;
  #ended = false;

  constructor(tools: HttpTools, component: Component, options: RequestOptions, parent: Context) {
    const sentMethod = options.method ? options.method.toUpperCase() : 'GET';
    const method = methodOf(sentMethod);
    const {url, address, port} = targetOf(options, component, sentMethod);
    const attributes: Attributes = {'http.request.method': method, 'server.address': address, 'url.full': url};
    if (!Number.isNaN(port)) attributes['server.port'] = port;
    if (method === '_OTHER') attributes['http.request.method_original'] = sentMethod;
    this.context = parent;
    this.#tools = tools;
    this.#method = method;
    this.#socketPath = options.socketPath;
    this.#address = address;
    this.#port = port;
    this.#span = startOwnSpan(tools.tracer, methodName(method), SpanKind.CLIENT, attributes, parent);
    this.active = withSpan(parent, this.#span);
  }

  sent(request: ClientRequest): void {
    this.#request = request;
    bindEmitter(request, this);
    const agent = request.getHeader('user-agent');
    if (agent !== undefined) this.#span.setAttribute('user_agent.original', String(agent));
  }

  sees(emitter: EventEmitter, event: string | symbol, value: unknown): void {
    if (emitter === this.#request) {
      if (event === 'response') this.#arrive(value as IncomingMessage, true);
      else if (event === 'upgrade' || event === 'connect') this.#arrive(value as IncomingMessage, false);
      else if (event === 'error') this.end(value);
      else if (event === 'close') this.end(undefined);
    } else if (event === 'data') {
      this.readAt = performance.now();
    } else if (event === 'end') {
      this.end(undefined);
    }
  }

  #arrive(response: IncomingMessage, hasBody: boolean): void {
    if (this.#ended) return;
    this.response = response;
    if (hasBody) {
      this.readAt = performance.now();
      watchBody(this);
    }
    bindEmitter(response, this);
    const span = this.#span;
    span.setAttribute('http.response.status_code', response.statusCode ?? 0);
    span.setAttribute('network.protocol.version', response.httpVersion);
    const {remoteAddress, remotePort} = response.socket;
    const peer = remoteAddress ?? this.#socketPath;
    if (peer !== undefined) span.setAttribute('network.peer.address', peer);
    if (remotePort !== undefined) span.setAttribute('network.peer.port', remotePort);
    capture(this.#tools, this.#request!, response, (captured) => span.setAttributes(captured));
  }

  unread(): void {
    this.end(undefined, this.readAt);
  }

  /** `unreadSince`: nobody reads the response's body, so its status is the outcome, and that was then. */
  end(failure: unknown, unreadSince?: number): void {
    if (this.#ended) return;
    this.#ended = true;
    forgetBody(this);
    const span = this.#span;
    const response = this.response;
    const measured: Attributes = {
      'http.request.method': this.#method,
      'server.address': this.#address,
    };
    if (!Number.isNaN(this.#port)) measured['server.port'] = this.#port;
    if (response !== undefined) {
      const status = response.statusCode ?? 0;
      measured['http.response.status_code'] = status;
      measured['network.protocol.version'] = response.httpVersion;
      if (status >= 400) measured['error.type'] = String(status);
    }
    const cut = response !== undefined && !response.complete && unreadSince === undefined;
    if (failure !== undefined) {
      recordFailure(span, failure);
      measured['error.type'] = errorType(failure);
    } else if (measured['error.type'] !== undefined || cut) {
      measured['error.type'] ??= 'aborted';
      span.setAttribute('error.type', measured['error.type']).setStatus({code: SpanStatusCode.ERROR});
    }
    span.end(unreadSince);
    const ended = unreadSince ?? performance.now();
    this.#tools.clientDuration.record((ended - this.#started) / 1_000, measured, this.active);
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

/** The arguments with the context among the headers. The caller's own stay as they are: it may use them for the next request. */
function withContext(active: Context, call: Call): unknown[] {
  const {headers} = call.options;
  const flat = Array.isArray(headers) && !Array.isArray(headers[0]);
  const copy = Array.isArray(headers) ? [...headers] : {...headers};
  if (!flat || headers.length % 2 === 0) {
    propagation.inject(active, copy, flat ? flatSetter : Array.isArray(copy) ? pairSetter : recordSetter);
  } // Node refuses any other list.
  return withHeaders(call, copy as RequestOptions['headers']);
}

/** In a list, a header of that name which the caller set would stay beside the new one, and two are as bad as none. */
const flatSetter: TextMapSetter<unknown> = {
  set(carrier, name, value) {
    const headers = carrier as unknown[];
    for (let at = headers.length - 2; at >= 0; at -= 2) if (isNamed(headers[at], name)) headers.splice(at, 2);
    headers.push(name, value);
  },
};

const pairSetter: TextMapSetter<unknown> = {
  set(carrier, name, value) {
    const headers = carrier as unknown[];
    for (let at = headers.length - 1; at >= 0; at--) {
      if (isNamed((headers[at] as readonly unknown[] | undefined)?.[0], name)) headers.splice(at, 1);
    }
    headers.push([name, value]);
  },
};

const recordSetter: TextMapSetter<unknown> = {
  set: (carrier, name, value) => void ((carrier as Record<string, string>)[name] = value),
};

const isNamed = (given: unknown, name: string): boolean =>
  typeof given === 'string' && given.length === name.length && given.toLowerCase() === name.toLowerCase();
