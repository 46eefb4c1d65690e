import type {TextMapPropagator} from '@opentelemetry/api';
import {CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator} from '@opentelemetry/core';
import {B3InjectEncoding, B3Propagator} from '@opentelemetry/propagator-b3';

/** Name in `OTEL_PROPAGATORS` → propagator. */
const known: Readonly<Record<string, () => TextMapPropagator>> = {
  tracecontext: () => new W3CTraceContextPropagator(),
  baggage: () => new W3CBaggagePropagator(),
  b3: () => new B3Propagator({injectEncoding: B3InjectEncoding.SINGLE_HEADER}),
  b3multi: () => new B3Propagator({injectEncoding: B3InjectEncoding.MULTI_HEADER}),
};

/** One propagator that speaks all of `names`. */
export function buildPropagator(names: readonly string[]): TextMapPropagator {
  return new CompositePropagator({propagators: names.flatMap((name) => known[name]?.() ?? [])});
}
