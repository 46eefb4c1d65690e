import type {TraceResponse} from '../api/index.ts';
import {layOutTrace, type TraceLayout} from './trace-layout.ts';

/** A trace and everything that is worked out of it once. */
export interface TraceModel {
  readonly trace: TraceResponse;
  readonly layout: TraceLayout;
  /** Nanoseconds from the first start to the last end, at least 1. */
  readonly total: number;
  readonly errors: number;
  /** The span that the trace is named by: the first true root, else the first orphan. Undefined in an empty trace. */
  readonly root: number | undefined;
}

export function modelTrace(trace: TraceResponse): TraceModel {
  const layout = layOutTrace(trace.spans);
  const {start, duration, status} = trace.spans;
  let total = Math.max(1, Number(trace.durationNano));
  let errors = 0;
  for (let span = 0; span < layout.count; span++) {
    const end = start[span]! + duration[span]!;
    if (end > total) total = end;
    if (status[span] === 2) errors++;
  }
  return {trace, layout, total, errors, root: layout.order[0]};
}
