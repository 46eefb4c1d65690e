import {byStart, type ClockSkew, clockSkew, moveStarts} from '@weft/server/trace-shape';
import type {TraceResponse} from '../api/index.ts';
import type {Zoom} from '../urls/index.ts';
import {idleGap} from './idle-gap.ts';
import {ERROR, layOutTrace, type TraceLayout} from './trace-layout.ts';

/** A trace and everything that is worked out of it once. */
export interface TraceModel {
  /** As it is shown: spans of a clock that is wrong are moved, unless they are wanted as sent. */
  readonly trace: TraceResponse;
  readonly layout: TraceLayout;
  /** Spans by start, where they do not come so. */
  readonly byStart: Int32Array | undefined;
  /** Nanoseconds from the first start to the last end. */
  readonly duration: number;
  /** As `duration`, but at least 1: what shares of the trace are of. */
  readonly total: number;
  /** Most of the trace, where nothing ran in it. */
  readonly gap: Zoom | undefined;
  /** Spans that were sent with an end before their start, and by how many nanoseconds. */
  readonly endsBeforeStart: ReadonlyMap<number, number>;
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
  const inOrder = adjusted ? byStart(trace.spans.start) : undefined;
  const layout = adjusted ? layOutTrace(trace.spans, inOrder) : layoutAsSent;
  const {start, duration, status} = trace.spans;
  let length = Number(trace.durationNano);
  let errors = 0;
  for (let span = 0; span < layout.count; span++) {
    const end = start[span]! + duration[span]!;
    if (end > length) length = end;
    if (status[span] === ERROR) errors++;
  }
  const total = Math.max(1, length);
  return {
    trace,
    layout,
    byStart: inOrder,
    duration: length,
    total,
    gap: idleGap(trace.spans, inOrder, total),
    endsBeforeStart: new Map(trace.endsBeforeStart),
    errors,
    root: layout.order[0],
    skew,
    adjusted,
  };
}

/** The trace as it is shown: spans moved, its start and duration with them. */
export function withClocksAdjusted(trace: TraceResponse, skew: ClockSkew): TraceResponse {
  const {start, movedStart, duration} = moveStarts(trace.spans, skew);
  return {
    ...trace,
    startUnixNano: String(BigInt(trace.startUnixNano) + BigInt(movedStart)),
    durationNano: String(duration),
    spans: {...trace.spans, start},
  };
}
