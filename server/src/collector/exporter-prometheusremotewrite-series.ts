/** Metric points as the series of remote write requests. */
import {utf8} from '../base/index.ts';
import {type Lent, type MetricBatch, metricType, pointHas} from '../model/index.ts';
import {
  customBuckets,
  sortLabels,
  type WriteExemplar,
  type WriteHistogram,
  type WriteLabels,
  type WriteMetadata,
  type WriteSeries,
} from '../wire/index.ts';
import {type LabelRules, type Labels, PointLabels} from './prometheus-labels.ts';
import {
  type Buckets,
  coarser,
  type Exemplar,
  hasNoValue,
  type Point,
  type PointValue,
  readPoint,
} from './prometheus-points.ts';

export interface WriteOptions {
  readonly rules: LabelRules;
  /** Writes `target_info`, where it is wanted. */
  readonly targetInfo: TargetTimes | undefined;
  readonly createdMetric: boolean;
  /** Which series a histogram with bounds becomes: one for each bucket, or one histogram with these bounds. */
  readonly histograms: {readonly classic: boolean; readonly native: boolean};
}

/**
 * When each target was last described. Metrics of one target come from several sources, whose times are in no order; Prometheus
 * refuses a whole request for one sample that is older than the last of its series.
 */
export class TargetTimes {
  private readonly times = new Map<string, bigint>();

  isNext(labels: Labels, time: bigint): boolean {
    const key = JSON.stringify(labels);
    const last = this.times.get(key);
    if (last !== undefined && time < last) return false;
    // The one that was written longest ago goes.
    this.times.delete(key);
    this.times.set(key, time);
    if (this.times.size > maxTargets) this.times.delete(this.times.keys().next().value as string);
    return true;
  }
}

const maxTargets = 100_000;

/** Why a point cannot be written; undefined where it can. */
export function untranslatable(batch: Lent<MetricBatch>, row: number): 'temporality' | 'scale' | 'sum' | undefined {
  const {type, temporality} = batch.metrics.columns;
  const {scale, has} = batch.points.columns;
  const metric = batch.points.columns.metric.get(row);
  const kind = type.get(metric);
  if (kind === metricType.gauge || kind === metricType.summary) return undefined;
  if (temporality.get(metric) !== cumulative) return 'temporality';
  if (kind !== metricType.exponentialHistogram) return undefined;
  if ((scale.get(row) | 0) < minSchema) return 'scale';
  return (has.get(row) & pointHas.sum) !== 0 || hasNoValue(batch, row) ? undefined : 'sum';
}

const cumulative = 2;
/** Prometheus knows native histograms from here to `maxSchema`. */
const minSchema = -4;
const maxSchema = 8;
/** Where the point does not say. */
const defaultZeroThreshold = 1e-128;
const maxExemplarLetters = 128;

/** The series that the points of a batch become, in the order of the points. */
export function* writeSeries(batch: Lent<MetricBatch>, options: WriteOptions): Generator<WriteSeries> {
  const labels = new PointLabels(batch, options.rules);
  const {metric} = batch.points.columns;
  const metadata = new Map<number, WriteMetadata>();
  const lastSeen = new Map<number, bigint>();
  for (let row = 0; row < batch.points.count; row++) {
    const metricRow = metric.get(row);
    let about = metadata.get(metricRow);
    if (about === undefined) {
      about = metadataOf(batch, metricRow, labels.name(metricRow));
      metadata.set(metricRow, about);
    }
    const point = readPoint(batch, row);
    const resource = batch.metrics.columns.resource.get(metricRow);
    if (point.time > (lastSeen.get(resource) ?? -1n)) lastSeen.set(resource, point.time);
    const own = labels.of(row);
    yield* seriesOf(about, own, point, hasNoValue(batch, row), options.histograms);
    if (options.createdMetric && point.start > 0n && about.type !== 'gauge') {
      const samples = [{value: millis(point.start), time: millis(point.time)}];
      const name = `${about.name}_created`;
      yield {labels: named(name, own), metadata: {type: 'gauge', name, help: '', unit: ''}, start: 0, samples};
    }
  }
  const {targetInfo, rules} = options;
  if (targetInfo === undefined) return;
  const {namespace} = rules;
  for (const [resource, time] of lastSeen) {
    const own = labels.targetInfo(resource);
    if (own === undefined || !targetInfo.isNext(own, time)) continue;
    const name = namespace === '' ? 'target_info' : `${namespace}_target_info`;
    const about: WriteMetadata = {type: 'gauge', name, help: 'Target metadata', unit: ''};
    yield {labels: named(name, own), metadata: about, start: 0, samples: [{value: 1, time: millis(time)}]};
  }
}

function* seriesOf(
  metadata: WriteMetadata,
  labels: Labels,
  point: Point,
  isStale: boolean,
  wanted: WriteOptions['histograms'],
): Generator<WriteSeries> {
  const {name, type} = metadata;
  const {value} = point;
  const time = millis(point.time);
  // A start that is the time itself says that the start is not known.
  const start = type !== 'gauge' && point.start < point.time ? millis(point.start) : 0;
  const sample = (
    suffix: string,
    number: number,
    more: Labels = [],
    exemplars: readonly WriteExemplar[] = [],
  ): WriteSeries => ({
    labels: named(name + suffix, [...labels, ...more]),
    metadata,
    start,
    samples: [{value: isStale ? undefined : number, time}],
    exemplars,
  });
  const native = (histogram: WriteHistogram): WriteSeries => ({
    labels: named(name, labels),
    metadata,
    start,
    histograms: [histogram],
    exemplars: point.exemplars.map(exemplarOf),
  });
  if (value.kind === 'number') {
    yield sample('', value.value, [], type === 'counter' ? point.exemplars.map(exemplarOf) : []);
    return;
  }
  if (value.kind === 'exponential') return yield native(exponentialHistogram(value, isStale, time));
  if (value.kind === 'histogram') {
    if (wanted.native) yield native(boundedHistogram(value, isStale, time));
    if (!wanted.classic) return;
  }
  if (value.sum !== undefined) yield sample('_sum', value.sum);
  yield sample('_count', value.count);
  if (value.kind === 'summary') {
    for (const [quantile, number] of value.quantiles) yield sample('', number, [['quantile', String(quantile)]]);
    return;
  }
  let below = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const [i, bound] of [...value.bounds, Number.POSITIVE_INFINITY].entries()) {
    const from = below;
    below = bound;
    sum += value.counts[i] ?? 0;
    const isLast = i === value.bounds.length;
    const exemplars = point.exemplars.filter((each) => each.value > from && each.value <= bound).map(exemplarOf);
    yield sample('_bucket', isLast ? value.count : sum, [['le', isLast ? '+Inf' : String(bound)]], exemplars);
  }
}

/** Those of OTLP may leave counts out, and what is missing of the total lies above every bound. */
function boundedHistogram(
  value: Extract<PointValue, {kind: 'histogram'}>,
  isStale: boolean,
  time: number,
): WriteHistogram {
  const bounds = value.bounds.filter(Number.isFinite);
  const counts = bounds.map((_, i) => value.counts[i] ?? 0);
  const counted = counts.reduce((sum, each) => sum + each, 0);
  const above = value.counts.slice(bounds.length).reduce((sum, each) => sum + each, 0);
  const count = Math.max(value.count, counted + above);
  return {
    count,
    sum: isStale ? undefined : (value.sum ?? 0),
    schema: customBuckets,
    zeroThreshold: 0,
    zeroCount: 0,
    // Its buckets are numbered from 0.
    positive: runsOf({offset: -1, counts: [...counts, count - counted]}),
    negative: {runs: []},
    bounds,
    time,
  };
}

/** OTLP's bucket 0 ends where Prometheus's bucket 1 does. */
function exponentialHistogram(
  value: Extract<PointValue, {kind: 'exponential'}>,
  isStale: boolean,
  time: number,
): WriteHistogram {
  const by = Math.max(0, value.scale - maxSchema);
  return {
    count: value.count,
    sum: isStale ? undefined : value.sum,
    schema: value.scale - by,
    zeroThreshold: value.zeroThreshold === 0 ? defaultZeroThreshold : value.zeroThreshold,
    zeroCount: value.zeroCount,
    positive: runsOf(coarser(value.positive, by)),
    negative: runsOf(coarser(value.negative, by)),
    time,
  };
}

/** More than two empty buckets one after the other begin a new run, as in Prometheus's own client. */
function runsOf({offset, counts}: Buckets) {
  const runs: {offset: number; counts: number[]}[] = [];
  let next = 0;
  for (const [i, count] of counts.entries()) {
    if (count === 0) continue;
    const index = offset + i + 1;
    const gap = index - next;
    const last = runs.at(-1);
    if (last === undefined || gap > 2) runs.push({offset: gap, counts: [count]});
    else last.counts.push(...Array<number>(gap).fill(0), count);
    next = index + 1;
  }
  return {runs};
}

/** Prometheus knows no label without a value. */
const named = (name: string, labels: Labels): WriteLabels =>
  sortLabels([['__name__', name], ...labels.filter(([, value]) => value !== '')]);

function exemplarOf({traceId, spanId, value, time}: Exemplar): WriteExemplar {
  const labels = sortLabels([
    ...(traceId === '' ? [] : [['trace_id', traceId] as const]),
    ...(spanId === '' ? [] : [['span_id', spanId] as const]),
  ]);
  const letters = labels.reduce((all, [name, each]) => all + name.length + each.length, 0);
  return {labels: letters <= maxExemplarLetters ? labels : [], value, time: millis(time)};
}

function typeOf(batch: Lent<MetricBatch>, metric: number): WriteMetadata['type'] {
  const {type, monotonic} = batch.metrics.columns;
  switch (type.get(metric)) {
    case metricType.sum:
      return monotonic.get(metric) === 0 ? 'gauge' : 'counter';
    case metricType.gauge:
      return 'gauge';
    case metricType.summary:
      return 'summary';
    default:
      return 'histogram';
  }
}

function metadataOf(batch: Lent<MetricBatch>, metric: number, name: string): WriteMetadata {
  const {description, unit} = batch.metrics.columns;
  const read = (column: typeof unit): string => utf8(column.bytes(metric, batch.heap));
  return {type: typeOf(batch, metric), name, help: read(description), unit: read(unit)};
}

const millis = (nanos: bigint): number => Number(nanos / 1_000_000n);
