/** A trace that has just happened may still be arriving. */
import type {TraceResponse} from '@weft/server/api-types';

/** Exporters send within seconds; half a minute after its end a trace is taken to be whole. */
const SETTLED_AFTER = 30_000;
/** Larger ones are not read again by themselves. */
const LARGE = 5_000;

export function mayGrow(trace: TraceResponse, now: number): boolean {
  const end = Number((BigInt(trace.startUnixNano) + BigInt(trace.durationNano)) / 1_000_000n);
  return trace.spans.spanId.length < LARGE && now - end < SETTLED_AFTER;
}

/** Spans are only added, never changed: as many as before are the same ones. */
export function isSameTrace(before: TraceResponse | undefined, now: TraceResponse): boolean {
  return (
    before !== undefined && before.traceId === now.traceId && before.spans.spanId.length === now.spans.spanId.length
  );
}
