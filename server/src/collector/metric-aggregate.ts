/** Making one point of several: what `metricstransform` does with points whose labels have become alike. */
import {type MetricBatch, metricType, pointHas, readDoubles} from '../model/index.ts';
import {sumOf} from './metric-sum.ts';
import {readPoint, writePoint} from './metric-value.ts';
import type {Aggregation} from './processor-metricstransform-settings.ts';

/** The rows that stay: of those alike by `keyOf`, times and buckets the first, which gets the value of all. */
export function aggregate(
  batch: MetricBatch,
  rows: readonly number[],
  how: Aggregation,
  keyOf: (row: number) => string,
): number[] {
  const {columns: p} = batch.points;
  const {temporality} = batch.metrics.columns;
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    // Deltas that began at other times are of other intervals.
    const start = temporality.get(p.metric.get(row)) === 1 ? p.start.get(row) : '';
    const key = `${start} ${p.time.get(row)} ${readDoubles(batch, p.bounds, row).join()} ${keyOf(row)}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [row]);
    else known.push(row);
  }
  return [...groups.values()].flatMap((group) =>
    group.length === 1 || merge(batch, group, how) ? [group[0] as number] : group,
  );
}

/** Writes the value of all into the first; false where such points cannot become one. Distributions are always summed. */
function merge(batch: MetricBatch, rows: readonly number[], how: Aggregation): boolean {
  const [first] = rows as [number];
  const {columns: p} = batch.points;
  const type = batch.metrics.columns.type.get(p.metric.get(first));
  if (type === metricType.gauge || type === metricType.sum) {
    const isInt = rows.every((row) => (p.has.get(row) & pointHas.int) !== 0);
    const values = rows.map((row) =>
      (p.has.get(row) & pointHas.int) !== 0 ? Number(p.value.getSigned(row)) : p.value.getDouble(row),
    );
    const value = combined(values, how);
    if (isInt && (Number.isInteger(value) || how === 'mean' || how === 'median')) {
      p.value.set(first, BigInt(Math.trunc(value)));
    } else {
      p.value.setDouble(first, value);
      p.has.set(first, pointHas.double);
    }
  } else {
    const values = rows.map((row) => readPoint(batch, row));
    const all = values.reduce((a, b) => (a === undefined || b === undefined ? undefined : sumOf(a, b)));
    if (all === undefined) return false;
    writePoint(batch, first, all);
  }
  for (const row of rows) {
    const start = p.start.get(row);
    if (start < p.start.get(first)) p.start.set(first, start);
  }
  return true;
}

function combined(values: readonly number[], how: Aggregation): number {
  const sum = values.reduce((a, b) => a + b, 0);
  switch (how) {
    case 'sum':
      return sum;
    case 'mean':
      return sum / values.length;
    case 'min':
      return values.reduce((a, b) => Math.min(a, b));
    case 'max':
      return values.reduce((a, b) => Math.max(a, b));
    case 'count':
      return values.length;
    case 'median': {
      const sorted = values.toSorted((a, b) => a - b);
      const middle = sorted.length >> 1;
      const upper = sorted[middle] as number;
      return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
    }
  }
}
