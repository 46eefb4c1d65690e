import {type Batch, originColumns, sharedTables} from './batch.ts';
import {IdColumn, RangeColumn, RefColumn, SliceColumn, U32Column, U64Column} from './columns.ts';
import {Heap} from './heap.ts';
import {Table} from './table.ts';

/**
 * Metric points, one row a point, with the fields and meanings of `opentelemetry/proto/metrics/v1/metrics.proto`; what the
 * points of one metric share (name, unit, type …) is a row of `metrics`.
 */
export interface MetricBatch extends Batch {
  readonly signal: 'metrics';
  readonly points: ReturnType<typeof pointTable>;
  readonly metrics: ReturnType<typeof metricTable>;
  readonly exemplars: ReturnType<typeof exemplarTable>;
  /** Bucket counts (64-bit) and bounds (bits of doubles) of histograms. */
  readonly numbers: ReturnType<typeof numberTable>;
  /** Quantile values of summaries. */
  readonly quantiles: ReturnType<typeof quantileTable>;
}

/** `metrics.type`; the numbers are the field numbers of the message's `data` in OTLP. */
export const metricType = {gauge: 5, sum: 7, histogram: 9, exponentialHistogram: 10, summary: 11} as const;

/** Bits of `points.has`: which optional values a point carries. */
export const pointHas = {int: 1, double: 2, sum: 4, min: 8, max: 16} as const;

export function createMetricBatch(heap: Heap = Heap.empty()): MetricBatch {
  const tables = {
    points: pointTable(),
    metrics: metricTable(),
    exemplars: exemplarTable(),
    numbers: numberTable(),
    quantiles: quantileTable(),
    ...sharedTables(),
  };
  return {signal: 'metrics', heap, tables, items: tables.points, ...tables};
}

const metricTable = () =>
  new Table({
    ...originColumns(),
    name: new SliceColumn(),
    description: new SliceColumn(),
    unit: new SliceColumn(),
    type: new U32Column(),
    /** 0 unspecified, 1 delta, 2 cumulative. */
    temporality: new U32Column(),
    monotonic: new U32Column(),
    metadata: new RangeColumn('attributes'),
  });

const pointTable = () =>
  new Table({
    metric: new RefColumn('metrics'),
    attributes: new RangeColumn('attributes'),
    start: new U64Column(),
    time: new U64Column(),
    flags: new U32Column(),
    has: new U32Column(),
    /** Gauge and sum: the bits of the int or the double, as `has` says. */
    value: new U64Column(),
    /** Histograms and summaries: number of observations; `sum`, `min`, `max` are bits of doubles. */
    count: new U64Column(),
    sum: new U64Column(),
    min: new U64Column(),
    max: new U64Column(),
    bounds: new RangeColumn('numbers'),
    bucketCounts: new RangeColumn('numbers'),
    /** Exponential histograms; scale and offsets are two's complement. */
    scale: new U32Column(),
    zeroCount: new U64Column(),
    zeroThreshold: new U64Column(),
    positiveOffset: new U32Column(),
    positiveCounts: new RangeColumn('numbers'),
    negativeOffset: new U32Column(),
    negativeCounts: new RangeColumn('numbers'),
    quantiles: new RangeColumn('quantiles'),
    exemplars: new RangeColumn('exemplars'),
  });

const exemplarTable = () =>
  new Table({
    time: new U64Column(),
    /** `pointHas.int`, `pointHas.double` or 0. */
    has: new U32Column(),
    value: new U64Column(),
    traceId: new IdColumn(16),
    spanId: new IdColumn(8),
    attributes: new RangeColumn('attributes'),
  });

const numberTable = () => new Table({bits: new U64Column()});

/** Both are bits of doubles. */
const quantileTable = () => new Table({quantile: new U64Column(), value: new U64Column()});
