import {type Context, ROOT_CONTEXT, type SpanContext, type TimeInput, type TraceState, trace} from '@opentelemetry/api';

/**
 * A span context that somebody else made, such that it can be sent and passed on: `undefined` where its ids are none.
 * Anything odd beside the ids is left out.
 */
export function usableSpanContext(given: SpanContext | null | undefined): SpanContext | undefined {
  if (given == null) return undefined;
  const {traceId, spanId, traceFlags, traceState} = given;
  if (
    typeof traceId !== 'string' ||
    typeof spanId !== 'string' ||
    !trace.isSpanContextValid({traceId, spanId, traceFlags: 0})
  ) {
    return undefined;
  }
  if (Number.isInteger(traceFlags) && (traceState === undefined || isTraceState(traceState))) return given;
  return {
    traceId,
    spanId,
    traceFlags: Number.isInteger(traceFlags) ? traceFlags & 0xff : 0,
    ...(given.isRemote === true ? {isRemote: true} : {}),
    ...(isTraceState(traceState) ? {traceState} : {}),
  };
}

/** `context` with a span that can be sent, or without one: for propagators and log records. */
export function withUsableSpan(context: Context): Context {
  try {
    const given = trace.getSpanContext(context);
    const usable = usableSpanContext(given);
    if (usable === given) return context;
    return usable === undefined ? trace.deleteSpan(context) : trace.setSpanContext(context, usable);
  } catch {
    return ROOT_CONTEXT;
  }
}

function isTraceState(value: unknown): value is TraceState {
  try {
    return typeof (value as TraceState | undefined)?.serialize() === 'string';
  } catch {
    return false;
  }
}

/** Later than any time of a program; OTLP has nanoseconds in 64 bits. */
const latestSeconds = 1e10;

/** A time that OTLP can say, `undefined` for any other value: a number in ms, or seconds and nanoseconds. */
export function usableTime(given: TimeInput | undefined): number | [number, number] | undefined {
  try {
    if (Array.isArray(given)) {
      const [seconds, nanos] = given;
      if (given.length !== 2 || typeof seconds !== 'number' || typeof nanos !== 'number') return undefined;
      return seconds >= 0 && seconds < latestSeconds && nanos >= 0 && nanos < 1e9 ? [seconds, nanos] : undefined;
    }
    const millis = given instanceof Date ? given.getTime() : given;
    return typeof millis === 'number' && millis >= 0 && millis < latestSeconds * 1_000 ? millis : undefined;
  } catch {
    return undefined;
  }
}
