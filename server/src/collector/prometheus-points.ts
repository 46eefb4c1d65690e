/** Metric points as objects, as the exporters to Prometheus work with them. */
import {toHex} from '../base/index.ts';
import {type Lent, type MetricBatch, metricType, pointHas, type RangeColumn, readDoubles} from '../model/index.ts';

export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
}

interface Distribution {
  readonly count: number;
  /** Undefined where the point has none, as where measurements may be negative. */
  readonly sum: number | undefined;
}

/** Counts of buckets from `offset` on. */
export interface Buckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

export type PointValue =
  | {readonly kind: 'number'; readonly value: number}
  | (Distribution & {
      readonly kind: 'histogram';
      readonly bounds: readonly number[];
      readonly counts: readonly number[];
    })
  | (Distribution & {
      readonly kind: 'exponential';
      readonly scale: number;
      readonly zeroCount: number;
      readonly zeroThreshold: number;
      readonly positive: Buckets;
      readonly negative: Buckets;
    })
  | (Distribution & {
      readonly kind: 'summary';
      readonly quantiles: readonly (readonly [quantile: number, value: number])[];
    });

export interface Point {
  readonly value: PointValue;
  readonly start: bigint;
  readonly time: bigint;
  readonly exemplars: readonly Exemplar[];
}

/** OTLP's flag of a point that says nothing but that there is nothing any more. */
export const hasNoValue = (batch: Lent<MetricBatch>, row: number): boolean =>
  (batch.points.columns.flags.get(row) & 1) !== 0;

export function readPoint(batch: Lent<MetricBatch>, row: number): Point {
  const {start, time} = batch.points.columns;
  return {
    value: readPointValue(batch, row),
    start: start.get(row),
    time: time.get(row),
    exemplars: readExemplars(batch, row),
  };
}

function readPointValue(batch: Lent<MetricBatch>, row: number): PointValue {
  const {columns} = batch.points;
  const type = batch.metrics.columns.type.get(columns.metric.get(row));
  if (type === metricType.gauge || type === metricType.sum) {
    const isInt = (columns.has.get(row) & pointHas.int) !== 0;
    return {kind: 'number', value: isInt ? Number(columns.value.getSigned(row)) : columns.value.getDouble(row)};
  }
  const count = columns.count.approximate(row);
  const hasSum = type === metricType.summary || (columns.has.get(row) & pointHas.sum) !== 0;
  const sum = hasSum ? columns.sum.getDouble(row) : undefined;
  const numbers = batch.numbers.columns.bits;
  const counts = (range: Pick<RangeColumn, 'from' | 'count'>): number[] =>
    Array.from({length: range.count(row)}, (_, i) => numbers.approximate(range.from(row) + i));
  if (type === metricType.histogram) {
    return {
      kind: 'histogram',
      count,
      sum,
      bounds: readDoubles(batch, columns.bounds, row),
      counts: counts(columns.bucketCounts),
    };
  }
  if (type === metricType.summary) {
    const {quantile, value} = batch.quantiles.columns;
    const {quantiles} = columns;
    const list = Array.from({length: quantiles.count(row)}, (_, i) => {
      const at = quantiles.from(row) + i;
      return [quantile.getDouble(at), value.getDouble(at)] as const;
    });
    return {kind: 'summary', count, sum, quantiles: list};
  }
  return {
    kind: 'exponential',
    count,
    sum,
    scale: columns.scale.get(row) | 0,
    zeroCount: columns.zeroCount.approximate(row),
    zeroThreshold: columns.zeroThreshold.getDouble(row),
    positive: {offset: columns.positiveOffset.get(row) | 0, counts: counts(columns.positiveCounts)},
    negative: {offset: columns.negativeOffset.get(row) | 0, counts: counts(columns.negativeCounts)},
  };
}

function readExemplars(batch: Lent<MetricBatch>, row: number): Exemplar[] {
  const {exemplars} = batch.points.columns;
  const {columns} = batch.exemplars;
  return Array.from({length: exemplars.count(row)}, (_, i) => {
    const at = exemplars.from(row) + i;
    const isInt = columns.has.get(at) === pointHas.int;
    return {
      traceId: columns.traceId.isEmpty(at) ? '' : toHex(columns.traceId.get(at)),
      spanId: columns.spanId.isEmpty(at) ? '' : toHex(columns.spanId.get(at)),
      value: isInt ? Number(columns.value.getSigned(at)) : columns.value.getDouble(at),
      time: columns.time.get(at),
    };
  });
}

/** `kind` as it becomes after a delta of the same kind was added; the delta alone where they cannot be added. */
export function addDelta(before: PointValue, delta: PointValue): PointValue {
  if (before.kind === 'number' && delta.kind === 'number') return {kind: 'number', value: before.value + delta.value};
  if (before.kind === 'histogram' && delta.kind === 'histogram') {
    const isSame =
      before.bounds.length === delta.bounds.length && before.bounds.every((bound, i) => bound === delta.bounds[i]);
    if (!isSame) return delta;
    return {
      ...delta,
      count: before.count + delta.count,
      sum: addSums(before.sum, delta.sum),
      counts: delta.counts.map((each, i) => each + (before.counts[i] ?? 0)),
    };
  }
  if (before.kind === 'exponential' && delta.kind === 'exponential') {
    const scale = Math.min(before.scale, delta.scale);
    const merge = (side: 'positive' | 'negative'): Buckets =>
      addBuckets(coarser(before[side], before.scale - scale), coarser(delta[side], delta.scale - scale));
    return {
      ...delta,
      scale,
      count: before.count + delta.count,
      sum: addSums(before.sum, delta.sum),
      zeroCount: before.zeroCount + delta.zeroCount,
      positive: merge('positive'),
      negative: merge('negative'),
    };
  }
  return delta;
}

const addSums = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

/** The same counts in buckets 2^`by` times as wide in their exponent. */
export function coarser({offset, counts}: Buckets, by: number): Buckets {
  if (by <= 0 || counts.length === 0) return {offset, counts};
  const first = offset >> by;
  const wide = Array<number>(((offset + counts.length - 1) >> by) - first + 1).fill(0);
  for (const [i, count] of counts.entries()) {
    const at = ((offset + i) >> by) - first;
    wide[at] = (wide[at] as number) + count;
  }
  return {offset: first, counts: wide};
}

function addBuckets(a: Buckets, b: Buckets): Buckets {
  if (a.counts.length === 0) return b;
  if (b.counts.length === 0) return a;
  const offset = Math.min(a.offset, b.offset);
  const end = Math.max(a.offset + a.counts.length, b.offset + b.counts.length);
  const counts = Array.from(
    {length: end - offset},
    (_, i) => (a.counts[offset + i - a.offset] ?? 0) + (b.counts[offset + i - b.offset] ?? 0),
  );
  return {offset, counts};
}

/** Upper bounds with how many values are not above them, ascending, without the last one (+Inf). */
export function cumulativeBuckets(
  value: Extract<PointValue, {kind: 'histogram' | 'exponential'}>,
): [le: number, count: number][] {
  const rows: [number, number][] = [];
  let sum = 0;
  if (value.kind === 'histogram') {
    for (const [i, bound] of value.bounds.entries()) {
      sum += value.counts[i] ?? 0;
      if (Number.isFinite(bound)) rows.push([bound, sum]);
    }
    return rows;
  }
  const {scale, positive, negative, zeroCount, zeroThreshold} = value;
  const bound = (index: number): number => 2 ** (index * 2 ** -scale);
  for (let i = negative.counts.length - 1; i >= 0; i--) {
    sum += negative.counts[i] as number;
    rows.push([-bound(negative.offset + i), sum]);
  }
  if (zeroCount > 0 || rows.length > 0) {
    sum += zeroCount;
    rows.push([zeroThreshold, sum]);
  }
  for (const [i, count] of positive.counts.entries()) {
    sum += count;
    rows.push([bound(positive.offset + i + 1), sum]);
  }
  return rows.filter(([le]) => Number.isFinite(le));
}
