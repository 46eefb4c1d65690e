/** The value of one point as an object, for processors that compute with what came before. */
import {
  type MetricBatch,
  metricType,
  pointHas,
  type RangeColumn,
  readDoubles,
  readNumbers,
  setNumbers,
} from '../model/index.ts';

interface Distribution {
  readonly count: bigint;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface Explicit extends Distribution {
  readonly kind: 'histogram';
  readonly bounds: readonly number[];
  readonly counts: readonly bigint[];
}

export interface Exponential extends Distribution {
  readonly kind: 'exponential';
  readonly scale: number;
  readonly zeroCount: bigint;
  readonly zeroThreshold: number;
  /** By the index of the bucket; none is 0. */
  readonly positive: ReadonlyMap<number, bigint>;
  readonly negative: ReadonlyMap<number, bigint>;
}

export type PointValue =
  | {readonly kind: 'int'; readonly value: bigint}
  | {readonly kind: 'double'; readonly value: number}
  | Explicit
  | Exponential;

/** Undefined where a point has none, or is of a type that does not add up. */
export function readPoint(batch: MetricBatch, row: number): PointValue | undefined {
  const {columns: p} = batch.points;
  const has = p.has.get(row);
  const distribution = (): Distribution => ({
    count: p.count.get(row),
    sum: (has & pointHas.sum) === 0 ? undefined : p.sum.getDouble(row),
    min: (has & pointHas.min) === 0 ? undefined : p.min.getDouble(row),
    max: (has & pointHas.max) === 0 ? undefined : p.max.getDouble(row),
  });
  switch (batch.metrics.columns.type.get(p.metric.get(row))) {
    case metricType.sum:
      if ((has & pointHas.int) !== 0) return {kind: 'int', value: p.value.getSigned(row)};
      return (has & pointHas.double) === 0 ? undefined : {kind: 'double', value: p.value.getDouble(row)};
    case metricType.histogram:
      return {
        kind: 'histogram',
        ...distribution(),
        bounds: readDoubles(batch, p.bounds, row),
        counts: readNumbers(batch, p.bucketCounts, row),
      };
    case metricType.exponentialHistogram: {
      const buckets = (offset: number, column: RangeColumn): ReadonlyMap<number, bigint> =>
        new Map(
          readNumbers(batch, column, row)
            .map((count, index) => [(offset | 0) + index, count] as const)
            .filter(([, count]) => count !== 0n),
        );
      return {
        kind: 'exponential',
        ...distribution(),
        scale: p.scale.get(row) | 0,
        zeroCount: p.zeroCount.get(row),
        zeroThreshold: p.zeroThreshold.getDouble(row),
        positive: buckets(p.positiveOffset.get(row), p.positiveCounts),
        negative: buckets(p.negativeOffset.get(row), p.negativeCounts),
      };
    }
    default:
      return undefined;
  }
}

/** Replaces the value of a point. */
export function writePoint(batch: MetricBatch, row: number, value: PointValue): void {
  const {columns: p} = batch.points;
  if (value.kind === 'int') return p.value.set(row, value.value);
  if (value.kind === 'double') return p.value.setDouble(row, value.value);
  p.count.set(row, value.count);
  for (const name of ['sum', 'min', 'max'] as const) {
    const given = value[name];
    if (given === undefined) p[name].clearRow(row);
    else p[name].setDouble(row, given);
    p.has.set(row, given === undefined ? p.has.get(row) & ~pointHas[name] : p.has.get(row) | pointHas[name]);
  }
  if (value.kind === 'histogram') return setNumbers(batch, p.bucketCounts, row, value.counts);
  p.scale.set(row, value.scale >>> 0);
  p.zeroCount.set(row, value.zeroCount);
  p.zeroThreshold.setDouble(row, value.zeroThreshold);
  const [positive, negative] = [dense(value.positive), dense(value.negative)];
  p.positiveOffset.set(row, positive.offset >>> 0);
  setNumbers(batch, p.positiveCounts, row, positive.counts);
  p.negativeOffset.set(row, negative.offset >>> 0);
  setNumbers(batch, p.negativeCounts, row, negative.counts);
}

function dense(buckets: ReadonlyMap<number, bigint>): {readonly offset: number; readonly counts: readonly bigint[]} {
  if (buckets.size === 0) return {offset: 0, counts: []};
  const indexes = [...buckets.keys()];
  const from = indexes.reduce((a, b) => Math.min(a, b));
  const to = indexes.reduce((a, b) => Math.max(a, b));
  return {offset: from, counts: Array.from({length: to - from + 1}, (_, index) => buckets.get(from + index) ?? 0n)};
}

export const sameBounds = (a: Explicit, b: Explicit): boolean =>
  a.counts.length === b.counts.length &&
  a.bounds.length === b.bounds.length &&
  a.bounds.every((bound, index) => bound === b.bounds[index]);

/** The same distribution in coarser buckets, and with a wider bucket around zero. */
export function coarsened(value: Exponential, scale: number, zeroThreshold: number): Exponential {
  const shift = value.scale - scale;
  let zeroCount = value.zeroCount;
  // A bucket that ends below the threshold holds what counts as zero.
  const base = 2 ** (2 ** -scale);
  const coarse = (buckets: ReadonlyMap<number, bigint>): Map<number, bigint> => {
    const out = new Map<number, bigint>();
    for (const [index, count] of buckets) {
      const at = Math.floor(index / 2 ** shift);
      if (zeroThreshold > value.zeroThreshold && base ** (at + 1) <= zeroThreshold) zeroCount += count;
      else out.set(at, (out.get(at) ?? 0n) + count);
    }
    return out;
  };
  const positive = coarse(value.positive);
  const negative = coarse(value.negative);
  return {...value, scale, zeroThreshold: Math.max(zeroThreshold, value.zeroThreshold), zeroCount, positive, negative};
}

/** `a + b`, bucket by bucket. */
export function sumOfBuckets(
  a: ReadonlyMap<number, bigint>,
  b: ReadonlyMap<number, bigint>,
  sign: 1n | -1n = 1n,
): Map<number, bigint> {
  const out = new Map(a);
  for (const [index, count] of b) {
    const sum = (out.get(index) ?? 0n) + sign * count;
    if (sum === 0n) out.delete(index);
    else out.set(index, sum);
  }
  return out;
}
