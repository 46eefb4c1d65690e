/** Quantiles and shares of histograms whose buckets are series with the label `le`. */
import {goFloat} from '../base/index.ts';
import {isAlmost} from './almost.ts';
import type {Labels} from './labels.ts';
import type {Column} from './series.ts';

/** How many were at most `bound`. */
interface Bucket {
  readonly bound: number;
  count: number;
}

/** The series of one histogram: all labels but `le`. */
export interface BucketSeries {
  readonly labels: Labels;
  readonly buckets: {readonly bound: number; readonly column: Column}[];
}

const leAndName: ReadonlySet<string> = new Set(['le', '__name__']);

/** Histograms of series with buckets; series whose `le` is no number, with the text that it is. */
export function bucketSeries(columns: readonly Column[]): {histograms: BucketSeries[]; bad: Column[]} {
  const histograms = new Map<string, BucketSeries>();
  const bad: Column[] = [];
  for (const column of columns) {
    const bound = goFloat(column.labels.get('le'));
    if (bound === undefined || Number.isNaN(bound)) {
      bad.push(column);
      continue;
    }
    const labels = column.labels.withoutMetric().without(leAndName);
    let histogram = histograms.get(labels.key);
    if (histogram === undefined) {
      histogram = {labels, buckets: []};
      histograms.set(labels.key, histogram);
    }
    histogram.buckets.push({bound, column});
  }
  return {histograms: [...histograms.values()], bad};
}

/** Those that have a value at a moment, the least bound first, of equal bounds the sum; undefined where none is infinite. */
function bucketsAt({buckets}: BucketSeries, step: number): Bucket[] | undefined {
  const here = buckets
    .filter(({column}) => column.present[step] === 1)
    .map(({bound, column}) => ({bound, count: column.values[step] as number}))
    .sort((a, b) => (a.bound < b.bound ? -1 : a.bound > b.bound ? 1 : 0));
  if (here.at(-1)?.bound !== Number.POSITIVE_INFINITY) return undefined;
  const merged: Bucket[] = [];
  for (const bucket of here) {
    const last = merged.at(-1);
    if (last?.bound === bucket.bound) last.count += bucket.count;
    else merged.push(bucket);
  }
  return merged;
}

export const isThere = ({buckets}: BucketSeries, step: number): boolean =>
  buckets.some(({column}) => column.present[step] === 1);

/** Of counts that are equal but for what rounding does. */
const tolerance = 1e-12;

/** Counts that do not fall. Returns whether they had to be made so by more than rounding. */
function forceMonotonic(buckets: readonly Bucket[]): boolean {
  let forced = false;
  let before = (buckets[0] as Bucket).count;
  for (const bucket of buckets.slice(1)) {
    if (bucket.count === before) continue;
    if (isAlmost(before, bucket.count, tolerance)) bucket.count = before;
    else if (bucket.count < before) {
      bucket.count = before;
      forced = true;
    } else before = bucket.count;
  }
  return forced;
}

/** Between two bounds linearly; above the greatest finite bound that one. */
export function bucketQuantile(
  quantile: number,
  series: BucketSeries,
  step: number,
): {readonly value: number; readonly forced: boolean} {
  const none = {value: Number.NaN, forced: false};
  if (Number.isNaN(quantile)) return none;
  if (quantile < 0 || quantile > 1)
    return {value: quantile < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY, forced: false};
  const buckets = bucketsAt(series, step);
  if (buckets === undefined) return none;
  const forced = forceMonotonic(buckets);
  const all = (buckets.at(-1) as Bucket).count;
  if (buckets.length < 2 || all === 0) return {value: Number.NaN, forced};
  const rank = quantile * all;
  const found = buckets.slice(0, -1).findIndex(({count}) => count >= rank);
  const bucket = buckets[found];
  if (bucket === undefined) return {value: (buckets.at(-2) as Bucket).bound, forced};
  if (found === 0 && bucket.bound <= 0) return {value: bucket.bound, forced};
  const below = found === 0 ? {bound: 0, count: 0} : (buckets[found - 1] as Bucket);
  const share = (rank - below.count) / (bucket.count - below.count);
  return {value: below.bound + (bucket.bound - below.bound) * share, forced};
}

/** The share of the observations between two values. */
export function bucketFraction(lower: number, upper: number, series: BucketSeries, step: number): number {
  const buckets = bucketsAt(series, step);
  if (buckets === undefined) return Number.NaN;
  const all = (buckets.at(-1) as Bucket).count;
  if (all === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  return (Math.min(all, rankOf(upper, buckets)) - Math.min(all, rankOf(lower, buckets))) / all;
}

/** How many were at most a value. */
function rankOf(value: number, buckets: readonly Bucket[]): number {
  let below = {bound: (buckets[0] as Bucket).bound <= 0 ? Number.NEGATIVE_INFINITY : 0, count: 0};
  for (const bucket of buckets) {
    if (below.bound >= value) return below.count;
    if (bucket.bound > value) {
      if (below.bound === Number.NEGATIVE_INFINITY) return bucket.count;
      return below.count + ((bucket.count - below.count) * (value - below.bound)) / (bucket.bound - below.bound);
    }
    below = bucket;
  }
  return below.count;
}
