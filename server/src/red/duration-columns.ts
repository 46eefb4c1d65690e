/**
 * The histograms of many series, in columns by the number of the series: explicit buckets in one array for all, or an exponential
 * histogram each. Counting in a known series allocates nothing.
 */
import {enlarged} from '../base/index.ts';
import {ExponentialHistogram} from './exponential-histogram.ts';
import {moveColumn, moveList} from './key-table.ts';

export type DurationShape =
  /** Upper bounds, ascending; each belongs to the bucket below it. */
  | {readonly kind: 'explicit'; readonly bounds: Float64Array}
  | {readonly kind: 'exponential'; readonly maxSize: number}
  | {readonly kind: 'none'};

/** What one series has counted. */
export type Durations =
  | {readonly kind: 'explicit'; readonly count: number; readonly sum: number; readonly buckets: Float64Array}
  | {readonly kind: 'exponential'; readonly histogram: ExponentialHistogram}
  | {readonly kind: 'none'};

export class DurationColumns {
  readonly shape: DurationShape;
  readonly bounds: Float64Array;
  private readonly width: number;
  private sums = new Float64Array(0);
  private buckets = new Float64Array(0);
  private readonly exponentials: ExponentialHistogram[] = [];

  constructor(shape: DurationShape) {
    this.shape = shape;
    this.bounds = shape.kind === 'explicit' ? shape.bounds : new Float64Array(0);
    this.width = shape.kind === 'explicit' ? this.bounds.length + 1 : 0;
  }

  observe(id: number, duration: number, weight: number): void {
    const {width} = this;
    if (width > 0) {
      this.sums[id] = (this.sums[id] as number) + duration * weight;
      const at = id * width + bucketOf(this.bounds, duration);
      this.buckets[at] = (this.buckets[at] as number) + weight;
    } else this.exponentials[id]?.record(duration, weight);
  }

  /** A view: good until the next `observe`. */
  read(id: number): Durations {
    const {kind} = this.shape;
    if (kind === 'none') return {kind};
    if (kind === 'exponential') return {kind, histogram: this.exponentials[id] as ExponentialHistogram};
    const buckets = this.buckets.subarray(id * this.width, (id + 1) * this.width);
    return {kind, count: buckets.reduce((all, each) => all + each, 0), sum: this.sums[id] as number, buckets};
  }

  /** The same for the caller to keep; the series counts from nothing again. */
  take(id: number): Durations {
    const read = this.read(id);
    const own = read.kind === 'explicit' ? {...read, buckets: read.buckets.slice()} : read;
    this.zero(id);
    return own;
  }

  /** Adds what was taken. */
  giveBack(id: number, taken: Durations): void {
    if (taken.kind === 'exponential') this.exponentials[id]?.merge(taken.histogram);
    if (taken.kind !== 'explicit') return;
    this.sums[id] = (this.sums[id] as number) + taken.sum;
    for (let i = 0; i < taken.buckets.length; i++) {
      const at = id * this.width + i;
      this.buckets[at] = (this.buckets[at] as number) + (taken.buckets[i] as number);
    }
  }

  /** Begins a series, or begins it again. */
  zero(id: number): void {
    if (this.shape.kind === 'exponential') this.exponentials[id] = new ExponentialHistogram(this.shape.maxSize);
    if (this.shape.kind !== 'explicit') return;
    this.sums[id] = 0;
    this.buckets.fill(0, id * this.width, (id + 1) * this.width);
  }

  /** Makes room for series with numbers below `capacity`. */
  grow(capacity: number): void {
    if (this.shape.kind !== 'explicit') return;
    this.sums = enlarged(this.sums, capacity);
    this.buckets = enlarged(this.buckets, capacity * this.width);
  }

  /** Follows `KeyTable.retain`; `count` series are left. */
  move(moved: Int32Array, count: number): void {
    moveColumn(this.sums, moved);
    moveColumn(this.buckets, moved, this.width);
    moveList(this.exponentials, moved, count);
  }
}

/** The first bucket whose upper bound is not below the value. */
export function bucketOf(bounds: Float64Array, value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
