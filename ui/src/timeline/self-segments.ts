/** The parts of a bar in which the span itself worked, for drawing. */
import type {Spans, TraceLayout} from './trace-layout.ts';

/**
 * Parts of [from, to] (nanoseconds after the trace's start) in which `span` waited for a child, as shares 0 to 1 of that
 * range, in order; gaps narrower than `resolution` (a share) are closed, so that ten thousand children make no more parts than
 * there are pixels.
 */
export function coveredSegments(
  layout: TraceLayout,
  spans: Spans,
  span: number,
  from: number,
  to: number,
  resolution: number,
): readonly (readonly [number, number])[] {
  const length = to - from;
  const segments: [number, number][] = [];
  if (!(length > 0)) return segments;
  let open: [number, number] | undefined;
  for (let c = layout.firstChild[span]!; c < layout.firstChild[span + 1]!; c++) {
    const child = layout.children[c]!;
    const start = Math.max(0, (spans.start[child]! - from) / length);
    const end = Math.min(1, (spans.start[child]! + spans.duration[child]! - from) / length);
    if (start >= 1) break;
    if (end <= start) continue;
    if (open !== undefined && start <= open[1] + resolution) {
      if (end > open[1]) open[1] = end;
    } else {
      open = [start, end];
      segments.push(open);
    }
  }
  return segments;
}
