import type {ClientRequest, RequestOptions, Server} from 'node:http';
import type {Histogram, Tracer} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import {HttpInstrumentation, type HttpInstrumentationConfig} from '@opentelemetry/instrumentation-http';
import {traceOutgoing} from './http-client.ts';
import {traceIncoming} from './http-server.ts';

/** What the two hot paths need of the instrumentation; read at each request, because providers are set after patching. */
export type HttpTools = {
  readonly tracer: Tracer;
  readonly serverDuration: Histogram;
  readonly clientDuration: Histogram;
  readonly isIgnored: (url: string | undefined) => boolean;
  readonly headers: {readonly request: readonly string[]; readonly response: readonly string[]};
};

export type Emit = (this: Server, event: string, ...args: unknown[]) => boolean;
export type Request = (this: unknown, ...args: unknown[]) => ClientRequest;

type Internals = {
  readonly tracer: Tracer;
  readonly _httpServerDurationHistogram: Histogram;
  readonly _httpClientDurationHistogram: Histogram;
  _outgoingRequestFunction(component: Component, original: Request): Request;
};
export type Component = 'http' | 'https';

/**
 * OpenTelemetry's HTTP instrumentation with its two hot functions replaced: theirs parse a URL and copy a dozen objects per
 * request. What is patched, the span and metric attributes and their meaning stay the same; calls that name a URL instead
 * of options still take the official path. The replaced methods are private: the tests of this package stand guard.
 */
export function httpInstrumentation(
  config: HttpInstrumentationConfig,
  isIgnored: HttpTools['isIgnored'],
  headers: HttpTools['headers'],
): Instrumentation {
  const instrumentation = new HttpInstrumentation(config);
  const internals = instrumentation as unknown as Internals;
  const official = internals._outgoingRequestFunction.bind(instrumentation);
  const tools: HttpTools = {
    get tracer() {
      return internals.tracer;
    },
    get serverDuration() {
      return internals._httpServerDurationHistogram;
    },
    get clientDuration() {
      return internals._httpClientDurationHistogram;
    },
    isIgnored,
    headers,
  };
  return Object.assign(instrumentation, {
    _incomingRequestFunction: (component: Component, emit: Emit) => traceIncoming(tools, component, emit),
    _outgoingRequestFunction: (component: Component, request: Request) => {
      const [lean, complete] = [traceOutgoing(tools, component, request), official(component, request)];
      return function outgoingRequest(this: unknown, ...args: unknown[]) {
        return isOptions(args[0]) ? lean.apply(this, args as [RequestOptions]) : complete.apply(this, args);
      };
    },
  });
}

const isOptions = (value: unknown): boolean => typeof value === 'object' && value !== null && !(value instanceof URL);
