/** Editors of metrics that the processor `transform` adds. */
import {utf8Bytes} from '../base/index.ts';
import {findAttribute, type MetricBatch, metricType, pointHas, readDoubles, setNumbers} from '../model/index.ts';
import {ensureAttribute, keyOf, PreparedText, removeWhere, rowIsText, writeRow} from './attributes.ts';
import {OttlError} from './faults.ts';
import {writeSlice} from './fields.ts';
import type {Frame} from './frame.ts';
import {
  ArgumentFault,
  type Arguments,
  editor,
  type FunctionDefinition,
  may,
  needs,
  type Parameters,
} from './function.ts';
import {type Aggregation, aggregatePoints, aggregations} from './metric-aggregate.ts';
import {atMost, distributions, mergeBuckets, toExplicit, withoutBound} from './metric-buckets.ts';
import {percentileOf} from './metric-percentile.ts';
import {addMetric, addPoint, copyMetric, mustBeType, setDouble, setInt} from './metric-rows.ts';
import {pointsOf} from './points.ts';

const {gauge, sum, histogram, exponentialHistogram, summary} = metricType;
const cumulative = 2;

type Edit = (batch: MetricBatch, metric: number, frame: Frame) => void;

const metricEditor = <P extends Parameters>(
  name: string,
  help: string,
  parameters: P,
  make: (values: Arguments<P>) => Edit,
): FunctionDefinition =>
  editor(
    name,
    help,
    parameters,
    (values) => {
      const edit = make(values);
      return (frame) => edit(frame.batch as MetricBatch, frame.row, frame);
    },
    {contexts: ['metric']},
  );

/** The Collector has some editors of metrics in the context of points only; here they are in both. */
const ofMetricOrPoint = {contexts: ['metric', 'datapoint']} as const;

function temporalityOf(text: string): number {
  if (text === 'delta') return 1;
  if (text === 'cumulative') return cumulative;
  throw new ArgumentFault('aggregation_temporality', `expected delta or cumulative, found ${text}`);
}

function aggregationOf(text: string): Aggregation {
  const found = aggregations.find((each) => each === text);
  if (found === undefined)
    throw new ArgumentFault('function', `expected one of ${aggregations.join(', ')}, found ${text}`);
  return found;
}

/** A sum of one number of each point of a distribution; no metric where no point has it. */
function extract(
  batch: MetricBatch,
  metric: number,
  wanted: {suffix: string; unit?: string; temporality: number; monotonic: boolean},
  numberOf: (point: number) => bigint | number | undefined,
): void {
  const values = pointsOf(batch, metric).map((point) => [point, numberOf(point)] as const);
  if (values.every(([, value]) => value === undefined)) return;
  const to = addMetric(batch, metric, {...wanted, type: sum});
  for (const [point, value] of values) {
    if (value === undefined) continue;
    const row = addPoint(batch, to, point);
    if (typeof value === 'bigint') setInt(batch, row, value);
    else setDouble(batch, row, value);
  }
}

const countOf = (batch: MetricBatch) => (point: number) => batch.points.columns.count.getSigned(point);
const sumOf = (batch: MetricBatch) => (point: number) => batch.points.columns.sum.getDouble(point);

/** The sum, where the point has one: a summary always does. */
const knownSumOf = (batch: MetricBatch, type: number) => (point: number) =>
  type === summary || (batch.points.columns.has.get(point) & pointHas.sum) !== 0 ? sumOf(batch)(point) : undefined;

const temporalityAt = (batch: MetricBatch, metric: number, type: number): number =>
  type === summary ? cumulative : batch.metrics.columns.temporality.get(metric);

const distributionTypes = [histogram, exponentialHistogram, summary];

/** In the context of points every point of a summary leads to it: the first one that a statement takes makes the metric. */
const fromSummary = (
  name: string,
  what: string,
  suffix: string,
  numberOf: (batch: MetricBatch) => (point: number) => bigint | number,
) =>
  editor(
    name,
    `Makes a sum of the ${what} of a summary.`,
    {
      aggregation_temporality: needs('literal string'),
      is_monotonic: needs('literal bool'),
      suffix: may('literal string'),
    },
    ({aggregation_temporality, is_monotonic, suffix: given}, context) => {
      const temporality = temporalityOf(aggregation_temporality);
      const done = new WeakMap<MetricBatch, Set<number>>();
      return (frame) => {
        const batch = frame.batch as MetricBatch;
        const metric = context === 'datapoint' ? batch.points.columns.metric.get(frame.row) : frame.row;
        if (batch.metrics.columns.type.get(metric) !== summary) return;
        if (context === 'datapoint') {
          const metrics = done.get(batch) ?? new Set();
          if (metrics.has(metric)) return;
          done.set(batch, metrics.add(metric));
        }
        extract(batch, metric, {suffix: given ?? suffix, temporality, monotonic: is_monotonic}, numberOf(batch));
      };
    },
    ofMetricOrPoint,
  );

function quantilesToGauge(batch: MetricBatch, metric: number, attributeKey: string, suffix: string): void {
  if (batch.metrics.columns.type.get(metric) !== summary) return;
  const to = addMetric(batch, metric, {suffix, type: gauge});
  const key = new PreparedText(attributeKey);
  const {quantiles, attributes} = batch.points.columns;
  for (const point of pointsOf(batch, metric)) {
    for (let at = quantiles.from(point); at < quantiles.from(point) + quantiles.count(point); at++) {
      const row = addPoint(batch, to, point);
      writeRow(batch, ensureAttribute(batch, attributes, row, key), batch.quantiles.columns.quantile.getDouble(at));
      setDouble(batch, row, batch.quantiles.columns.value.getDouble(at));
    }
  }
}

function scale(batch: MetricBatch, metric: number, factor: number): void {
  const type = batch.metrics.columns.type.get(metric);
  if (type === exponentialHistogram) throw new OttlError('scale_metric does not take exponential histograms');
  const {columns} = batch.points;
  const scaled = (value: bigint): bigint => BigInt(Math.trunc(Number(value) * factor));
  for (const point of pointsOf(batch, metric)) {
    const has = columns.has.get(point);
    if (type === gauge || type === sum) {
      if ((has & pointHas.int) !== 0) setInt(batch, point, scaled(columns.value.getSigned(point)));
      else if ((has & pointHas.double) !== 0) setDouble(batch, point, columns.value.getDouble(point) * factor);
      continue;
    }
    for (const [field, bit] of [
      ['sum', pointHas.sum],
      ['min', pointHas.min],
      ['max', pointHas.max],
    ] as const) {
      if ((has & bit) !== 0 || (type === summary && field === 'sum'))
        columns[field].setDouble(point, columns[field].getDouble(point) * factor);
    }
    setNumbers(
      batch,
      columns.bounds,
      point,
      readDoubles(batch, columns.bounds, point).map((bound) => bound * factor),
    );
    const quantile = batch.quantiles.columns.value;
    for (
      let at = columns.quantiles.from(point);
      at < columns.quantiles.from(point) + columns.quantiles.count(point);
      at++
    ) {
      quantile.setDouble(at, quantile.getDouble(at) * factor);
    }
    scaleExemplars(batch, point, factor, scaled);
  }
}

function scaleExemplars(batch: MetricBatch, point: number, factor: number, scaled: (value: bigint) => bigint): void {
  const {exemplars} = batch.points.columns;
  const {has, value} = batch.exemplars.columns;
  for (let at = exemplars.from(point); at < exemplars.from(point) + exemplars.count(point); at++) {
    if (has.get(at) === pointHas.int) value.set(at, BigInt.asUintN(64, scaled(value.getSigned(at))));
    else if (has.get(at) === pointHas.double) value.setDouble(at, value.getDouble(at) * factor);
  }
}

export const metricEditors: readonly FunctionDefinition[] = [
  metricEditor('convert_sum_to_gauge', 'Makes a sum a gauge.', {}, () => (batch, metric) => {
    const {type, temporality, monotonic} = batch.metrics.columns;
    if (type.get(metric) !== sum) return;
    type.set(metric, gauge);
    temporality.set(metric, 0);
    monotonic.set(metric, 0);
  }),
  metricEditor(
    'convert_gauge_to_sum',
    'Makes a gauge a sum.',
    {aggregation_temporality: needs('literal string'), is_monotonic: needs('literal bool')},
    ({aggregation_temporality, is_monotonic}) => {
      const temporality = temporalityOf(aggregation_temporality);
      return (batch, metric) => {
        const {columns} = batch.metrics;
        if (columns.type.get(metric) !== gauge) return;
        columns.type.set(metric, sum);
        columns.temporality.set(metric, temporality);
        columns.monotonic.set(metric, is_monotonic ? 1 : 0);
      };
    },
  ),
  metricEditor(
    'extract_count_metric',
    'Makes a sum of the counts of a histogram or summary.',
    {is_monotonic: needs('literal bool'), suffix: may('literal string')},
    ({is_monotonic, suffix = '_count'}) =>
      (batch, metric) => {
        const type = mustBeType(batch, metric, distributionTypes, 'extract_count_metric');
        const temporality = temporalityAt(batch, metric, type);
        extract(batch, metric, {suffix, unit: '1', temporality, monotonic: is_monotonic}, countOf(batch));
      },
  ),
  metricEditor(
    'extract_sum_metric',
    'Makes a sum of the sums of a histogram or summary.',
    {is_monotonic: needs('literal bool'), suffix: may('literal string')},
    ({is_monotonic, suffix = '_sum'}) =>
      (batch, metric) => {
        const type = mustBeType(batch, metric, distributionTypes, 'extract_sum_metric');
        const temporality = temporalityAt(batch, metric, type);
        extract(batch, metric, {suffix, temporality, monotonic: is_monotonic}, knownSumOf(batch, type));
      },
  ),
  metricEditor(
    'extract_percentile_metric',
    'Makes a gauge of a percentile of a histogram.',
    {percentile: needs('literal number'), suffix: may('literal string')},
    ({percentile, suffix = `_p${percentile}`}) => {
      if (percentile <= 0 || percentile >= 100)
        throw new ArgumentFault('percentile', `expected a number between 0 and 100, found ${percentile}`);
      return (batch, metric) => {
        const {type: types, description} = batch.metrics.columns;
        const type = types.get(metric);
        const points = pointsOf(batch, metric);
        if ((type !== histogram && type !== exponentialHistogram) || points.length === 0) return;
        const values = points.map((point) => percentileOf(batch, type, point, percentile));
        const text = new TextDecoder().decode(description.bytes(metric, batch.heap));
        const to = addMetric(batch, metric, {
          suffix,
          description: text === '' ? `p${percentile}` : `${text} (p${percentile})`,
          type: gauge,
        });
        for (const [index, point] of points.entries())
          setDouble(batch, addPoint(batch, to, point), values[index] as number);
      };
    },
  ),
  fromSummary('convert_summary_count_val_to_sum', 'counts', '_count', countOf),
  fromSummary('convert_summary_sum_val_to_sum', 'sums', '_sum', sumOf),
  metricEditor(
    'convert_summary_quantile_val_to_gauge',
    'Makes a gauge of the quantiles of a summary, a point for each.',
    {attributeKey: may('literal string'), suffix: may('literal string')},
    ({attributeKey = 'quantile', suffix = '.quantiles'}) =>
      (batch, metric) =>
        quantilesToGauge(batch, metric, attributeKey, suffix),
  ),
  metricEditor(
    'copy_metric',
    'Adds a copy of the metric, with another name, description or unit. Statements see the copy too: give it a `where`.',
    {name: may('string'), description: may('string'), unit: may('string')},
    ({name, description, unit}) =>
      (batch, metric, frame) =>
        void copyMetric(batch, metric, {
          name: name?.get(frame),
          description: description?.get(frame),
          unit: unit?.get(frame),
        }),
  ),
  metricEditor(
    'convert_exponential_histogram_to_histogram',
    'Makes an exponential histogram one with explicit bounds: by the upper end of each bucket (`upper`), its middle (`midpoint`), or spread (`uniform`, `random`).',
    {distribution: needs('literal string'), explicitBounds: needs('literal numbers')},
    ({distribution, explicitBounds}) => {
      const distribute = distributions[distribution];
      if (distribute === undefined) {
        throw new ArgumentFault(
          'distribution',
          `expected one of ${Object.keys(distributions).join(', ')}, found ${distribution}`,
        );
      }
      if (explicitBounds.length === 0) throw new ArgumentFault('explicitBounds', 'expected a bound at least');
      return (batch, metric) => toExplicit(batch, metric, distribute, explicitBounds);
    },
  ),
  metricEditor(
    'scale_metric',
    'Multiplies the values of a metric, and may set its unit.',
    {factor: needs('literal number'), unit: may('string')},
    ({factor, unit}) =>
      (batch, metric, frame) => {
        scale(batch, metric, factor);
        if (unit !== undefined) writeSlice(frame, batch.metrics.columns.unit, metric, unit.get(frame));
      },
  ),
  metricEditor(
    'aggregate_on_attributes',
    'Merges the points of a metric that agree in these attributes, or in all where none are given.',
    {function: needs('literal string'), attributes: may('literal strings')},
    ({function: name, attributes}) => {
      const aggregation = aggregationOf(name);
      const kept = attributes && new Set(attributes);
      return (batch, metric, frame) => {
        mustBeType(batch, metric, [gauge, sum, histogram, exponentialHistogram], 'aggregate_on_attributes');
        if (kept !== undefined) {
          for (const point of pointsOf(batch, metric)) {
            const owner = {column: () => batch.points.columns.attributes, row: () => point};
            removeWhere(frame, owner, (at) => !kept.has(keyOf(batch, at)));
          }
        }
        aggregatePoints(frame, metric, aggregation, 'aggregate_on_attributes');
      };
    },
  ),
  metricEditor(
    'aggregate_on_attribute_value',
    'Merges the points of a metric whose attribute has one of these values, under a new value.',
    {
      function: needs('literal string'),
      attribute: needs('literal string'),
      values: needs('literal strings'),
      newValue: needs('literal string'),
    },
    ({function: name, attribute, values, newValue}) => {
      const aggregation = aggregationOf(name);
      const bytes = utf8Bytes(attribute);
      const wanted = values.map(utf8Bytes);
      return (batch, metric, frame) => {
        for (const point of pointsOf(batch, metric)) {
          const at = findAttribute(batch, batch.points.columns.attributes, point, bytes);
          if (at >= 0 && wanted.some((value) => rowIsText(batch, at, value))) writeRow(batch, at, newValue);
        }
        aggregatePoints(frame, metric, aggregation, 'aggregate_on_attribute_value');
      };
    },
  ),
  editor(
    'merge_histogram_buckets',
    'Merges buckets of a histogram: the two at a bound (`remove_explicit_bound`), or neighbours down to a number (`limit_buckets`).',
    {target_value: needs('literal number'), method: may('literal string')},
    ({target_value, method = 'remove_explicit_bound'}, context) => {
      if (method !== 'remove_explicit_bound' && method !== 'limit_buckets')
        throw new ArgumentFault('method', `expected remove_explicit_bound or limit_buckets, found ${method}`);
      if (method === 'limit_buckets' && (!Number.isInteger(target_value) || target_value < 1))
        throw new ArgumentFault('target_value', 'expected a whole number from 1');
      const merge = method === 'limit_buckets' ? atMost(target_value) : withoutBound(target_value);
      return (frame) => {
        const batch = frame.batch as MetricBatch;
        const points = context === 'datapoint' ? [frame.row] : pointsOf(batch, frame.row);
        for (const point of points) mergeBuckets(batch, point, merge);
      };
    },
    ofMetricOrPoint,
  ),
];
