/** Traces whose spans stand far apart: nothing of what ran can be seen until the time between is left out of view. */
import type {Zoom} from '../urls/index.ts';
import type {Spans} from './trace-layout.ts';

/** A gap is worth words from this share of the trace on. */
const LARGE = 0.8;

/** The longest time in which no span ran, where that is most of the trace; nanoseconds after its start. */
export function idleGap({start, duration}: Spans, order: Int32Array | undefined, total: number): Zoom | undefined {
  let reached = 0;
  let gap: Zoom | undefined;
  for (let at = 0; at < start.length; at++) {
    const span = order?.[at] ?? at;
    const from = start[span]!;
    if (from - reached > (gap === undefined ? LARGE * total : gap.to - gap.from)) gap = {from: reached, to: from};
    reached = Math.max(reached, from + duration[span]!);
  }
  return gap;
}
