import type {TraceResponse} from '../api/index.ts';
import {type ClockSkew, clockSkew, withClocksAdjusted} from './clock-skew.ts';
import {ERROR, layOutTrace, type TraceLayout} from './trace-layout.ts';

/** A trace and everything that is worked out of it once. */
export interface TraceModel {
  /** As it is shown: spans of a clock that is wrong are moved, unless they are wanted as sent. */
  readonly trace: TraceResponse;
  readonly layout: TraceLayout;
  /** Nanoseconds from the first start to the last end, at least 1. */
  readonly total: number;
  readonly errors: number;
  /** The span that the trace is named by: the first true root, else the first orphan. Undefined in an empty trace. */
  readonly root: number | undefined;
  /** Undefined where no two clocks contradict each other. */
  readonly skew: ClockSkew | undefined;
  /** Whether `trace` is moved by `skew`. */
  readonly adjusted: boolean;
}

export function modelTrace(sent: TraceResponse, {asSent = false} = {}): TraceModel {
  const layoutAsSent = layOutTrace(sent.spans);
  const skew = clockSkew(sent, layoutAsSent);
  const adjusted = skew !== undefined && !asSent;
  const trace = adjusted ? withClocksAdjusted(sent, skew) : sent;
  const layout = adjusted ? layOutTrace(trace.spans, byStart(trace.spans.start)) : layoutAsSent;
  const {start, duration, status} = trace.spans;
  let total = Math.max(1, Number(trace.durationNano));
  let errors = 0;
  for (let span = 0; span < layout.count; span++) {
    const end = start[span]! + duration[span]!;
    if (end > total) total = end;
    if (status[span] === ERROR) errors++;
  }
  return {trace, layout, total, errors, root: layout.order[0], skew, adjusted};
}

function byStart(start: readonly number[]): Int32Array {
  return Int32Array.from(start.keys()).sort((a, b) => start[a]! - start[b]! || a - b);
}
