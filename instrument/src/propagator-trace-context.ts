import {
  type Context,
  createContextKey,
  INVALID_SPANID,
  INVALID_TRACEID,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import {isTracingSuppressed} from '@opentelemetry/core';
import {parseTraceState} from './trace-state.ts';

/** Sampled and random: the flags that W3C Trace Context level 2 defines; a sender must clear all others. */
const knownFlags = 0x03;
const randomFlag = 0x02;
/** The trace id that a caller said is random. The SDK's spans forget that flag; the trace must keep it. */
const randomTrace = createContextKey('weft.random-trace-id');
const header = /^[ \t]*([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?[ \t]*$/;

/**
 * W3C Trace Context. Passes the W3C test suite (`instrument/examples/trace-context-service.ts`), which OpenTelemetry's
 * own propagator does not: it mends a tracestate that the specification discards, and lets unknown flags through, which
 * makes the header malformed.
 */
export const traceContextPropagator: TextMapPropagator = {
  inject(context: Context, carrier: unknown, setter: TextMapSetter) {
    const span = trace.getSpanContext(context);
    if (span === undefined || span.traceId === INVALID_TRACEID || isTracingSuppressed(context)) return;
    const random = context.getValue(randomTrace) === span.traceId ? randomFlag : 0;
    setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-0${(span.traceFlags & knownFlags) | random}`);
    const state = span.traceState?.serialize();
    if (state !== undefined && state !== '') setter.set(carrier, 'tracestate', state);
  },
  extract(context: Context, carrier: unknown, getter: TextMapGetter) {
    const parent = one(getter.get(carrier, 'traceparent'));
    const span = parent === undefined ? undefined : parseTraceParent(parent);
    if (span === undefined) return context;
    const state = getter.get(carrier, 'tracestate');
    const traceState =
      state === undefined ? undefined : parseTraceState(Array.isArray(state) ? state.join(',') : state);
    const base = (span.traceFlags & randomFlag) === 0 ? context : context.setValue(randomTrace, span.traceId);
    return trace.setSpanContext(base, traceState === undefined ? span : {...span, traceState});
  },
  fields: () => ['traceparent', 'tracestate'],
};

/** Two headers of that name are as bad as none. */
const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? (value.length === 1 ? value[0] : undefined) : value;

/** A later version may carry more behind the flags; version 00 may not, and ff is forbidden. */
function parseTraceParent(text: string): SpanContext | undefined {
  const [, version, traceId, spanId, flags, more] = header.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (traceId === INVALID_TRACEID || spanId === INVALID_SPANID) return undefined;
  return {traceId, spanId, traceFlags: Number.parseInt(flags, 16) & knownFlags, isRemote: true};
}
