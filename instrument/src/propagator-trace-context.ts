import {type Context, type TextMapGetter, type TextMapPropagator, type TextMapSetter, trace} from '@opentelemetry/api';
import {W3CTraceContextPropagator} from '@opentelemetry/core';

const official = new W3CTraceContextPropagator();

/** Sampled and random: the flags that W3C Trace Context level 2 defines; a sender must clear all others. */
const knownFlags = 0x03;

/**
 * OpenTelemetry's W3C Trace Context propagator, stricter where that one lets an unknown flag of the caller's through
 * (which would make the header malformed).
 */
export const traceContextPropagator: TextMapPropagator = {
  inject: (context: Context, carrier: unknown, setter: TextMapSetter) => official.inject(context, carrier, setter),
  extract(context: Context, carrier: unknown, getter: TextMapGetter) {
    const extracted = official.extract(context, carrier, getter);
    const span = extracted === context ? undefined : trace.getSpanContext(extracted);
    if (span === undefined || (span.traceFlags & ~knownFlags) === 0) return extracted;
    return trace.setSpanContext(extracted, {...span, traceFlags: span.traceFlags & knownFlags});
  },
  fields: () => official.fields(),
};
