/**
 * Which spans of a trace are looked at, and why: apart from how the trace is shown, so that every view can mark the same spans and
 * every way of choosing them can be stepped through and filtered by in the same way. See docs/decisions/0046.
 */
import {criticalPath} from '@weft/server/trace-shape';
import type {SelectReason} from '../urls/index.ts';
import {ERROR, type Spans, type TraceLayout} from './trace-layout.ts';
import type {TraceModel} from './trace-model.ts';

/** `find` comes from a field of its own, `finding` from the explanation. */
export type Reason = SelectReason | 'find' | 'finding';

export interface Selection {
  readonly why: Reason;
  /** In the order in which they are stepped through. */
  readonly spans: Int32Array;
  /** 1 for each of them. */
  readonly marks: Uint8Array;
  /** Whether `spans` come by rank; otherwise as drawn, and a step goes on from where one stands. */
  readonly ranked: boolean;
  /** Of the critical path: when each span was waited for. */
  readonly parts?: ReadonlyMap<number, readonly (readonly [from: number, to: number])[]>;
}

const choosers: Readonly<Record<SelectReason, (model: TraceModel) => Partial<Selection>>> = {
  errors: ({layout, trace}) => ({spans: failedSpans(layout, trace.spans)}),
  origins: ({layout, trace}) => ({spans: errorOrigins(layout, trace.spans)}),
  work: ({layout}) => ({spans: longestWork(layout), ranked: true}),
  path: ({trace, layout}) => criticalPath(trace.spans, layout),
};

export function chooseSpans(model: TraceModel, why: SelectReason): Selection {
  const {spans = new Int32Array(0), ...rest} = choosers[why](model);
  return {...selectionOf(model.layout, why, spans), ...rest};
}

/** `spans` in drawing order. */
export function selectionOf(layout: TraceLayout, why: Reason, spans: Int32Array): Selection {
  const marks = new Uint8Array(layout.count);
  for (const span of spans) marks[span] = 1;
  return {why, spans, marks, ranked: false};
}

/** Where in the selection a span stands; -1 where it does not. */
export function placeIn(selection: Selection, span: number | undefined): number {
  return span === undefined || selection.marks[span] !== 1 ? -1 : selection.spans.indexOf(span);
}

/** The span to go to from `from`, round and round. */
export function stepIn(
  {spans, marks, ranked}: Selection,
  layout: TraceLayout,
  from: number | undefined,
  step: 1 | -1,
): number | undefined {
  if (!ranked) return nextSpan(spans, layout, from, step);
  const at = from === undefined || marks[from] !== 1 ? -1 : spans.indexOf(from);
  if (at < 0) return spans[step === 1 ? 0 : spans.length - 1];
  return spans[(at + step + spans.length) % spans.length];
}

/** The next of `candidates` (in drawing order) down or up from `span`. Wraps around. */
export function nextSpan(
  candidates: Int32Array,
  layout: TraceLayout,
  from: number | undefined,
  step: 1 | -1,
): number | undefined {
  if (candidates.length === 0) return undefined;
  const here = from === undefined ? (step === 1 ? -1 : layout.count) : layout.position[from]!;
  let low = 0;
  let high = candidates.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (layout.position[candidates[middle]!]! < here + (step === 1 ? 1 : 0)) low = middle + 1;
    else high = middle;
  }
  const index = step === 1 ? low : low - 1;
  return candidates[(index + candidates.length) % candidates.length];
}

/** Failed spans in drawing order. */
export function failedSpans(layout: TraceLayout, spans: Spans): Int32Array {
  return layout.order.filter((span) => spans.status[span] === ERROR);
}

/** Failed spans below which nothing failed, in drawing order: where errors began. */
export function errorOrigins(layout: TraceLayout, spans: Spans): Int32Array {
  return layout.order.filter((span) => spans.status[span] === ERROR && layout.errorsBelow[span] === 0);
}

/** The spans that worked longest themselves, the longest first: where the time went. */
export function longestWork(layout: TraceLayout, count = 20): Int32Array {
  const ranked: number[] = [];
  for (const span of layout.order) {
    const work = layout.work[span]!;
    if (work === 0 || (ranked.length === count && work <= layout.work[ranked[count - 1]!]!)) continue;
    const at = ranked.findIndex((other) => layout.work[other]! < work);
    ranked.splice(at < 0 ? ranked.length : at, 0, span);
    if (ranked.length > count) ranked.pop();
  }
  return Int32Array.from(ranked);
}
