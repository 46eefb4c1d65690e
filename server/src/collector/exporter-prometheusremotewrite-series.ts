/** Metric points as the series of a remote write request (version 1.0). */
import {utf8} from '../base/index.ts';
import {type Lent, type MetricBatch, metricType} from '../model/index.ts';
import {
  encodeMetadata,
  encodeSeries,
  sortLabels,
  type WriteExemplar,
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
  readonly metadata: boolean;
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
export function untranslatable(batch: Lent<MetricBatch>, row: number): 'temporality' | 'scale' | undefined {
  const {type, temporality} = batch.metrics.columns;
  const metric = batch.points.columns.metric.get(row);
  const kind = type.get(metric);
  if (kind === metricType.gauge || kind === metricType.summary) return undefined;
  if (temporality.get(metric) !== cumulative) return 'temporality';
  const isCoarse = kind === metricType.exponentialHistogram && (batch.points.columns.scale.get(row) | 0) < minSchema;
  return isCoarse ? 'scale' : undefined;
}

const cumulative = 2;
/** Prometheus knows native histograms from here to `maxSchema`. */
const minSchema = -4;
const maxSchema = 8;
/** Where the point does not say. */
const defaultZeroThreshold = 1e-128;
const maxExemplarLetters = 128;

/** The fields of WriteRequests, each a series or the metadata of a metric, in the order of the points. */
export function* writeFields(batch: Lent<MetricBatch>, options: WriteOptions): Generator<Uint8Array> {
  const labels = new PointLabels(batch, options.rules);
  const {metric} = batch.points.columns;
  const told = new Set<number>();
  const lastSeen = new Map<number, bigint>();
  for (let row = 0; row < batch.points.count; row++) {
    const metricRow = metric.get(row);
    const name = labels.name(metricRow);
    if (options.metadata && !told.has(metricRow)) {
      told.add(metricRow);
      yield encodeMetadata(metadataOf(batch, metricRow, name));
    }
    const point = readPoint(batch, row);
    const resource = batch.metrics.columns.resource.get(metricRow);
    if (point.time > (lastSeen.get(resource) ?? -1n)) lastSeen.set(resource, point.time);
    const isCounter = typeOf(batch, metricRow) === 'counter';
    for (const series of seriesOf(name, labels.of(row), point, hasNoValue(batch, row), isCounter)) {
      yield encodeSeries(series);
    }
    const isDistribution = point.value.kind === 'histogram' || point.value.kind === 'summary';
    if (options.createdMetric && point.start > 0n && (isCounter || isDistribution)) {
      const samples = [{value: millis(point.start), time: millis(point.time)}];
      yield encodeSeries({labels: named(`${name}_created`, labels.of(row)), samples});
    }
  }
  const {targetInfo, rules} = options;
  if (targetInfo === undefined) return;
  const {namespace} = rules;
  for (const [resource, time] of lastSeen) {
    const own = labels.targetInfo(resource);
    if (own === undefined || !targetInfo.isNext(own, time)) continue;
    const name = namespace === '' ? 'target_info' : `${namespace}_target_info`;
    yield encodeSeries({labels: named(name, own), samples: [{value: 1, time: millis(time)}]});
  }
}

function seriesOf(name: string, labels: Labels, point: Point, isStale: boolean, isCounter: boolean): WriteSeries[] {
  const {value} = point;
  const time = millis(point.time);
  const sample = (
    suffix: string,
    number: number,
    more: Labels = [],
    exemplars: readonly WriteExemplar[] = [],
  ): WriteSeries => ({
    labels: named(name + suffix, [...labels, ...more]),
    samples: [{value: isStale ? undefined : number, time}],
    exemplars,
  });
  if (value.kind === 'number') {
    return [sample('', value.value, [], isCounter ? point.exemplars.map(exemplarOf) : [])];
  }
  if (value.kind === 'exponential') {
    const exemplars = point.exemplars.map(exemplarOf);
    return [{labels: named(name, labels), histograms: [nativeHistogram(value, isStale, time)], exemplars}];
  }
  const totals = [sample('_sum', value.sum), sample('_count', value.count)];
  if (value.kind === 'summary') {
    return [
      ...totals,
      ...value.quantiles.map(([quantile, number]) => sample('', number, [['quantile', String(quantile)]])),
    ];
  }
  let below = Number.NEGATIVE_INFINITY;
  let sum = 0;
  const buckets = [...value.bounds, Number.POSITIVE_INFINITY].map((bound, i) => {
    const from = below;
    below = bound;
    sum += value.counts[i] ?? 0;
    const isLast = i === value.bounds.length;
    const exemplars = point.exemplars.filter((each) => each.value > from && each.value <= bound).map(exemplarOf);
    return sample('_bucket', isLast ? value.count : sum, [['le', isLast ? '+Inf' : String(bound)]], exemplars);
  });
  return [...totals, ...buckets];
}

/** OTLP's bucket 0 ends where Prometheus's bucket 1 does. */
function nativeHistogram(value: Extract<PointValue, {kind: 'exponential'}>, isStale: boolean, time: number) {
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
