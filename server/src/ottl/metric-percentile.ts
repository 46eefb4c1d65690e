/** Percentiles of histograms, by interpolation within the bucket that holds them. */
import {type MetricBatch, metricType, pointHas, readDoubles, readNumbers} from '../model/index.ts';
import {OttlError} from './faults.ts';

/** NaN where the point has no observations. */
export function percentileOf(batch: MetricBatch, type: number, point: number, percentile: number): number {
  const count = Number(batch.points.columns.count.get(point));
  const rank = Math.ceil(count * (percentile / 100));
  return type === metricType.histogram
    ? ofHistogram(batch, point, count, rank)
    : ofExponential(batch, point, count, rank);
}

const between = (low: number, high: number, ratio: number): number => low + ratio * (high - low);

function ofHistogram(batch: MetricBatch, point: number, count: number, rank: number): number {
  const {columns} = batch.points;
  const counts = readNumbers(batch, columns.bucketCounts, point).map(Number);
  const bounds = readDoubles(batch, columns.bounds, point);
  if (count === 0 || counts.length === 0 || bounds.length === 0) return Number.NaN;
  const has = columns.has.get(point);
  let before = 0;
  for (const [index, inside] of counts.entries()) {
    if (before + inside < rank) {
      before += inside;
      continue;
    }
    const upper = bounds[index];
    const ratio = inside === 0 ? 0 : (rank - before) / inside;
    if (index === 0) {
      const top = upper as number;
      if ((has & pointHas.min) !== 0 && columns.min.getDouble(point) < top) {
        return between(columns.min.getDouble(point), top, ratio);
      }
      return top >= 0 ? between(0, top, ratio) : top;
    }
    const lower = bounds[index - 1] as number;
    if (upper !== undefined) return between(lower, upper, ratio);
    const max = columns.max.getDouble(point);
    return (has & pointHas.max) !== 0 && max > lower ? between(lower, max, ratio) : lower;
  }
  throw new OttlError(`the buckets hold ${before} observations, and the count is ${count}`);
}

/** The lower bound of a bucket of this index. */
const boundOf = (index: number, scale: number): number => 2 ** (index * 2 ** -scale);

const betweenLogarithms = (low: number, high: number, ratio: number): number =>
  2 ** between(Math.log2(low), Math.log2(high), ratio);

function ofExponential(batch: MetricBatch, point: number, count: number, rank: number): number {
  const {columns} = batch.points;
  const negative = readNumbers(batch, columns.negativeCounts, point).map(Number);
  const positive = readNumbers(batch, columns.positiveCounts, point).map(Number);
  const zero = Number(columns.zeroCount.get(point));
  if (count === 0 || (negative.length === 0 && positive.length === 0 && zero === 0)) return Number.NaN;
  const scale = columns.scale.get(point) | 0;
  let before = 0;
  for (const [index, inside] of negative.entries()) {
    if (before + inside >= rank) {
      const at = (columns.negativeOffset.get(point) | 0) + index;
      return -betweenLogarithms(boundOf(at, scale), boundOf(at + 1, scale), 1 - (rank - before) / inside);
    }
    before += inside;
  }
  if (before + zero >= rank) {
    const width = columns.zeroThreshold.getDouble(point);
    const low = negative.length === 0 && positive.length > 0 ? 0 : -width;
    const high = positive.length === 0 && negative.length > 0 ? 0 : width;
    return between(low, high, (rank - before) / zero);
  }
  before += zero;
  for (const [index, inside] of positive.entries()) {
    if (before + inside >= rank) {
      const at = (columns.positiveOffset.get(point) | 0) + index;
      return betweenLogarithms(boundOf(at, scale), boundOf(at + 1, scale), (rank - before) / inside);
    }
    before += inside;
  }
  throw new OttlError(`the buckets hold ${before} observations, and the count is ${count}`);
}
