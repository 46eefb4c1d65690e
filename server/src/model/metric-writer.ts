/** Writing metrics row by row: for whatever makes metrics of other things, such as connectors and scrapers. */
import {bug} from '../base/index.ts';
import {type AnyValue, type KeyValue, writeValue} from './any-value.ts';
import type {RangeColumn, SliceColumn, U64Column} from './columns.ts';
import {createMetricBatch, type MetricBatch, metricType, pointHas} from './metric-batch.ts';
import {valueType} from './value-column.ts';

/** 64-bit values: whole numbers up to 2^53 may be given as numbers. */
type Count = number | bigint;

export interface NewMetric {
  readonly name: string;
  readonly description?: string;
  readonly unit?: string;
  readonly type: keyof typeof metricType;
  /** Of sums and histograms. */
  readonly temporality?: 'delta' | 'cumulative';
  /** Of sums. */
  readonly monotonic?: boolean;
}

export interface NewExemplar {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  /** A bigint is written as an integer, a number as a double. */
  readonly value: number | bigint;
  readonly traceId?: Uint8Array;
  readonly spanId?: Uint8Array;
  readonly attributes?: readonly KeyValue[];
}

interface NewPoint {
  readonly attributes?: readonly KeyValue[];
  /** Nanoseconds since 1970. */
  readonly start?: bigint;
  readonly time: bigint;
  readonly flags?: number;
  readonly exemplars?: readonly NewExemplar[];
}

export interface NewNumber extends NewPoint {
  /** A bigint is written as an integer, a number as a double; undefined for a point that says "no recorded value". */
  readonly value?: number | bigint | undefined;
}

interface NewDistribution extends NewPoint {
  readonly count: Count;
  readonly sum?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

export interface NewHistogram extends NewDistribution {
  /** Upper bounds, ascending. */
  readonly bounds: ArrayLike<number>;
  /** One more than there are bounds. */
  readonly counts: ArrayLike<Count>;
}

/** `counts[i]` is the count of bucket `offset + i`. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: ArrayLike<Count>;
}

export interface NewExponentialHistogram extends NewDistribution {
  readonly scale: number;
  readonly zeroCount?: Count;
  readonly zeroThreshold?: number;
  readonly positive?: ExponentialBuckets;
  readonly negative?: ExponentialBuckets;
}

export interface NewSummary extends NewPoint {
  readonly count: Count;
  readonly sum: number;
  readonly quantiles: readonly {readonly quantile: number; readonly value: number}[];
}

/**
 * What is written belongs to what was begun last: a point to its metric, a metric to its scope, a scope to its resource. Texts
 * that come again (keys, names) lie in the heap once.
 */
export interface MetricWriter {
  readonly batch: MetricBatch;
  resource(attributes: readonly KeyValue[], schemaUrl?: string): void;
  /** Without it, a resource's metrics have a scope without a name. */
  scope(name: string, version?: string, attributes?: readonly KeyValue[]): void;
  metric(metric: NewMetric): void;
  /** A point of a gauge or sum. */
  number(point: NewNumber): void;
  histogram(point: NewHistogram): void;
  exponentialHistogram(point: NewExponentialHistogram): void;
  summary(point: NewSummary): void;
}

const temporalities = {delta: 1, cumulative: 2} as const;

export function createMetricWriter(batch: MetricBatch = createMetricBatch()): MetricWriter {
  const {heap, attributes: attributeTable, numbers, metrics, points, exemplars, quantiles} = batch;
  const known = new Map<string, readonly [start: number, length: number]>();
  let resource = -1;
  let scope = -1;
  let metric = -1;

  const slice = (text: string): readonly [number, number] => {
    let found = known.get(text);
    if (found === undefined) {
      const start = heap.appendText(text);
      found = [start, heap.length - start];
      known.set(text, found);
    }
    return found;
  };
  const setText = (column: SliceColumn, row: number, text: string): void => {
    if (text !== '') column.setPair(row, ...slice(text));
  };
  const addAttribute = (key: string, value: AnyValue): void => {
    const {key: keys, type, value: values} = attributeTable.columns;
    const row = attributeTable.add();
    keys.setPair(row, ...slice(key));
    if (value.type !== 'string') return writeValue(attributeTable, heap, row, value);
    type.set(row, valueType.string);
    values.setPair(row, ...slice(value.value));
  };
  const setAttributes = (column: RangeColumn, row: number, list: readonly KeyValue[] = []): void => {
    const from = attributeTable.count;
    for (const {key, value} of list) addAttribute(key, value);
    column.setPair(row, from, list.length);
  };
  const setDouble = (column: U64Column, bit: number, row: number, value: number | undefined): void => {
    if (value === undefined) return;
    column.setDouble(row, value);
    points.columns.has.data[row]! |= bit;
  };
  const setCounts = (column: RangeColumn, row: number, counts: ArrayLike<Count>): void => {
    const from = numbers.count;
    numbers.reserve(counts.length);
    for (let i = 0; i < counts.length; i++) setCount(numbers.columns.bits, numbers.add(), counts[i] as Count);
    column.setPair(row, from, counts.length);
  };
  const setExemplars = (row: number, list: readonly NewExemplar[] = []): void => {
    const {columns} = exemplars;
    points.columns.exemplars.setPair(row, exemplars.count, list.length);
    for (const {time, value, traceId, spanId, attributes} of list) {
      const at = exemplars.add();
      columns.time.set(at, time);
      columns.has.set(at, typeof value === 'bigint' ? pointHas.int : pointHas.double);
      if (typeof value === 'bigint') columns.value.set(at, value);
      else columns.value.setDouble(at, value);
      if (traceId !== undefined) columns.traceId.set(at, traceId);
      if (spanId !== undefined) columns.spanId.set(at, spanId);
      setAttributes(columns.attributes, at, attributes);
    }
  };
  const addPoint = ({attributes, start = 0n, time, flags = 0, exemplars: list}: NewPoint): number => {
    if (metric < 0) bug('a metric point without a metric');
    const {columns} = points;
    const row = points.add();
    columns.metric.set(row, metric);
    columns.start.set(row, start);
    columns.time.set(row, time);
    columns.flags.set(row, flags);
    setAttributes(columns.attributes, row, attributes);
    setExemplars(row, list);
    return row;
  };
  const addDistribution = (point: NewDistribution): number => {
    const row = addPoint(point);
    const {columns} = points;
    setCount(columns.count, row, point.count);
    setDouble(columns.sum, pointHas.sum, row, point.sum);
    setDouble(columns.min, pointHas.min, row, point.min);
    setDouble(columns.max, pointHas.max, row, point.max);
    return row;
  };
  const writer: MetricWriter = {
    batch,
    resource(attributes, schemaUrl = '') {
      resource = batch.resources.add();
      scope = -1;
      metric = -1;
      setAttributes(batch.resources.columns.attributes, resource, attributes);
      setText(batch.resources.columns.schemaUrl, resource, schemaUrl);
    },
    scope(name, version = '', attributes = []) {
      const {columns} = batch.scopes;
      scope = batch.scopes.add();
      metric = -1;
      setText(columns.name, scope, name);
      setText(columns.version, scope, version);
      setAttributes(columns.attributes, scope, attributes);
    },
    metric({name, description = '', unit = '', type, temporality, monotonic = false}) {
      if (resource < 0) bug(`metric ${name} without a resource`);
      if (scope < 0) writer.scope('');
      const {columns} = metrics;
      metric = metrics.add();
      columns.resource.set(metric, resource);
      columns.scope.set(metric, scope);
      setText(columns.name, metric, name);
      setText(columns.description, metric, description);
      setText(columns.unit, metric, unit);
      columns.type.set(metric, metricType[type]);
      columns.temporality.set(metric, temporality === undefined ? 0 : temporalities[temporality]);
      columns.monotonic.set(metric, monotonic ? 1 : 0);
    },
    number(point) {
      const row = addPoint(point);
      const {value} = point;
      if (value === undefined) return;
      points.columns.has.set(row, typeof value === 'bigint' ? pointHas.int : pointHas.double);
      if (typeof value === 'bigint') points.columns.value.set(row, value);
      else points.columns.value.setDouble(row, value);
    },
    histogram(point) {
      const row = addDistribution(point);
      const {bounds, counts} = point;
      const from = numbers.count;
      for (let i = 0; i < bounds.length; i++) numbers.columns.bits.setDouble(numbers.add(), bounds[i] as number);
      points.columns.bounds.setPair(row, from, bounds.length);
      setCounts(points.columns.bucketCounts, row, counts);
    },
    exponentialHistogram(point) {
      const row = addDistribution(point);
      const {columns} = points;
      columns.scale.set(row, point.scale);
      setCount(columns.zeroCount, row, point.zeroCount ?? 0);
      columns.zeroThreshold.setDouble(row, point.zeroThreshold ?? 0);
      for (const side of ['positive', 'negative'] as const) {
        const buckets = point[side];
        if (buckets === undefined) continue;
        columns[`${side}Offset`].set(row, buckets.offset);
        setCounts(columns[`${side}Counts`], row, buckets.counts);
      }
    },
    summary(point) {
      const row = addDistribution(point);
      points.columns.quantiles.setPair(row, quantiles.count, point.quantiles.length);
      for (const {quantile, value} of point.quantiles) {
        const at = quantiles.add();
        quantiles.columns.quantile.setDouble(at, quantile);
        quantiles.columns.value.setDouble(at, value);
      }
    },
  };
  return writer;
}

function setCount(column: U64Column, row: number, value: Count): void {
  if (typeof value === 'bigint') column.set(row, value);
  else column.setPair(row, value >>> 0, Math.floor(value / 4294967296));
}
