/**
 * Metric points as rows of two tables: `metric_series` says once what a series is (its metric, attributes, resource, scope),
 * `metric_points` holds its points under the series' fingerprint.
 */
import type {TenantId} from '../base/index.ts';
import {type ColumnView, type Lent, type MetricBatch, pointHas, type RangeColumn} from '../model/index.ts';
import {
  ArrayColumn,
  ByteSink,
  DictionaryColumn,
  type NativeColumn,
  PlainColumn,
  stringColumn,
  TupleColumn,
  u8Column,
  u32Column,
  u64Column,
  writeBlock,
} from '../native/index.ts';
import type {Block, BlockWriter} from './block-writer.ts';
import {type Fingerprint, fingerprintsOf} from './series-fingerprint.ts';
import {AttributeColumns, OriginColumns} from './write-attributes.ts';
import {appendPlaces, appendTenant, appendWords, appendWords32} from './write-spans.ts';

/** How many series are remembered as described before all are forgotten, which only costs describing them again. */
const maxKnownSeries = 1_000_000;

export interface MetricWriter extends BlockWriter<MetricBatch> {
  /** Describes every series once more, with its next point: the table that had the descriptions may be gone. */
  forget(): void;
}

/** Points, preceded by a description of every series that has none yet for the day of its point. */
export function createMetricWriter(): MetricWriter {
  let known = new Set<string>();
  let added: string[] = [];
  let tenant: TenantId | undefined;
  let describe: DescribeSeries | undefined;
  const series = createSeriesWriter();
  const points = createPointWriter((batch, row, fingerprint, place) => {
    const time = batch.points.columns.time.approximate(row);
    const key = `${tenant}/${Math.floor(time / 86_400e9)}/${fingerprint.high.toString(36)}.${fingerprint.low.toString(36)}`;
    if (known.has(key)) return;
    if (known.size >= maxKnownSeries) known = new Set();
    known.add(key);
    added.push(key);
    describe?.(row, fingerprint, place);
  });
  return {
    get rows() {
      return points.rows;
    },
    append(batch, of, places) {
      tenant = of;
      describe = series.seriesOf(batch, of);
      points.append(batch, of, places);
      describe = undefined;
    },
    forget() {
      known = new Set();
    },
    finish() {
      const described = added;
      added = [];
      const {blocks} = points.finish();
      return {
        blocks: series.rows > 0 ? [series.finish(), ...blocks] : blocks,
        failed() {
          for (const key of described) known.delete(key);
        },
      };
    },
  };
}

/** The points of a batch. `seriesOf` receives each row's fingerprint in turn, so that the caller can describe new series. */
function createPointWriter(
  seriesOf: (batch: Lent<MetricBatch>, row: number, fingerprint: Fingerprint, place: number) => void,
): BlockWriter<MetricBatch> {
  const exemplarAttributes = new AttributeColumns();
  const float = () => new PlainColumn('Float64');
  const columns = {
    tenant: new DictionaryColumn(),
    stray: u8Column(),
    series: u64Column(),
    time: new PlainColumn("DateTime64(9, 'UTC')"),
    start_time: new PlainColumn("DateTime64(9, 'UTC')"),
    flags: u32Column(),
    /** Bits: 1 the value was an int, 2 a double, 4 there is a sum, 8 a min, 16 a max. */
    has: u8Column(),
    /** The number as a double; `int_value` keeps an int exactly. */
    value: float(),
    int_value: new PlainColumn('Int64'),
    count: u64Column(),
    sum: float(),
    min: float(),
    max: float(),
    bounds: new ArrayColumn(float()),
    bucket_counts: new ArrayColumn(u64Column()),
    scale: new PlainColumn('Int32'),
    zero_count: u64Column(),
    zero_threshold: float(),
    positive_offset: new PlainColumn('Int32'),
    positive_counts: new ArrayColumn(u64Column()),
    negative_offset: new PlainColumn('Int32'),
    negative_counts: new ArrayColumn(u64Column()),
    quantiles: new ArrayColumn(new TupleColumn({quantile: float(), value: float()})),
    exemplars: new ArrayColumn(
      new TupleColumn({
        time: u64Column(),
        has: u8Column(),
        value: float(),
        int_value: new PlainColumn('Int64'),
        trace_id: new PlainColumn('FixedString(16)'),
        span_id: new PlainColumn('FixedString(8)'),
        attributes: exemplarAttributes.map,
        attribute_types: exemplarAttributes.types,
      }),
    ),
  } satisfies Record<string, NativeColumn>;
  const scratch = new ByteSink(64 * 1024);
  let rows = 0;

  return {
    get rows() {
      return rows;
    },
    append(batch, tenant, places) {
      const points = batch.points.columns;
      const count = batch.points.count;
      appendTenant(columns.tenant, tenant, count);
      appendPlaces(columns.stray.data, places, count);
      const fingerprint = fingerprintsOf(batch);
      for (let row = 0; row < count; row++) {
        const series = fingerprint(row);
        columns.series.data.u64(series.low, series.high);
        seriesOf(batch, row, series, places?.[row] ?? 0);
        columns.has.data.u8(points.has.get(row));
        appendValue(columns.value, columns.int_value, points.has.get(row), points.value.words, row);
        appendNumbers(columns.bounds, batch, points.bounds, row);
        appendNumbers(columns.bucket_counts, batch, points.bucketCounts, row);
        appendNumbers(columns.positive_counts, batch, points.positiveCounts, row);
        appendNumbers(columns.negative_counts, batch, points.negativeCounts, row);
        appendQuantiles(batch, row);
        appendExemplars(batch, row);
      }
      appendWords(columns.time.data, points.time.words, count);
      appendWords(columns.start_time.data, points.start.words, count);
      appendWords32(columns.flags.data, points.flags.data, count);
      appendWords(columns.count.data, points.count.words, count);
      appendWords(columns.sum.data, points.sum.words, count);
      appendWords(columns.min.data, points.min.words, count);
      appendWords(columns.max.data, points.max.words, count);
      appendWords32(columns.scale.data, points.scale.data, count);
      appendWords(columns.zero_count.data, points.zeroCount.words, count);
      appendWords(columns.zero_threshold.data, points.zeroThreshold.words, count);
      appendWords32(columns.positive_offset.data, points.positiveOffset.data, count);
      appendWords32(columns.negative_offset.data, points.negativeOffset.data, count);
      rows += count;
    },
    finish() {
      const block = {table: 'metric_points', bytes: writeBlock(columns, rows, scratch), rows};
      for (const column of Object.values(columns)) (column as NativeColumn).reset();
      rows = 0;
      return {blocks: [block]};
    },
  };

  function appendQuantiles(batch: Lent<MetricBatch>, row: number): void {
    const range = batch.points.columns.quantiles;
    const {quantile, value} = batch.quantiles.columns;
    const into = columns.quantiles.items.elements;
    const count = range.count(row);
    for (let at = range.from(row); at < range.from(row) + count; at++) {
      into.quantile.data.u64(quantile.words[2 * at] as number, quantile.words[2 * at + 1] as number);
      into.value.data.u64(value.words[2 * at] as number, value.words[2 * at + 1] as number);
    }
    columns.quantiles.close(count);
  }

  function appendExemplars(batch: Lent<MetricBatch>, row: number): void {
    const range = batch.points.columns.exemplars;
    const exemplars = batch.exemplars.columns;
    const into = columns.exemplars.items.elements;
    const count = range.count(row);
    for (let at = range.from(row); at < range.from(row) + count; at++) {
      into.time.data.u64(exemplars.time.words[2 * at] as number, exemplars.time.words[2 * at + 1] as number);
      into.has.data.u8(exemplars.has.get(at));
      appendValue(into.value, into.int_value, exemplars.has.get(at), exemplars.value.words, at);
      into.trace_id.data.copy(exemplars.traceId.bytes, 16 * at, 16);
      into.span_id.data.copy(exemplars.spanId.bytes, 8 * at, 8);
      exemplarAttributes.append(batch, exemplars.attributes.from(at), exemplars.attributes.count(at));
    }
    columns.exemplars.close(count);
  }
}

const doubleScratch = new Float64Array(1);
const wordScratch = new Uint32Array(doubleScratch.buffer);

/** A number that is an int (kept exactly in `int`, nearly in `value`) or a double. */
function appendValue(value: PlainColumn, int: PlainColumn, has: number, words: Uint32Array, row: number): void {
  const low = words[2 * row] as number;
  const high = words[2 * row + 1] as number;
  if ((has & pointHas.int) === 0) {
    value.data.u64(low, high);
    int.data.u64(0, 0);
    return;
  }
  doubleScratch[0] = (high | 0) * 4294967296 + low;
  value.data.u64(wordScratch[0] as number, wordScratch[1] as number);
  int.data.u64(low, high);
}

function appendNumbers(
  column: ArrayColumn<PlainColumn>,
  batch: Lent<MetricBatch>,
  range: ColumnView<RangeColumn>,
  row: number,
): void {
  const words = batch.numbers.columns.bits.words;
  const from = range.from(row);
  const count = range.count(row);
  for (let at = from; at < from + count; at++)
    column.items.data.u64(words[2 * at] as number, words[2 * at + 1] as number);
  column.close(count);
}

/** Appends the row that describes the series of a point. */
type DescribeSeries = (point: number, fingerprint: Fingerprint, place: number) => void;

/** Writes the descriptions of series. One row describes one series. */
interface SeriesWriter {
  readonly rows: number;
  /** For the series of one batch, whose resources and scopes are looked at once and not once a series. */
  seriesOf(batch: Lent<MetricBatch>, tenant: TenantId): DescribeSeries;
  finish(): Block;
}

function createSeriesWriter(): SeriesWriter {
  const attributes = new AttributeColumns();
  const metadata = new AttributeColumns();
  const origin = new OriginColumns();
  const columns = {
    tenant: new DictionaryColumn(),
    stray: u8Column(),
    series: u64Column(),
    /** Of the point that introduced the series: a series is described again for every day on which it has points. */
    time: new PlainColumn("DateTime64(9, 'UTC')"),
    name: new DictionaryColumn(),
    description: stringColumn(),
    unit: new DictionaryColumn(),
    /** The field number of the metric's data in OTLP: 5 gauge, 7 sum, 9 histogram, 10 exponential histogram, 11 summary. */
    type: u8Column(),
    temporality: u8Column(),
    monotonic: u8Column(),
    metadata: metadata.map,
    metadata_types: metadata.types,
    attributes: attributes.map,
    attribute_types: attributes.types,
    ...origin.columns,
  } satisfies Record<string, NativeColumn>;
  const scratch = new ByteSink(16 * 1024);
  let rows = 0;

  return {
    get rows() {
      return rows;
    },
    seriesOf(batch, tenant) {
      const appendOrigin = origin.rowsOf(batch);
      return (point, fingerprint, place) => {
        const {bytes} = batch.heap;
        const points = batch.points.columns;
        const metrics = batch.metrics.columns;
        const metric = points.metric.get(point);
        appendTenant(columns.tenant, tenant, 1);
        columns.stray.data.u8(place);
        columns.series.data.u64(fingerprint.low, fingerprint.high);
        columns.time.data.u64(points.time.words[2 * point] as number, points.time.words[2 * point + 1] as number);
        columns.name.append(bytes, metrics.name.start(metric), metrics.name.size(metric));
        columns.description.data.string(bytes, metrics.description.start(metric), metrics.description.size(metric));
        columns.unit.append(bytes, metrics.unit.start(metric), metrics.unit.size(metric));
        columns.type.data.u8(metrics.type.get(metric));
        columns.temporality.data.u8(metrics.temporality.get(metric));
        columns.monotonic.data.u8(metrics.monotonic.get(metric));
        metadata.append(batch, metrics.metadata.from(metric), metrics.metadata.count(metric));
        attributes.append(batch, points.attributes.from(point), points.attributes.count(point));
        appendOrigin(metrics.resource.get(metric), metrics.scope.get(metric));
        rows++;
      };
    },
    finish() {
      const block = {table: 'metric_series', bytes: writeBlock(columns, rows, scratch), rows};
      for (const column of Object.values(columns)) (column as NativeColumn).reset();
      rows = 0;
      return block;
    },
  };
}
