/**
 * Where in time a row belongs. Tables have a partition a day and one for everything else: a few stray times must not make
 * hundreds of parts, which cost an INSERT half a minute. See docs/decisions/0038-times-out-of-place.md.
 */
import type {Clock} from '../base/index.ts';
import type {AnyBatch, Lent, Signal} from '../model/index.ts';
import type {Retention} from './retention.ts';

/** The place of a row. */
export const place = {
  /** In the partition of its day. */
  day: 0,
  /** In the one for the rest: its day is far from now. */
  stray: 1,
  /** Nowhere: the retention would remove it at once. */
  expired: 2,
} as const;

export interface Placed {
  /** A `place` for each row; undefined where every row goes to its day. */
  readonly places: Uint8Array | undefined;
  readonly expired: number;
}

/** Rows of a batch to places. Every row of now costs a comparison. */
export type Placement = (batch: Lent<AnyBatch>) => Placed;

const dayMs = 86_400_000;
/** Nanoseconds of one unit of the upper half of a 64-bit time: 4.3 s, fine enough here. */
const unitMs = 2 ** 32 / 1e6;

/** Days of the past that have their own partition beside yesterday, today and tomorrow, and how soon one gives way to another. */
const pastDays = 8;
const pastDayMs = 10_000;

export function createPlacement(
  signal: Signal,
  retention: Retention,
  clock: Clock,
  monotonic: () => number = () => performance.now(),
): Placement {
  const keptMs = retention[signal] ?? Number.POSITIVE_INFINITY;
  const hasPlace = createDayBudget(monotonic);
  return (batch) => {
    const now = clock.now();
    const cutoff = Math.floor((now - keptMs) / unitMs);
    const from = Math.max(cutoff, Math.floor((now - dayMs) / unitMs));
    const to = Math.ceil((now + dayMs) / unitMs);
    const times = timesOf(batch, Math.floor(now / unitMs));
    let places: Uint8Array | undefined;
    let expired = 0;
    for (let row = 0; row < batch.items.count; row++) {
      const upper = times(row);
      if (upper >= from && upper < to) continue;
      const where = upper < cutoff ? place.expired : upper < to && hasPlace(upper) ? place.day : place.stray;
      if (where === place.day) continue;
      places ??= new Uint8Array(batch.items.count);
      places[row] = where;
      if (where === place.expired) expired++;
    }
    return {places, expired};
  };
}

/** Whether a day of the past may have a partition of its own. One that imports old data has it; one that scatters has not. */
function createDayBudget(monotonic: () => number): (upper: number) => boolean {
  /** Since when each has its place. */
  const days = new Map<number, number>();
  return (upper) => {
    const day = Math.floor((upper * unitMs) / dayMs);
    if (days.has(day)) return true;
    if (days.size >= pastDays) {
      const [oldest, since] = days.entries().next().value as [number, number];
      if (monotonic() - since < pastDays * pastDayMs) return false;
      days.delete(oldest);
    }
    days.set(day, monotonic());
    return true;
  };
}

/** The upper 32 bits of the time that a row is kept by. */
function timesOf(batch: Lent<AnyBatch>, now: number): (row: number) => number {
  switch (batch.signal) {
    case 'traces':
      return upperOf(batch.spans.columns.start.words);
    case 'metrics':
      return upperOf(batch.points.columns.time.words);
    case 'logs': {
      const {time, observedTime} = batch.logs.columns;
      const [happened, observed] = [upperOf(time.words), upperOf(observedTime.words)];
      // One that has neither time gets that of its arrival.
      return (row) => happened(row) || observed(row) || now;
    }
  }
}

const upperOf =
  (words: Uint32Array) =>
  (row: number): number =>
    words[2 * row + 1] as number;
