/** What the plot of a search draws. */
import type {TraceHeatmapResponse, TraceSummary} from '../../api/index.ts';
import {type Extent, type HeatmapLayer, logExtent, type PointsLayer, type Tone} from '../../chart/index.ts';
import {nanosToMs} from '../../format/index.ts';

/** A trace as the plot draws and explains it. */
export interface PlotTrace {
  readonly traceId: string;
  readonly service: string;
  readonly name: string;
  readonly startUnixNano: string;
  readonly durationNano: number;
  readonly spans: number;
  readonly errors: number;
  readonly tone: Tone;
}

export const plotTrace = (trace: TraceSummary): PlotTrace => ({
  traceId: trace.traceId,
  service: trace.rootService,
  name: trace.rootName,
  startUnixNano: trace.startUnixNano,
  durationNano: Number(trace.durationNano),
  spans: trace.spans,
  errors: trace.errors,
  tone: toneOf(trace),
});

export interface TracePoints extends PointsLayer {
  /** Trace of each point. */
  readonly trace: readonly PlotTrace[];
}

export function tracePoints(traces: readonly PlotTrace[]): TracePoints {
  const points = traces.map((trace) => ({
    x: nanosToMs(trace.startUnixNano) / 1000,
    size: 2.4 + Math.min(4.5, Math.log10(Math.max(1, trace.spans)) * 1.1),
    trace,
  }));
  points.sort((a, b) => a.x - b.x);
  return {
    kind: 'points',
    x: points.map(({x}) => x),
    y: points.map(({trace}) => trace.durationNano),
    size: points.map(({size}) => size),
    tone: points.map(({trace}) => trace.tone),
    trace: points.map(({trace}) => trace),
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

/** Traces counted into equal columns of a time (milliseconds since 1970) and rows that are equally high on a logarithmic axis. */
export function countedPoints(
  points: TracePoints,
  {from, to}: {readonly from: number; readonly to: number},
  columns: number,
  rows: number,
): HeatmapLayer | undefined {
  const above = points.y.filter((y) => y > 0);
  if (above.length === 0 || to <= from) return undefined;
  const low = above.reduce((least, y) => Math.min(least, y));
  const high = above.reduce((most, y) => Math.max(most, y));
  // One duration has a row too; the last bound lies above the longest.
  const step = (Math.log(Math.max(high, low * 1.1) / low) * 1.001) / rows;
  const start = from / 1000;
  const width = (to - from) / 1000 / columns;
  const cells = new Map<number, {amount: number; failed: number}>();
  for (const [index, x] of points.x.entries()) {
    const column = Math.floor((x - start) / width);
    if (column < 0 || column >= columns) continue;
    const row = Math.max(0, Math.floor(Math.log(Math.max(low, points.y[index]!) / low) / step));
    const cell = cells.get(column * rows + row) ?? {amount: 0, failed: 0};
    cells.set(column * rows + row, cell);
    cell.amount++;
    if (points.tone[index] === 'failed') cell.failed++;
  }
  const all = [...cells];
  return {
    kind: 'heatmap',
    start,
    width,
    bounds: Array.from({length: rows + 1}, (_, row) => low * Math.exp(row * step)),
    column: all.map(([at]) => Math.floor(at / rows)),
    row: all.map(([at]) => at % rows),
    amount: all.map(([, {amount}]) => amount),
    failed: all.map(([, {failed}]) => failed),
  };
}

/**
 * Around all durations that are counted or drawn. The axis is logarithmic and has no 0: a trace without a duration, or one that ends
 * before it begins, lies on its lower edge and does not stretch it.
 */
export function durations(heatmap: HeatmapLayer | undefined, points: PointsLayer): Extent {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  const take = (value: number): void => {
    if (value <= 0) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const y of points.y) take(y);
  for (const row of heatmap?.row ?? []) {
    take(heatmap!.bounds[row]!);
    take(heatmap!.bounds[row + 1]!);
  }
  return high === 0 ? {min: 1e6, max: 1e9} : logExtent(low, high);
}
