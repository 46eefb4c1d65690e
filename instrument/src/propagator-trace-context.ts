import {
  type Context,
  createContextKey,
  INVALID_SPANID,
  INVALID_TRACEID,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  type TraceState,
  trace,
} from '@opentelemetry/api';
import {isTracingSuppressed} from '@opentelemetry/core';
import {parseTraceState} from './trace-state.ts';

/** Sampled and random: the flags that W3C Trace Context level 2 defines; a sender must clear all others. */
const knownFlags = 0x03;
const randomFlag = 0x02;
/** The trace id that a caller said is random. The SDK's spans forget that flag; the trace must keep it. */
const randomTrace = createContextKey('weft.random-trace-id');

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
    const found = parent === undefined ? undefined : parseTraceParent(parent);
    if (found === undefined) return context;
    const state = getter.get(carrier, 'tracestate');
    const traceState =
      state === undefined ? undefined : parseTraceState(Array.isArray(state) ? state.join(',') : state);
    const {traceId, spanId, flags} = found;
    const base = (flags & randomFlag) === 0 ? context : context.setValue(randomTrace, traceId);
    return trace.setSpanContext(base, new ReceivedContext(traceId, spanId, flags, traceState));
  },
  fields: () => ['traceparent', 'tracestate'],
};

/** Two headers of that name are as bad as none. */
const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? (value.length === 1 ? value[0] : undefined) : value;

/** A caller's span context, read and found valid; a class, so that nobody needs to look again. */
class ReceivedContext implements SpanContext {
  readonly isRemote = true;
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly traceState?: TraceState;

  constructor(traceId: string, spanId: string, traceFlags: number, traceState: TraceState | undefined) {
    this.traceId = traceId;
    this.spanId = spanId;
    this.traceFlags = traceFlags;
    if (traceState !== undefined) this.traceState = traceState;
  }
}

/** Whether this propagator made it: its ids are then valid. */
export const isReceived = (spanContext: SpanContext): boolean => spanContext instanceof ReceivedContext;

type TraceParent = {readonly traceId: string; readonly spanId: string; readonly flags: number};

/** `00-<trace id>-<span id>-<flags>`. A later version may carry more behind the flags; version 00 may not, and ff is forbidden. */
function parseTraceParent(given: string): TraceParent | undefined {
  const text = isSpace(given.charCodeAt(0)) || isSpace(given.charCodeAt(given.length - 1)) ? trimSpace(given) : given;
  if (text.charCodeAt(2) !== dash || text.charCodeAt(35) !== dash || text.charCodeAt(52) !== dash) return undefined;
  if (!isHex(text, 0, 2) || !isHex(text, 3, 35) || !isHex(text, 36, 52) || !isHex(text, 53, 55)) return undefined;
  const version = text.slice(0, 2);
  if (version === 'ff') return undefined;
  if (text.length > 55 && (version === '00' || text.charCodeAt(55) !== dash)) return undefined;
  const traceId = text.slice(3, 35);
  const spanId = text.slice(36, 52);
  if (traceId === INVALID_TRACEID || spanId === INVALID_SPANID) return undefined;
  return {traceId, spanId, flags: Number.parseInt(text.slice(53, 55), 16) & knownFlags};
}

const dash = 0x2d;
const isSpace = (code: number): boolean => code === 0x20 || code === 0x09;
const trimSpace = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '');

/** Lower-case digits only, as the specification has it. False past the end of the text too. */
function isHex(text: string, from: number, to: number): boolean {
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index);
    if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return false;
  }
  return true;
}
