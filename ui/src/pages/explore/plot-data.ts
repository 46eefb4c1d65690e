/** What the plot of a search draws. */
import type {TraceHeatmapResponse, TraceSearchResponse, TraceSummary} from '../../api/index.ts';
import {type Extent, type HeatmapLayer, logExtent, type PointsLayer, type Tone} from '../../chart/index.ts';
import {nanosToMs} from '../../format/index.ts';

export interface TracePoints extends PointsLayer {
  /** Trace of each point, as an index into the response's list. */
  readonly trace: readonly number[];
}

export function tracePoints(data: TraceSearchResponse): TracePoints {
  const points = data.traces.map((trace, index) => ({
    x: nanosToMs(trace.startUnixNano) / 1000,
    y: Number(trace.durationNano),
    size: 2.4 + Math.min(4.5, Math.log10(trace.spans) * 1.1),
    tone: toneOf(trace),
    index,
  }));
  points.sort((a, b) => a.x - b.x);
  return {
    kind: 'points',
    x: points.map((point) => point.x),
    y: points.map((point) => point.y),
    size: points.map((point) => point.size),
    tone: points.map((point) => point.tone),
    trace: points.map((point) => point.index),
  };
}

/** A trace that is still arriving has no outcome yet. */
export function toneOf({state, outcome}: Pick<TraceSummary, 'state' | 'outcome'>): Tone {
  return state === 'arriving' ? 'neutral' : outcome === 'clean' ? 'plain' : outcome;
}

/** Points that lie below an extent moved to its lower edge. */
export const onEdge = (points: TracePoints, {min}: Extent): TracePoints => ({
  ...points,
  y: points.y.map((y) => Math.max(min, y)),
});

export function heatmapLayer(heatmap: TraceHeatmapResponse): HeatmapLayer {
  const {column, row, traces, failed} = heatmap.cells;
  return {
    kind: 'heatmap',
    start: nanosToMs(heatmap.startUnixNano) / 1000,
    width: Number(heatmap.columnNano) / 1e9,
    bounds: heatmap.bounds,
    column,
    row,
    amount: traces,
    failed,
  };
}

/**
 * Around all durations that are counted or drawn. The axis is logarithmic and has no 0: a trace without a duration, or one that ends
 * before it begins, lies on its lower edge and does not stretch it.
 */
export function durations(heatmap: TraceHeatmapResponse | undefined, points: PointsLayer): Extent {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  const take = (value: number): void => {
    if (value <= 0) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const y of points.y) take(y);
  for (const row of heatmap?.cells.row ?? []) {
    take(heatmap!.bounds[row]!);
    take(heatmap!.bounds[row + 1]!);
  }
  return high === 0 ? {min: 1e6, max: 1e9} : logExtent(low, high);
}
