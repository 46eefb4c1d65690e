/** Writes what `red` has counted of durations as the points of a metric. */
import type {MetricWriter, NewExemplar, NewMetric} from '../model/index.ts';
import type {DurationShape, Durations} from '../red/index.ts';

export interface PointPlace {
  readonly attributes: NonNullable<Parameters<MetricWriter['number']>[0]['attributes']>;
  readonly start: bigint;
  readonly time: bigint;
  readonly exemplars?: readonly NewExemplar[];
}

export const durationType = (shape: DurationShape): NewMetric['type'] =>
  shape.kind === 'exponential' ? 'exponentialHistogram' : 'histogram';

export function writeDurations(
  writer: MetricWriter,
  place: PointPlace,
  durations: Durations,
  bounds: Float64Array,
): void {
  if (durations.kind === 'explicit') {
    const {count, sum, buckets} = durations;
    writer.histogram({...place, count, sum, bounds, counts: buckets});
  } else if (durations.kind === 'exponential') {
    const {count, sum, min, max, scale, zeroCount, offset, buckets} = durations.histogram;
    const extremes = count > 0 ? {min, max} : {};
    const positive = {offset, counts: buckets};
    writer.exponentialHistogram({...place, count, sum, ...extremes, scale, zeroCount, positive});
  }
}
