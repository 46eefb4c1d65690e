import type {ClientRequest, Server} from 'node:http';
import type {Histogram, Tracer} from '@opentelemetry/api';
import type {Instrumentation} from '@opentelemetry/instrumentation';
import {HttpInstrumentation, type HttpInstrumentationConfig} from '@opentelemetry/instrumentation-http';
import {traceOutgoing} from './http-client.ts';
import {traceIncoming} from './http-server.ts';

/** The parts of the instrumentation that the two hot paths need; read at each request, for providers are set after patching. */
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
};
export type Component = 'http' | 'https';

/**
 * OpenTelemetry's HTTP instrumentation with the functions replaced that see each request: theirs parse a URL and copy a dozen objects
 * per request, and change some requests (a default port of the caller's own, headers given as a list). Where they are patched in
 * stays theirs. The replaced methods are private: the tests of this package stand guard.
 */
export function httpInstrumentation(
  config: HttpInstrumentationConfig,
  isIgnored: HttpTools['isIgnored'],
  headers: HttpTools['headers'],
): Instrumentation {
  const instrumentation = new HttpInstrumentation(config);
  const internals = instrumentation as unknown as Internals;
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
  const outgoing = (component: Component) => (original: Request) => traceOutgoing(tools, component, original);
  return Object.assign(instrumentation, {
    _incomingRequestFunction: (component: Component, emit: Emit) => traceIncoming(tools, component, emit),
    _getPatchOutgoingRequestFunction: outgoing,
    _getPatchHttpsOutgoingRequestFunction: outgoing,
  });
}
