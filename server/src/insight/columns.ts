/**
 * A trace as insight reads it: one entry a span in every array, by start time. The page's `TraceResponse` and the batch of a whole
 * trace (`trace.ts`) both fit, so that what the page draws and what the API says of a trace is worked out by the same code.
 */
export interface SpanColumns {
  readonly spanId: readonly string[];
  /** '' for a root. The parent may be missing from the trace. */
  readonly parentSpanId: readonly string[];
  /** Index into `services`, `hosts`. */
  readonly service: readonly number[];
  readonly host: readonly number[];
  /** 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: readonly number[];
  /** 0 unset, 1 ok, 2 error. */
  readonly status: readonly number[];
  /** Nanoseconds after the trace's start, and length in nanoseconds; never negative. */
  readonly start: readonly number[];
  readonly duration: readonly number[];
}

export interface TraceColumns {
  readonly services: readonly string[];
  /** Machines; '' stands for a resource that names none. */
  readonly hosts: readonly string[];
  readonly spans: SpanColumns;
}

export const INTERNAL = 1;
export const SERVER = 2;
export const CLIENT = 3;
export const PRODUCER = 4;
export const CONSUMER = 5;
export const ERROR = 2;
