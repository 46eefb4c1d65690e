import {errorMonitor} from 'node:events';
import type {ClientRequest, IncomingMessage, OutgoingHttpHeaders, RequestOptions} from 'node:http';
import {
  type Attributes,
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import {isTracingSuppressed} from '@opentelemetry/core';
import {captureHeaders, methodOf} from './http-attributes.ts';
import type {Component, HttpTools, Request} from './instrumentation-http.ts';
import {recordFailure} from './span-outcome.ts';

/** `http.request(options, callback)` inside a client span whose context it sends. Hot path: see bench/instrument.ts. */
export function traceOutgoing(tools: HttpTools, component: Component, original: Request): Request {
  return function outgoingRequest(this: unknown, ...args: unknown[]) {
    const options = args[0] as RequestOptions;
    const parent = context.active();
    if (isTracingSuppressed(parent)) return original.apply(this, args);
    const started = performance.now();
    const method = methodOf(options.method?.toUpperCase());
    const attributes = startAttributes(options, method, component);
    const span = tools.tracer.startSpan(method, {kind: SpanKind.CLIENT, attributes}, parent);
    const active = trace.setSpan(parent, span);
    const headers = copyHeaders(options.headers);
    propagation.inject(active, headers, setter);
    const callback = args[args.length - 1];
    if (typeof callback === 'function') args[args.length - 1] = context.bind(parent, callback);
    args[0] = {...options, headers};

    let response: IncomingMessage | undefined;
    let ended = false;
    const end = (failure?: unknown): void => {
      if (ended) return;
      ended = true;
      const measured: Attributes = {
        'http.request.method': method,
        'server.address': attributes['server.address'],
        'server.port': attributes['server.port'],
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
        measured['error.type'] = failure instanceof Error ? failure.name : String(failure);
      } else if (measured['error.type'] !== undefined || cut) {
        measured['error.type'] ??= 'aborted';
        span.setAttribute('error.type', measured['error.type']).setStatus({code: SpanStatusCode.ERROR});
      }
      span.end();
      tools.clientDuration.record((performance.now() - started) / 1_000, measured, active);
    };

    const request = context.with(active, () => {
      try {
        return original.apply(this, args);
      } catch (error) {
        end(error);
        throw error;
      }
    });
    context.bind(parent, request);
    request.prependListener('response', (arrived) => {
      response = arrived;
      context.bind(parent, arrived);
      // Ours is a listener too; without any other, node would have thrown the body away by itself.
      if (request.listenerCount('response') <= 1) arrived.resume();
      span.setAttribute('http.response.status_code', arrived.statusCode ?? 0);
      span.setAttribute('network.protocol.version', arrived.httpVersion);
      const {remoteAddress, remotePort} = arrived.socket;
      if (remoteAddress !== undefined) span.setAttribute('network.peer.address', remoteAddress);
      if (remotePort !== undefined) span.setAttribute('network.peer.port', remotePort);
      capture(tools, request, arrived, (captured) => span.setAttributes(captured));
      arrived.on('end', () => end());
    });
    request.on(errorMonitor, end);
    request.on('close', () => end());
    return request;
  };
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
  if (method === '_OTHER') attributes['http.request.method_original'] = options.method;
  const agent = Array.isArray(options.headers) ? undefined : (options.headers as OutgoingHttpHeaders)?.['user-agent'];
  if (agent !== undefined) attributes['user_agent.original'] = String(agent);
  return attributes;
}

type Headers = OutgoingHttpHeaders | string[];

/** The caller's headers stay as they are: it may use them for the next request. */
const copyHeaders = (headers: RequestOptions['headers']): Headers =>
  Array.isArray(headers) ? [...(headers as string[])] : {...(headers as OutgoingHttpHeaders | undefined)};

/** Node takes headers as an object or as a flat list of names and values. */
const setter: TextMapSetter<Headers> = {
  set(headers, name, value) {
    if (Array.isArray(headers)) headers.push(name, value);
    else headers[name] = value;
  },
};
