/** Buckets of exponential histograms put into explicit ones, and explicit ones merged. */
import {type MetricBatch, metricType, readDoubles, readNumbers, setNumbers} from '../model/index.ts';
import {pointsOf} from './points.ts';

/** Puts `count` observations between `lower` and `upper` into the buckets of `bounds`. */
export type Distribution = (
  count: bigint,
  lower: number,
  upper: number,
  bounds: readonly number[],
  into: bigint[],
) => void;

function add(into: bigint[], at: number, count: bigint): void {
  into[at] = (into[at] as bigint) + count;
}

/** The bucket that a value falls into; the last one is beyond all bounds. */
function bucketOf(value: number, bounds: readonly number[]): number {
  const found = bounds.findIndex((bound) => value <= bound);
  return found < 0 ? bounds.length : found;
}

const upper: Distribution = (count, _, high, bounds, into) => add(into, bucketOf(high, bounds), count);
const midpoint: Distribution = (count, low, high, bounds, into) => add(into, bucketOf((low + high) / 2, bounds), count);

/** The buckets that an exponential bucket reaches into. */
function reached(low: number, high: number, bounds: readonly number[]): readonly [from: number, to: number] {
  const from = bucketOf(low, bounds);
  return [from, Math.max(from, bucketOf(high, bounds))];
}

const uniform: Distribution = (count, low, high, bounds, into) => {
  const [from, to] = reached(low, high, bounds);
  const buckets = BigInt(to - from + 1);
  let rest = count % buckets;
  for (let at = from; at <= to; at++) {
    add(into, at, count / buckets + (rest > 0n ? 1n : 0n));
    if (rest > 0n) rest--;
  }
};

/** A share of each bucket's part by chance, and what is left by chance too. */
const random: Distribution = (count, low, high, bounds, into) => {
  const [from, to] = reached(low, high, bounds);
  let left = count;
  for (let at = from; at < to; at++) {
    const start = Math.max(low, at === 0 ? low : (bounds[at - 1] as number));
    const share = high > low ? (Math.min(high, bounds[at] as number) - start) / (high - low) : 0;
    const part = BigInt(Math.floor(Math.random() * Number(count) * share));
    const taken = part < left ? part : left;
    add(into, at, taken);
    left -= taken;
  }
  add(into, from + Math.floor(Math.random() * (to - from + 1)), left);
};

export const distributions: Readonly<Record<string, Distribution>> = {upper, midpoint, uniform, random};

/** Makes the metric an explicit histogram. Its buckets of negative values, which that cannot hold, are left out. */
export function toExplicit(
  batch: MetricBatch,
  metric: number,
  distribute: Distribution,
  bounds: readonly number[],
): void {
  if (batch.metrics.columns.type.get(metric) !== metricType.exponentialHistogram) return;
  const {columns} = batch.points;
  for (const point of pointsOf(batch, metric)) {
    const into = new Array<bigint>(bounds.length + 1).fill(0n);
    const factor = Math.LN2 * 2 ** -(columns.scale.get(point) | 0);
    const offset = columns.positiveOffset.get(point) | 0;
    if (bounds[0] === 0) add(into, 0, columns.zeroCount.get(point));
    for (const [index, count] of readNumbers(batch, columns.positiveCounts, point).entries()) {
      const at = offset + index;
      if (count > 0n) distribute(count, Math.exp(at * factor), Math.exp((at + 1) * factor), bounds, into);
    }
    setNumbers(batch, columns.bounds, point, bounds);
    setNumbers(batch, columns.bucketCounts, point, into);
    for (const field of [
      'scale',
      'zeroCount',
      'zeroThreshold',
      'positiveOffset',
      'positiveCounts',
      'negativeOffset',
      'negativeCounts',
    ] as const) {
      columns[field].clearRow(point);
    }
  }
  batch.metrics.columns.type.set(metric, metricType.histogram);
}

/** How near a bound must be to the one that is meant. */
const tolerance = 1e-12;

type Merge = (bounds: readonly number[]) => readonly number[] | undefined;

/** Makes the buckets of one point fewer: `merge` says after which bounds buckets stay apart. Other points than histograms' are left. */
export function mergeBuckets(batch: MetricBatch, point: number, merge: Merge): void {
  const {bounds: boundColumn, bucketCounts, metric} = batch.points.columns;
  if (batch.metrics.columns.type.get(metric.get(point)) !== metricType.histogram) return;
  const bounds = readDoubles(batch, boundColumn, point);
  const counts = readNumbers(batch, bucketCounts, point);
  if (counts.length !== bounds.length + 1) return;
  const kept = merge(bounds);
  if (kept === undefined) return;
  const merged = new Array<bigint>(kept.length + 1).fill(0n);
  for (const [index, count] of counts.entries()) {
    const place = kept.findIndex((bound) => index < bounds.length && (bounds[index] as number) <= bound);
    add(merged, place < 0 ? kept.length : place, count);
  }
  setNumbers(batch, boundColumn, point, kept);
  setNumbers(batch, bucketCounts, point, merged);
}

export const withoutBound =
  (bound: number): Merge =>
  (bounds) => {
    const at = bounds.findIndex((each) => Math.abs(each - bound) < tolerance);
    return at < 0 ? undefined : bounds.toSpliced(at, 1);
  };

/** Neighbours are merged in groups of the smallest size that leaves at most so many buckets. */
export const atMost =
  (most: number): Merge =>
  (bounds) => {
    const buckets = bounds.length + 1;
    const isOrdered = bounds.every((bound, index) => index === 0 || bound > (bounds[index - 1] as number));
    if (buckets <= most || !isOrdered) return undefined;
    const size = Math.ceil(buckets / most);
    return bounds.filter((_, index) => (index + 1) % size === 0);
  };
