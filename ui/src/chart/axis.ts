/** Arithmetic of axes and of places on them. */
import type {Extent, PointsLayer, Selection} from './layers.ts';

/** A third of a decade around values above 0, and at least one decade in all, for a logarithmic axis. */
export function logExtent(low: number, high: number): Extent {
  const widen = Math.max(1.6, Math.sqrt((10 * low) / high));
  return {min: low / widen, max: high * widen};
}

/** The nearest point within `reach` pixels of a place, as an index, or -1. */
export function nearestPoint(
  points: PointsLayer,
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

/** A selection by keys: which columns of time, and which steps of the height; `low` 0 and `high` `rows` are the whole height. */
export interface Marked {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

/**
 * ← and → move the marked time, with Shift its end; ↑ and ↓ move the lower bound of the height, with Shift the upper one.
 * Undefined where the key does not belong to it. The first arrow marks the last tenth of the time.
 */
export function moveMarked(
  marked: Marked | undefined,
  key: string,
  shift: boolean,
  columns: number,
  rows: number,
): Marked | undefined {
  const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: 1, ArrowDown: -1}[key];
  if (step === undefined) return undefined;
  const now = marked ?? {from: Math.floor(columns * 0.9), to: columns, low: 0, high: rows};
  if (marked === undefined && !shift && (key === 'ArrowLeft' || key === 'ArrowRight')) return now;
  const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    if (shift) return {...now, to: clamp(now.to + step, now.from + 1, columns)};
    const by = clamp(step, -now.from, columns - now.to);
    return {...now, from: now.from + by, to: now.to + by};
  }
  if (shift) return {...now, high: clamp(now.high + step, now.low + 1, rows)};
  return {...now, low: clamp(now.low + step, 0, now.high - 1)};
}

/** The marked part in the units of the axes. */
export function markedSelection(
  {from, to, low, high}: Marked,
  columns: number,
  rows: number,
  x: Extent,
  y: Extent & {readonly log: boolean},
): Selection {
  const across = (column: number): number => x.min + ((x.max - x.min) * column) / columns;
  const up = (row: number): number =>
    y.log ? y.min * (y.max / y.min) ** (row / rows) : y.min + ((y.max - y.min) * row) / rows;
  return {x: [across(from), across(to)], y: low === 0 && high === rows ? undefined : [up(low), up(high)]};
}
