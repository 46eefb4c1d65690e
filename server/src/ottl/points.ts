/** Which points a metric has: a batch knows only the metric of each point. */
import type {MetricBatch} from '../model/index.ts';

interface Known {
  readonly count: number;
  readonly byMetric: ReadonlyMap<number, readonly number[]>;
}

const known = new WeakMap<MetricBatch, Known>();

/** The rows of the metric's points, in their order. */
export function pointsOf(batch: MetricBatch, metric: number): readonly number[] {
  const {count} = batch.points;
  let index = known.get(batch);
  if (index?.count !== count) {
    const byMetric = new Map<number, number[]>();
    const {data} = batch.points.columns.metric;
    for (let row = 0; row < count; row++) {
      const each = data[row] as number;
      const rows = byMetric.get(each);
      if (rows === undefined) byMetric.set(each, [row]);
      else rows.push(row);
    }
    known.set(batch, (index = {count, byMetric}));
  }
  return index.byMetric.get(metric) ?? [];
}

/** To be called by whoever gives points to another metric, or takes them away. */
export const forgetPoints = (batch: MetricBatch): void => void known.delete(batch);
