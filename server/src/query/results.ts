/** Answers that more than one API writes down, each in its own form. */
import type {TraceId, UnixNano} from '../base/index.ts';

export interface FoundTraces {
  readonly ids: readonly TraceId[];
  /** Whether older traces that fit were left out because of the limit. */
  readonly more: boolean;
}

export interface TraceSummary {
  readonly traceId: TraceId;
  /** Of the root span, or of the earliest one where the root has not arrived. */
  readonly rootService: string;
  readonly rootName: string;
  readonly rootArrived: boolean;
  readonly start: UnixNano;
  readonly durationNano: bigint;
  readonly spans: number;
  readonly errors: number;
  readonly services: readonly {readonly name: string; readonly spans: number; readonly errors: number}[];
}

/** A trace as a waterfall draws it. One entry a span in every array but `services` and `names`, ordered by start time. */
export interface TraceOutline {
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly services: readonly string[];
  readonly names: readonly string[];
  /** What tells one machine from another, '' where nothing does: see `hostOf`. */
  readonly hosts: readonly string[];
  /** 16 hexadecimal digits; the parent's is '' for a root. */
  readonly spanId: readonly string[];
  readonly parentSpanId: readonly string[];
  /** Index into `services`, `names`, `hosts`. */
  readonly service: readonly number[];
  readonly name: readonly number[];
  readonly host: readonly number[];
  readonly kind: readonly number[];
  readonly status: readonly number[];
  /** Nanoseconds after `startUnixNano`. */
  readonly start: readonly number[];
  readonly duration: readonly number[];
  readonly events: readonly number[];
  readonly links: readonly number[];
  /** Spans of the trace that were left out because of `maxSpans`. */
  readonly omitted: number;
}

/** Rate, errors and duration of every service's server and consumer spans. */
export interface Red {
  /** When the earliest span of any service within the range started; the range's start where there is none. */
  readonly coveredStart: UnixNano;
  readonly services: readonly ServiceRed[];
}

export interface ServiceRed {
  readonly name: string;
  readonly requests: number;
  readonly errors: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Calls from one service to another. */
export interface Call {
  readonly parent: string;
  readonly child: string;
  readonly calls: number;
}
