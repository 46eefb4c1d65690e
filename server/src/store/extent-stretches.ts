/**
 * Bounds of every 512 rows of `ExtentRows`: with them a question passes over the rows that cannot be in its answer. They hold of the
 * rows of a stretch and, with all their rows, of the traces whose first row is in it. What is let go does not lower them.
 */
import {enlarged} from '../base/index.ts';

export type ExtentValue = 'duration' | 'spans' | 'errors';

export const rowsOfStretch = 512;

const noBucket = 0xffff_ffff;

/** A row, or a whole trace. */
export interface Bounded {
  /** The earliest and the latest. */
  firstBucket: number;
  lastBucket: number;
  startHigh: number;
  endHigh: number;
  duration: number;
  spans: number;
  errors: number;
}

/** What a trace may have of which nothing is known. */
export const unbounded: Readonly<Bounded> = {
  ...{firstBucket: 0, lastBucket: 0xffff_ffff, startHigh: 0xffff_ffff, endHigh: 0xffff_ffff},
  ...{duration: Number.POSITIVE_INFINITY, spans: Number.POSITIVE_INFINITY, errors: Number.POSITIVE_INFINITY},
};

export class ExtentStretches {
  /** The greatest that a trace has. */
  readonly most: Record<ExtentValue, Float64Array> = {
    duration: new Float64Array(0),
    spans: new Float64Array(0),
    errors: new Float64Array(0),
  };
  /** The greatest upper halves of times. */
  startHigh = new Uint32Array(0);
  private endHigh = new Uint32Array(0);
  private firstBucket = new Uint32Array(0);
  private lastBucket = new Uint32Array(0);

  raise(row: number, {firstBucket, lastBucket, startHigh, endHigh, duration, spans, errors}: Readonly<Bounded>): void {
    const stretch = Math.floor(row / rowsOfStretch);
    const {most} = this;
    raised(most.duration, stretch, duration);
    raised(most.spans, stretch, spans);
    raised(most.errors, stretch, errors);
    raised(this.startHigh, stretch, startHigh);
    raised(this.endHigh, stretch, endHigh);
    raised(this.lastBucket, stretch, lastBucket);
    if (firstBucket < (this.firstBucket[stretch] as number)) this.firstBucket[stretch] = firstBucket;
  }

  /** For so many rows. */
  resize(rows: number): void {
    const count = Math.ceil(rows / rowsOfStretch);
    const {most, firstBucket} = this;
    for (const name of extentValues) most[name] = enlarged(most[name], count);
    for (const name of highest) this[name] = enlarged(this[name], count);
    this.firstBucket = enlarged(firstBucket, count).fill(noBucket, firstBucket.length);
  }

  /** Whether rows of a stretch may be of buckets from `first` to `last`. */
  hasBuckets(stretch: number, first: number, last: number): boolean {
    return (this.firstBucket[stretch] as number) <= last && (this.lastBucket[stretch] as number) >= first;
  }

  /** Whether rows of a stretch may end at this upper half of a time or later. */
  endsFrom(stretch: number, high: number): boolean {
    return (this.endHigh[stretch] as number) >= high;
  }

  /** In the order of an order over traces: those that may have the greatest value first, of equal ones the latest start. */
  byMost(stretches: number[], value: ExtentValue): number[] {
    const {startHigh} = this;
    const most = this.most[value];
    // Of two without a bound, the difference is no number, and the starts decide.
    return stretches.sort(
      (a, b) => (most[b] as number) - (most[a] as number) || (startHigh[b] as number) - (startHigh[a] as number),
    );
  }
}

const extentValues: readonly ExtentValue[] = ['duration', 'spans', 'errors'];
const highest = ['startHigh', 'endHigh', 'lastBucket'] as const;

function raised(values: Float64Array | Uint32Array, at: number, value: number): void {
  if (value > (values[at] as number)) values[at] = value;
}
