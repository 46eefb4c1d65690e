import {ValueType} from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import {type Exemplar, type Exemplars, seriesKey} from './exemplars.ts';
import {writeAttributes, writeResource, writeScope} from './otlp-common.ts';
import {OtlpWriter} from './otlp-writer.ts';

/**
 * `ExportMetricsServiceRequest` (opentelemetry/proto/metrics/v1/metrics.proto). Written here because the SDK's serializer
 * has no exemplars.
 */
export function encodeMetrics(metrics: ResourceMetrics, exemplars: Exemplars): Uint8Array<ArrayBuffer> {
  const writer = new OtlpWriter();
  const resourceMetrics = writer.open(0x0a);
  writeResource(writer, 0x0a, metrics.resource);
  for (const {scope, metrics: list} of metrics.scopeMetrics) {
    const scopeMetrics = writer.open(0x12);
    writeScope(writer, 0x0a, scope);
    for (const metric of list) writeMetric(writer, metric, exemplars);
    writer.close(scopeMetrics);
  }
  writer.close(resourceMetrics);
  return writer.take();
}

function writeMetric(writer: OtlpWriter, metric: MetricData, exemplars: Exemplars): void {
  const {descriptor} = metric;
  const start = writer.open(0x12);
  writer.string(0x0a, descriptor.name);
  if (descriptor.description !== '') writer.string(0x12, descriptor.description);
  if (descriptor.unit !== '') writer.string(0x1a, descriptor.unit);
  const whole = descriptor.valueType === ValueType.INT;
  switch (metric.dataPointType) {
    case DataPointType.GAUGE: {
      const data = writer.open(0x2a);
      for (const point of metric.dataPoints) writeNumber(writer, point, whole);
      writer.close(data);
      break;
    }
    case DataPointType.SUM: {
      const data = writer.open(0x3a);
      for (const point of metric.dataPoints) writeNumber(writer, point, whole);
      writer.varint(0x10, temporality(metric));
      if (metric.isMonotonic) writer.varint(0x18, 1);
      writer.close(data);
      break;
    }
    case DataPointType.HISTOGRAM: {
      const bySeries = exemplars.take(descriptor.name);
      const data = writer.open(0x4a);
      for (const point of metric.dataPoints) {
        const found = bySeries.size === 0 ? undefined : bySeries.get(seriesKey(point.attributes));
        writeHistogram(writer, point, found ?? []);
      }
      writer.varint(0x10, temporality(metric));
      writer.close(data);
      break;
    }
    case DataPointType.EXPONENTIAL_HISTOGRAM: {
      const data = writer.open(0x52);
      for (const point of metric.dataPoints) writeExponential(writer, point);
      writer.varint(0x10, temporality(metric));
      writer.close(data);
      break;
    }
  }
  writer.close(start);
}

const temporality = ({aggregationTemporality}: MetricData): number =>
  aggregationTemporality === AggregationTemporality.DELTA ? 1 : 2;

function writeNumber(writer: OtlpWriter, point: DataPoint<number>, whole: boolean): void {
  const start = writer.open(0x0a);
  writer.nanos(0x11, point.startTime);
  writer.nanos(0x19, point.endTime);
  if (whole) writer.sfixed64(0x31, point.value);
  else writer.double(0x21, point.value);
  writeAttributes(writer, 0x3a, point.attributes);
  writer.close(start);
}

function writeHistogram(writer: OtlpWriter, point: DataPoint<Histogram>, exemplars: readonly Exemplar[]): void {
  const {buckets, count, sum, min, max} = point.value;
  const start = writer.open(0x0a);
  writer.nanos(0x11, point.startTime);
  writer.nanos(0x19, point.endTime);
  writer.fixed64(0x21, count);
  if (sum !== undefined) writer.double(0x29, sum);
  const counts = writer.open(0x32);
  for (const bucket of buckets.counts) writer.rawFixed64(bucket);
  writer.close(counts);
  const bounds = writer.open(0x3a);
  for (const bound of buckets.boundaries) writer.rawDouble(bound);
  writer.close(bounds);
  for (const exemplar of onePerBucket(exemplars, buckets.boundaries)) writeExemplar(writer, exemplar);
  writeAttributes(writer, 0x4a, point.attributes);
  if (min !== undefined) writer.double(0x59, min);
  if (max !== undefined) writer.double(0x61, max);
  writer.close(start);
}

/** The latest of each bucket. */
function onePerBucket(exemplars: readonly Exemplar[], boundaries: readonly number[]): Iterable<Exemplar> {
  const byBucket = new Map<number, Exemplar>();
  for (const exemplar of exemplars) {
    const above = boundaries.findIndex((bound) => exemplar.value <= bound);
    const known = byBucket.get(above);
    if (known === undefined || known.unixMillis <= exemplar.unixMillis) byBucket.set(above, exemplar);
  }
  return byBucket.values();
}

function writeExemplar(writer: OtlpWriter, {value, unixMillis, traceId, spanId}: Exemplar): void {
  const start = writer.open(0x42);
  writer.nanos(0x11, [Math.floor(unixMillis / 1_000), (unixMillis % 1_000) * 1_000_000]);
  writer.double(0x19, value);
  writer.hex(0x22, spanId);
  writer.hex(0x2a, traceId);
  writer.close(start);
}

function writeExponential(writer: OtlpWriter, point: DataPoint<ExponentialHistogram>): void {
  const {count, sum, scale, zeroCount, positive, negative, min, max} = point.value;
  const start = writer.open(0x0a);
  writeAttributes(writer, 0x0a, point.attributes);
  writer.nanos(0x11, point.startTime);
  writer.nanos(0x19, point.endTime);
  writer.fixed64(0x21, count);
  if (sum !== undefined) writer.double(0x29, sum);
  writer.varint(0x30, zigzag(scale));
  writer.fixed64(0x39, zeroCount);
  for (const [tag, {offset, bucketCounts}] of [
    [0x42, positive],
    [0x4a, negative],
  ] as const) {
    const buckets = writer.open(tag);
    writer.varint(0x08, zigzag(offset));
    for (const bucket of bucketCounts) writer.varint(0x10, bucket);
    writer.close(buckets);
  }
  if (min !== undefined) writer.double(0x61, min);
  if (max !== undefined) writer.double(0x69, max);
  writer.close(start);
}

const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;
