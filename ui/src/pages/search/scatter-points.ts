/** Where the traces stand in the scatter plot. */
import type {TraceSearchResponse} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';

export interface Points {
  /** Seconds since 1970, ascending, and nanoseconds, at least 1 (the axis is logarithmic). */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Trace of each point, as an index into the response's list. */
  readonly trace: readonly number[];
}

export function scatterPoints(data: TraceSearchResponse): Points {
  const points = data.traces.map((trace, index) => ({
    x: nanosToMs(trace.startUnixNano) / 1000,
    y: Math.max(1, Number(trace.durationNano)),
    index,
  }));
  points.sort((a, b) => a.x - b.x);
  return {
    x: points.map((point) => point.x),
    y: points.map((point) => point.y),
    trace: points.map((point) => point.index),
  };
}

/**
 * The time to show, in seconds: the range that was asked for; but only from the oldest trace on where older ones were left out,
 * so that a short busy end is not squeezed against the edge.
 */
export function timeExtent(points: Points, from: number, to: number, more: boolean): [number, number] {
  const first = points.x[0];
  const last = points.x.at(-1);
  if (!more || first === undefined || last === undefined) return [from / 1000, to / 1000];
  const end = Math.min(to / 1000, last + (last - first) * 0.02);
  return [first - Math.max(0.05, (end - first) * 0.02), Math.max(end, first + 0.1)];
}

/** A third of a decade around the durations, and at least one decade in all. */
export function durationExtent(points: Points): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const y of points.y) {
    if (y < low) low = y;
    if (y > high) high = y;
  }
  if (high === 0) return [1e6, 1e9];
  const widen = Math.max(1.6, Math.sqrt((10 * low) / high));
  return [low / widen, high * widen];
}

/** Round marks on a logarithmic axis: powers of ten, with 3s between when there are few. */
export function logTicks(low: number, high: number): number[] {
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  const steps = to - from > 3 ? [1] : [1, 3];
  const ticks: number[] = [];
  for (let power = from; power <= to; power++) {
    for (const step of steps) {
      const value = step * 10 ** power;
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return ticks;
}

/** The nearest point within `reach` pixels of a place, as an index, or -1. */
export function nearestPoint(
  points: Points,
  place: (index: number) => readonly [number, number],
  x: number,
  y: number,
  reach: number,
): number {
  let best = -1;
  let least = reach * reach;
  for (let index = 0; index < points.x.length; index++) {
    const [px, py] = place(index);
    const distance = (px - x) ** 2 + (py - y) ** 2;
    if (distance <= least) {
      least = distance;
      best = index;
    }
  }
  return best;
}
