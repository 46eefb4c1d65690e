/** One function over time: spans to series. */
import type {Name, OverTime} from './ast.ts';
import {bucketOf, quantileOf} from './metrics-buckets.ts';
import type {Intervals} from './metrics-time.ts';
import {printName} from './print.ts';
import {attributeReader, type Reader, readerOf} from './readers.ts';
import {type Exemplar, type Label, nameLabel, type Series, type SeriesSet, seriesSet} from './series.ts';
import type {SpanView} from './span-view.ts';
import {isNumeric, keyOf, nil, toNumber, type Value} from './value.ts';

/** Takes spans, gives series. */
export interface Observer {
  bind(view: SpanView): (row: number, interval: number, exemplar: readonly Label[] | undefined) => void;
  series(): SeriesSet;
  /** How many series, or values of attributes, there are so far. */
  readonly size: number;
}

/** The label of a histogram's buckets. */
const bucketLabel = '__bucket';

interface Group {
  readonly labels: readonly Label[];
  /** One an interval: a count, or what the function keeps. */
  readonly values: Float64Array;
  readonly counts: Float64Array | undefined;
  /** Of quantiles: how many spans an interval has in each bucket. */
  readonly buckets: Map<number, number>[];
  readonly exemplars: Exemplar[];
}

export function overTimeObserver(over: OverTime, intervals: Intervals): Observer {
  const groups = new Map<string, Group>();
  const {operator, by, value} = over;
  const isCount = operator === 'rate' || operator === 'count_over_time' || operator === 'histogram_over_time';
  const isQuantile = operator === 'quantile_over_time';

  const groupOf = (values: readonly Value[], bucket: number | undefined): Group => {
    const key = values.map(keyOf).join('\0') + (isQuantile || bucket === undefined ? '' : `\0${bucket}`);
    let group = groups.get(key);
    if (group === undefined) {
      group = {
        labels: labelsOf(over, values, isQuantile ? undefined : bucket),
        values: new Float64Array(intervals.count).fill(isCount ? 0 : Number.NaN),
        counts: operator === 'avg_over_time' ? new Float64Array(intervals.count) : undefined,
        buckets: isQuantile ? Array.from({length: intervals.count}, () => new Map<number, number>()) : [],
        exemplars: [],
      };
      groups.set(key, group);
    }
    return group;
  };

  return {
    get size() {
      return groups.size;
    },
    bind(view) {
      const readGroups = by.map((name) => groupReader(view, name));
      const read =
        value === undefined ? undefined : numberReader(view, value, isQuantile || operator === 'histogram_over_time');
      return (row, interval, exemplar) => {
        const number = read?.(row);
        if (operator === 'quantile_over_time' || operator === 'histogram_over_time') {
          if (number?.bucket === undefined) return;
        }
        const group = groupOf(
          readGroups.map((each) => each(row)),
          number?.bucket,
        );
        if (exemplar !== undefined) {
          const shown = isCount || number === undefined || Number.isNaN(number.value) ? undefined : number.value;
          group.exemplars.push({labels: exemplar, value: shown, time: view.start(row)});
        }
        if (isQuantile) {
          const counts = group.buckets[interval] as Map<number, number>;
          const bucket = number?.bucket as number;
          counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
        } else if (isCount) (group.values[interval] as number)++;
        else if (number !== undefined && !Number.isNaN(number.value))
          accumulate(operator, group, interval, number.value);
      };
    },
    series() {
      if (isQuantile) return seriesSet([...groups.values()].flatMap((group) => quantiles(over.quantiles, group)));
      // What is counted has zeroes, where there is nothing at all too.
      if (groups.size === 0 && isCount && by.length === 0 && operator !== 'histogram_over_time') groupOf([], undefined);
      const seconds = intervals.seconds;
      return seriesSet(
        [...groups.values()].map(({labels, values, counts, exemplars}): Series => {
          if (operator === 'rate') return {labels, values: values.map((count) => count * (1 / seconds)), exemplars};
          if (counts === undefined) return {labels, values, exemplars};
          return {labels, values: values.map((sum, i) => sum / (counts[i] as number)), exemplars};
        }),
      );
    },
  };
}

function accumulate(operator: OverTime['operator'], group: Group, interval: number, value: number): void {
  const {values, counts} = group;
  const before = values[interval] as number;
  if (Number.isNaN(before)) values[interval] = value;
  else if (operator === 'min_over_time') values[interval] = Math.min(before, value);
  else if (operator === 'max_over_time') values[interval] = Math.max(before, value);
  else values[interval] = before + value;
  if (counts !== undefined) (counts[interval] as number)++;
}

const quantiles = (wanted: readonly number[], {labels, buckets, exemplars}: Group): Series[] =>
  wanted.map((quantile) => ({
    labels: [...labels, {name: 'p', value: {type: 'float', value: quantile}}],
    values: Float64Array.from(buckets, (counts) => quantileOf(quantile, counts)),
    exemplars,
  }));

/** What has no value has no label; where none has any, the first one says `nil`. */
function labelsOf({by, operator}: OverTime, values: readonly Value[], bucket: number | undefined): Label[] {
  const labels: Label[] = [];
  for (const [i, name] of by.entries()) {
    const value = values[i] as Value;
    if (value.type !== 'nil') labels.push({name: printName(name), value});
  }
  if (bucket !== undefined) labels.push({name: bucketLabel, value: {type: 'float', value: bucket}});
  const [first] = by;
  if (labels.length === 0 && operator !== 'quantile_over_time')
    labels.push(
      first === undefined
        ? {name: nameLabel, value: {type: 'string', value: operator}}
        : {name: printName(first), value: {type: 'string', value: 'nil'}},
    );
  return labels;
}

/** A name without a scope is the span's or its resource's only. */
function groupReader(view: SpanView, name: Name): Reader {
  const plain = (value: Value): Value => (value.type === 'several' ? (value.values[0] ?? nil) : value);
  if (name.kind === 'attribute' && name.scope === undefined) {
    const ofSpan = attributeReader(view, {...name, scope: 'span'});
    const ofResource = attributeReader(view, {...name, scope: 'resource'});
    return (row) => {
      const value = ofSpan(row);
      return value.type === 'nil' ? ofResource(row) : value;
    };
  }
  const read = readerOf(view, name);
  return (row) => plain(read(row));
}

/** NaN where there is no number. The span's duration is in seconds, all others are in nanoseconds, as in Tempo. */
function numberReader(view: SpanView, name: Name, inBuckets: boolean) {
  const read = readerOf(view, name);
  const isDuration = name.kind === 'intrinsic' && name.name === 'duration';
  return (row: number): {readonly value: number; readonly bucket: number | undefined} => {
    const found = read(row);
    const value = found.type === 'several' ? (found.values[0] ?? nil) : found;
    const number = toNumber(value);
    if (!isNumeric(value.type) || Number.isNaN(number)) return {value: Number.NaN, bucket: undefined};
    // Floats have no buckets: their range is too wide.
    const end = inBuckets && value.type !== 'float' ? bucketOf(number) : undefined;
    const bucket = end === undefined || value.type === 'int' ? end : end / 1e9;
    return {value: isDuration ? number / 1e9 : number, bucket};
  };
}
