/** Aggregating the points of a metric that have the same attributes and time. */
import {type MetricBatch, metricType, pointHas, readDoubles, readNumbers, setNumbers} from '../model/index.ts';
import {readOwner} from './attributes.ts';
import type {Frame} from './frame.ts';
import {mustBeType, removePoints, setDouble, setInt} from './metric-rows.ts';
import {pointsOf} from './points.ts';
import {toJson} from './text.ts';

export const aggregations = ['sum', 'max', 'min', 'mean', 'median', 'count'] as const;
export type Aggregation = (typeof aggregations)[number];

const {gauge, sum, histogram, exponentialHistogram} = metricType;

/** Merges each group of points into its first; min, max, mean, median and count are of numbers only. */
export function aggregatePoints(frame: Frame, metric: number, aggregation: Aggregation, what: string): void {
  const batch = frame.batch as MetricBatch;
  const type = mustBeType(batch, metric, [gauge, sum, histogram, exponentialHistogram], what);
  const isDelta = type !== gauge && batch.metrics.columns.temporality.get(metric) === 1;
  const groups = new Map<string, number[]>();
  for (const point of pointsOf(batch, metric)) {
    const key = groupKey(frame, type, point, isDelta);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [point]);
    else group.push(point);
  }
  const gone = new Set<number>();
  for (const [first, ...others] of groups.values()) {
    if (first === undefined || others.length === 0) continue;
    if (type === gauge || type === sum) mergeNumbers(batch, first, others, aggregation);
    else for (const other of others) mergeDistribution(batch, type, first, other);
    earliestStart(batch, first, others);
    for (const other of others) gone.add(other);
  }
  removePoints(batch, gone);
}

function groupKey(frame: Frame, type: number, point: number, isDelta: boolean): string {
  const batch = frame.batch as MetricBatch;
  const {columns} = batch.points;
  const attributes = toJson(readOwner(frame, {column: () => columns.attributes, row: () => point}));
  const parts: unknown[] = [attributes, columns.time.get(point)];
  if (isDelta) parts.push(columns.start.get(point));
  if (type === histogram || type === exponentialHistogram) {
    const has = columns.has.get(point);
    parts.push(has & pointHas.min, has & pointHas.max, columns.flags.get(point));
  }
  if (type === histogram) parts.push(...readDoubles(batch, columns.bounds, point));
  if (type === exponentialHistogram) {
    parts.push(columns.scale.get(point), columns.positiveOffset.get(point), columns.negativeOffset.get(point));
  }
  return parts.join('\0');
}

function earliestStart(batch: MetricBatch, first: number, others: readonly number[]): void {
  const {start} = batch.points.columns;
  for (const other of others) if (start.get(other) < start.get(first)) start.set(first, start.get(other));
}

/** The first point's type of number is that of the result. */
function mergeNumbers(batch: MetricBatch, first: number, others: readonly number[], aggregation: Aggregation): void {
  const {has, value} = batch.points.columns;
  const isInt = (point: number): boolean => (has.get(point) & pointHas.int) !== 0;
  const all = [first, ...others];
  if (isInt(first)) {
    const ints = all.map((each) =>
      isInt(each) ? value.getSigned(each) : BigInt(Math.trunc(value.getDouble(each) || 0)),
    );
    return setInt(
      batch,
      first,
      combined(ints, aggregation, (a, b) => a + b, BigInt(all.length), 2n),
    );
  }
  const doubles = all.map((each) => (isInt(each) ? Number(value.getSigned(each)) : value.getDouble(each)));
  setDouble(
    batch,
    first,
    combined(doubles, aggregation, (a, b) => a + b, all.length, 2),
  );
}

const ordered = <N extends number | bigint>(list: readonly N[]): readonly N[] =>
  list.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));

function combined<N extends number | bigint>(
  list: readonly N[],
  aggregation: Aggregation,
  add: (a: N, b: N) => N,
  count: N,
  two: N,
): N {
  const total = (): N => list.reduce((a, b) => add(a, b));
  const divide = (a: N, by: N): N => ((a as number) / (by as number)) as N;
  switch (aggregation) {
    case 'sum':
      return total();
    case 'max':
      return ordered(list).at(-1) as N;
    case 'min':
      return ordered(list)[0] as N;
    case 'count':
      return count;
    case 'mean':
      return divide(total(), count);
    case 'median': {
      const all = ordered(list);
      const middle = Math.floor(all.length / 2);
      if (all.length % 2 === 1) return all[middle] as N;
      return divide(add(all[middle - 1] as N, all[middle] as N), two);
    }
  }
}

function mergeDistribution(batch: MetricBatch, type: number, into: number, from: number): void {
  const {columns} = batch.points;
  if (columns.count.get(from) === 0n) return;
  columns.count.set(into, columns.count.get(into) + columns.count.get(from));
  columns.sum.setDouble(into, columns.sum.getDouble(into) + columns.sum.getDouble(from));
  const has = columns.has.get(into);
  if ((has & pointHas.min) !== 0 && columns.min.getDouble(from) < columns.min.getDouble(into)) {
    columns.min.setDouble(into, columns.min.getDouble(from));
  }
  if ((has & pointHas.max) !== 0 && columns.max.getDouble(from) > columns.max.getDouble(into)) {
    columns.max.setDouble(into, columns.max.getDouble(from));
  }
  if (type === exponentialHistogram)
    columns.zeroCount.set(into, columns.zeroCount.get(into) + columns.zeroCount.get(from));
  for (const field of ['bucketCounts', 'positiveCounts', 'negativeCounts'] as const) {
    const range = columns[field];
    const a = readNumbers(batch, range, into);
    const b = readNumbers(batch, range, from);
    if (b.length === 0) continue;
    const longest = Array.from(
      {length: Math.max(a.length, b.length)},
      (_, index) => (a[index] ?? 0n) + (b[index] ?? 0n),
    );
    setNumbers(batch, range, into, longest);
  }
}
