/** Paths of metrics and their data points. */
import {type MetricBatch, metricType, pointHas, type RangeColumn, setNumbers, type U64Column} from '../model/index.ts';
import {readOwner} from './attributes.ts';
import {
  attributesField,
  computed,
  type PathDefinition,
  type Paths,
  readOnly,
  textField,
  timeField,
  u32Field,
  u64Field,
  wantBool,
  wantDouble,
  wantInt,
  wantList,
} from './fields.ts';
import type {Frame} from './frame.ts';
import {pointsOf} from './points.ts';
import {Time, type Value, type ValueMap} from './value.ts';

const metrics = (frame: Frame) => (frame.batch as MetricBatch).metrics.columns;
const points = (frame: Frame) => (frame.batch as MetricBatch).points.columns;

/** `METRIC_DATA_TYPE_…`, by Weft's number of the type. */
const dataType: Readonly<Record<number, number>> = {
  [metricType.gauge]: 1,
  [metricType.sum]: 2,
  [metricType.histogram]: 3,
  [metricType.exponentialHistogram]: 4,
  [metricType.summary]: 5,
};

const {gauge, sum, histogram, exponentialHistogram, summary} = metricType;

export const metricPaths: Paths = {
  name: textField((frame) => metrics(frame).name, 'Name of the metric.'),
  description: textField((frame) => metrics(frame).description, 'Description of the metric.'),
  unit: textField((frame) => metrics(frame).unit, 'Unit of the metric.'),
  type: {
    type: 'int',
    help: 'Type of the metric, one of `METRIC_DATA_TYPE_…`, to read.',
    make(row) {
      const number = (frame: Frame): number => dataType[metrics(frame).type.get(row(frame))] ?? 0;
      return {get: (frame) => BigInt(number(frame)), isNil: () => false, number};
    },
  },
  aggregation_temporality: {
    type: 'int',
    help: 'Temporality of sums and histograms, one of `AGGREGATION_TEMPORALITY_…`; nil of other metrics.',
    make(row) {
      const has = (frame: Frame): boolean =>
        [sum, histogram, exponentialHistogram].includes(typeAt(frame, row(frame)) as 7);
      return {
        get: (frame) => (has(frame) ? BigInt(metrics(frame).temporality.get(row(frame))) : undefined),
        number: (frame) => (has(frame) ? metrics(frame).temporality.get(row(frame)) : Number.NaN),
        set(frame, value) {
          if (has(frame)) metrics(frame).temporality.set(row(frame), Number(BigInt.asUintN(32, wantInt(value))));
        },
      };
    },
  },
  is_monotonic: {
    type: 'bool',
    help: 'Whether a sum only grows; nil of other metrics.',
    make: (row) => ({
      get: (frame) => (typeAt(frame, row(frame)) === sum ? metrics(frame).monotonic.get(row(frame)) !== 0 : undefined),
      set(frame, value) {
        if (typeAt(frame, row(frame)) === sum) metrics(frame).monotonic.set(row(frame), wantBool(value) ? 1 : 0);
      },
    }),
  },
  metadata: attributesField((frame) => metrics(frame).metadata, 'Metadata of the metric.'),
  data_points: readOnly('list', 'Points of the metric as maps, to read.', (frame, row) =>
    pointsOf(frame.batch as MetricBatch, row).map((point) => pointMap(frame, point)),
  ),
};

function typeAt(frame: Frame, metric: number): number {
  return metrics(frame).type.get(metric);
}

/** The type of the metric that a point is of. */
function pointType(frame: Frame, point: number): number {
  return metrics(frame).type.get(points(frame).metric.get(point));
}

function pointMap(frame: Frame, point: number): ValueMap {
  const {start, time, attributes} = points(frame);
  const map: ValueMap = new Map<string, Value>([
    ['start_time', new Time(start.getSigned(point))],
    ['time', new Time(time.getSigned(point))],
    ['attributes', readOwner(frame, {column: () => attributes, row: () => point})],
  ]);
  const value = numberValue(frame, point);
  return value === undefined ? map : map.set('value', value);
}

function numberValue(frame: Frame, point: number): bigint | number | undefined {
  const {has, value} = points(frame);
  if ((has.get(point) & pointHas.int) !== 0) return value.getSigned(point);
  return (has.get(point) & pointHas.double) === 0 ? undefined : value.getDouble(point);
}

/** A field that only points of these types of metrics have; of others it is nil, and writing it does nothing. */
const only = (types: readonly number[], definition: PathDefinition): PathDefinition => ({
  ...definition,
  make(row) {
    const inner = definition.make(row);
    const has = (frame: Frame): boolean => types.includes(pointType(frame, row(frame)));
    return {
      get: (frame) => (has(frame) ? inner.get(frame) : undefined),
      ...(inner.number === undefined ? {} : {number: (frame) => (has(frame) ? inner.number!(frame) : Number.NaN)}),
      ...(inner.set === undefined
        ? {}
        : {
            set(frame: Frame, value: Value) {
              if (has(frame)) inner.set!(frame, value);
            },
          }),
    };
  },
});

const isNumber = [gauge, sum];
const isExponential = [exponentialHistogram];

const setValueKind = (frame: Frame, point: number, kind: number): void => {
  const {has} = points(frame);
  has.set(point, (has.get(point) & ~(pointHas.int | pointHas.double)) | kind);
};

const doubleField = (
  column: (frame: Frame) => U64Column,
  help: string,
  bit: number,
  optional: boolean,
): PathDefinition =>
  computed(
    'double',
    help,
    (frame, row) => {
      if (optional && (points(frame).has.get(row) & bit) === 0) return undefined;
      return column(frame).getDouble(row);
    },
    (frame, row, value) => {
      column(frame).setDouble(row, wantDouble(value));
      points(frame).has.set(row, points(frame).has.get(row) | bit);
    },
  );

/** A list of numbers of the point: 64-bit counts, or the bits of doubles. */
const numbersField = (column: (frame: Frame) => RangeColumn, help: string, doubles: boolean): PathDefinition =>
  computed(
    'list',
    help,
    (frame, row) => {
      const range = column(frame);
      const {bits} = (frame.batch as MetricBatch).numbers.columns;
      return Array.from({length: range.count(row)}, (_, index) => {
        const at = range.from(row) + index;
        return doubles ? bits.getDouble(at) : bits.getSigned(at);
      });
    },
    (frame, row, value) => {
      const list = wantList(value);
      setNumbers(
        frame.batch as MetricBatch,
        column(frame),
        row,
        list.map<bigint | number>(doubles ? wantDouble : wantInt),
      );
    },
  );

const buckets = (sign: 'positive' | 'negative'): Paths => {
  const offset = (frame: Frame) => (sign === 'positive' ? points(frame).positiveOffset : points(frame).negativeOffset);
  const counts = (frame: Frame) => (sign === 'positive' ? points(frame).positiveCounts : points(frame).negativeCounts);
  const countsField = numbersField(counts, `Counts of the ${sign} buckets.`, false);
  return {
    [sign]: only(isExponential, {
      type: 'map',
      help: `The ${sign} buckets of an exponential histogram as a map, to read.`,
      make: (row) => ({
        get(frame) {
          const map: ValueMap = new Map([['offset', BigInt(offset(frame).get(row(frame)) | 0)]]);
          return map.set('bucket_counts', countsField.make(row).get(frame));
        },
      }),
    }),
    [`${sign}.offset`]: only(isExponential, u32Field(offset, `Offset of the ${sign} buckets.`, true)),
    [`${sign}.bucket_counts`]: only(isExponential, countsField),
  };
};

export const datapointPaths: Paths = {
  attributes: attributesField((frame) => points(frame).attributes, 'Attributes of the point.'),
  start_time_unix_nano: u64Field((frame) => points(frame).start, 'Start in nanoseconds since 1970.'),
  time_unix_nano: u64Field((frame) => points(frame).time, 'Time in nanoseconds since 1970.'),
  start_time: timeField((frame) => points(frame).start, 'Start.'),
  time: timeField((frame) => points(frame).time, 'Time.'),
  value_double: only(
    isNumber,
    computed(
      'double',
      'Value of a gauge or sum where it is a double; 0 where it is an int.',
      (frame, row) => {
        const value = numberValue(frame, row);
        return typeof value === 'number' ? value : 0;
      },
      (frame, row, value) => {
        points(frame).value.setDouble(row, wantDouble(value));
        setValueKind(frame, row, pointHas.double);
      },
    ),
  ),
  value_int: only(
    isNumber,
    computed(
      'int',
      'Value of a gauge or sum where it is an int; 0 where it is a double.',
      (frame, row) => {
        const value = numberValue(frame, row);
        return typeof value === 'bigint' ? value : 0n;
      },
      (frame, row, value) => {
        points(frame).value.set(row, BigInt.asUintN(64, wantInt(value)));
        setValueKind(frame, row, pointHas.int);
      },
    ),
  ),
  exemplars: readOnly('list', 'Exemplars of the point as maps, to read.', (frame, row) => {
    const range = points(frame).exemplars;
    const {time, has, value, attributes} = (frame.batch as MetricBatch).exemplars.columns;
    return Array.from({length: range.count(row)}, (_, index) => {
      const at = range.from(row) + index;
      const map: ValueMap = new Map<string, Value>([
        ['time', new Time(time.getSigned(at))],
        ['filtered_attributes', readOwner(frame, {column: () => attributes, row: () => at})],
      ]);
      return map.set('value', has.get(at) === pointHas.int ? value.getSigned(at) : value.getDouble(at));
    });
  }),
  flags: u32Field((frame) => points(frame).flags, 'Flags of the point, `FLAG_NO_RECORDED_VALUE` among them.'),
  count: only(
    [histogram, exponentialHistogram, summary],
    u64Field((frame) => points(frame).count, 'Number of observations.'),
  ),
  sum: only(
    [histogram, exponentialHistogram, summary],
    doubleField((frame) => points(frame).sum, 'Sum of the observations.', pointHas.sum, false),
  ),
  min: only(
    [histogram, exponentialHistogram],
    doubleField((frame) => points(frame).min, 'Smallest observation, nil where it is not known.', pointHas.min, true),
  ),
  max: only(
    [histogram, exponentialHistogram],
    doubleField((frame) => points(frame).max, 'Largest observation, nil where it is not known.', pointHas.max, true),
  ),
  bucket_counts: only(
    [histogram],
    numbersField((frame) => points(frame).bucketCounts, 'Counts of the buckets.', false),
  ),
  explicit_bounds: only(
    [histogram],
    numbersField((frame) => points(frame).bounds, 'Upper bounds of the buckets.', true),
  ),
  scale: only(
    isExponential,
    u32Field((frame) => points(frame).scale, 'Scale of an exponential histogram.', true),
  ),
  zero_count: only(
    isExponential,
    u64Field((frame) => points(frame).zeroCount, 'Observations in the zero bucket.'),
  ),
  zero_threshold: only(
    isExponential,
    doubleField((frame) => points(frame).zeroThreshold, 'Width of the zero bucket.', 0, false),
  ),
  ...buckets('positive'),
  ...buckets('negative'),
  quantile_values: only(
    [summary],
    readOnly('list', 'Quantiles of a summary as maps, to read.', (frame, row) => {
      const range = points(frame).quantiles;
      const {quantile, value} = (frame.batch as MetricBatch).quantiles.columns;
      return Array.from({length: range.count(row)}, (_, index) => {
        const at = range.from(row) + index;
        return new Map([
          ['quantile', quantile.getDouble(at)],
          ['value', value.getDouble(at)],
        ]);
      });
    }),
  ),
};
