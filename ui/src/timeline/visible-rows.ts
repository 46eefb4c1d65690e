/** Which rows of the waterfall show: collapsing and filtering, over a finished layout. */
import {ERROR, hasChildren, type Spans, type TraceLayout} from './trace-layout.ts';

/** Stands between the true roots and the spans whose parent is missing. */
export const ORPHANS_LABEL = -1;

/** The folded part, small enough for the address bar: everything from `depth` down, except the `toggled` span ids. */
export interface Folding {
  readonly depth: number | undefined;
  readonly toggled: readonly string[];
}
export const nothingFolded: Folding = {depth: undefined, toggled: []};

/** 1 for each span whose children are hidden. */
export function foldedSpans(layout: TraceLayout, folding: Folding): Uint8Array {
  const folded = new Uint8Array(layout.count);
  if (folding.depth !== undefined) {
    for (let span = 0; span < layout.count; span++) if (layout.depth[span]! >= folding.depth) folded[span] = 1;
  }
  for (const id of folding.toggled) {
    const span = layout.indexOf.get(id);
    if (span !== undefined) folded[span] = 1 - folded[span]!;
  }
  return folded;
}

/** Folds or unfolds one span. */
export function toggleFold(folding: Folding, spanId: string): Folding {
  const toggled = folding.toggled.includes(spanId)
    ? folding.toggled.filter((id) => id !== spanId)
    : [...folding.toggled, spanId];
  return {...folding, toggled};
}

/** Unfolds whatever hides `span`. The same object when nothing does. */
export function reveal(layout: TraceLayout, spans: Spans, folding: Folding, span: number): Folding {
  const folded = foldedSpans(layout, folding);
  let result = folding;
  for (let up = layout.parent[span]!; up >= 0; up = layout.parent[up]!) {
    if (folded[up] === 1) result = toggleFold(result, spans.spanId[up]!);
  }
  return result;
}

/**
 * The rows from top to bottom: spans, and ORPHANS_LABEL before the first orphan. With `errorsOnly`, failed spans and the way
 * down to them.
 */
export function visibleRows(layout: TraceLayout, spans: Spans, folded: Uint8Array, errorsOnly: boolean): Int32Array {
  const rows = new Int32Array(layout.count + 1);
  let length = 0;
  let labelled = false;
  for (let at = 0; at < layout.count; ) {
    const span = layout.order[at]!;
    if (errorsOnly && layout.errorsBelow[span] === 0 && spans.status[span] !== ERROR) {
      at += layout.size[span]!;
      continue;
    }
    if (at >= layout.firstOrphan && !labelled) {
      labelled = true;
      rows[length++] = ORPHANS_LABEL;
    }
    rows[length++] = span;
    at += folded[span] === 1 ? layout.size[span]! : 1;
  }
  return rows.slice(0, length);
}

/** The next visible row up or down from `span` that fits, or undefined. Wraps around. */
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
    const self = layout.self[span]!;
    if (self === 0 || (ranked.length === count && self <= layout.self[ranked[count - 1]!]!)) continue;
    const at = ranked.findIndex((other) => layout.self[other]! < self);
    ranked.splice(at < 0 ? ranked.length : at, 0, span);
    if (ranked.length > count) ranked.pop();
  }
  return Int32Array.from(ranked);
}

/** The deepest depth at which some span can still be folded. */
export function foldableDepth(layout: TraceLayout): number {
  let deepest = 0;
  for (let span = 0; span < layout.count; span++) {
    if (layout.depth[span]! > deepest && hasChildren(layout, span)) deepest = layout.depth[span]!;
  }
  return deepest;
}
