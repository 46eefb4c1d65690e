import {
  type Context,
  propagation,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import {isTracingSuppressed} from '@opentelemetry/core';
import {baggageLimits, encode, isToken, receivedEntries} from './baggage-wire.ts';

const traceHeader = 'uber-trace-id';
const baggagePrefix = 'uberctx-';

/**
 * Jaeger's own format: `uber-trace-id: TRACE:SPAN:PARENT:FLAGS` and a header `uberctx-KEY` per baggage entry. Reads what
 * Jaeger clients send (short ids, percent-encoded colons); writes full-length ids and parent 0. (The published
 * propagator is for an older API.)
 */
export const jaegerPropagator: TextMapPropagator = {
  inject(context: Context, carrier: unknown, setter: TextMapSetter) {
    if (isTracingSuppressed(context)) return;
    const span = trace.getSpanContext(context);
    if (span !== undefined && trace.isSpanContextValid(span)) {
      const flags = span.traceFlags & TraceFlags.SAMPLED;
      setter.set(carrier, traceHeader, `${span.traceId}:${span.spanId}:0:${flags}`);
    }
    for (const [key, {value}] of propagation.getBaggage(context)?.getAllEntries() ?? []) {
      if (isToken(key) && typeof value === 'string') setter.set(carrier, `${baggagePrefix}${key}`, encode(value));
    }
  },
  extract(context: Context, carrier: unknown, getter: TextMapGetter) {
    const header = first(getter.get(carrier, traceHeader));
    const withSpan = header === undefined ? context : extractSpan(context, decode(header));
    let baggage = propagation.getBaggage(withSpan) ?? propagation.createBaggage();
    let [count, bytes] = [0, 0];
    for (const key of getter.keys(carrier)) {
      if (!key.toLowerCase().startsWith(baggagePrefix) || key.length === baggagePrefix.length) continue;
      const value = first(getter.get(carrier, key));
      if (value === undefined) continue;
      bytes += key.length - baggagePrefix.length + value.length + 2;
      if (count === receivedEntries || bytes > baggageLimits.bytes) break;
      count++;
      baggage = baggage.setEntry(key.slice(baggagePrefix.length), {value: decode(value)});
    }
    return count > 0 ? propagation.setBaggage(withSpan, baggage) : withSpan;
  },
  fields: () => [traceHeader],
};

function extractSpan(context: Context, header: string): Context {
  const [, traceId, spanId, flags] =
    /^([0-9a-f]{1,32}):([0-9a-f]{1,16}):[0-9a-f]{0,16}:([0-9a-f]{1,2})$/i.exec(header.trim()) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return context;
  const spanContext = {
    traceId: traceId.toLowerCase().padStart(32, '0'),
    spanId: spanId.toLowerCase().padStart(16, '0'),
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
  };
  return trace.isSpanContextValid(spanContext) ? trace.setSpanContext(context, spanContext) : context;
}

const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
