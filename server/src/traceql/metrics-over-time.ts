/** One function over time: spans to series. */
import type {Name, OverTime} from './ast.ts';
import {bucketOf, quantileOf} from './metrics-buckets.ts';
import type {Intervals} from './metrics-time.ts';
import {printName} from './print.ts';
import {type Reader, type Readers, readersOf} from './readers.ts';
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

/** Numbers of spans, in the unit of their series: those of one span, or of several that are in one interval and bucket. */
export interface Sample {
  readonly spans: number;
  /** How many of the spans have a number. */
  readonly numbers: number;
  readonly sum: number;
  readonly least: number;
  readonly most: number;
  /** The end of the bucket that all of them are in. */
  readonly bucket: number | undefined;
}

interface Group {
  readonly labels: readonly Label[];
  /** One an interval: a count, or what the function keeps. */
  readonly values: Float64Array;
  readonly counts: Float64Array | undefined;
  /** Of quantiles: how many spans an interval has in each bucket. */
  readonly buckets: Map<number, number>[];
  readonly exemplars: Exemplar[];
}

export interface OverTimeObserver extends Observer {
  /** The key of the series that spans with these values count in, which are those of `by` in its order; undefined where they count in none. */
  seriesOf(values: readonly Value[], sample: Sample): string | undefined;
  add(values: readonly Value[], interval: number, sample: Sample): void;
  /** Names spans as examples without counting them. */
  bindExemplars(view: SpanView): (row: number, exemplar: readonly Label[]) => void;
}

export function overTimeObserver(over: OverTime, intervals: Intervals): OverTimeObserver {
  const groups = new Map<string, Group>();
  const {operator, by, value} = over;
  const isCount = operator === 'rate' || operator === 'count_over_time' || operator === 'histogram_over_time';
  const isQuantile = operator === 'quantile_over_time';
  const isBucketed = isQuantile || operator === 'histogram_over_time';

  const seriesOf = (values: readonly Value[], {bucket}: Sample): string | undefined => {
    if (isBucketed && bucket === undefined) return undefined;
    return values.map(keyOf).join('\0') + (isQuantile || bucket === undefined ? '' : `\0${bucket}`);
  };
  const groupOf = (values: readonly Value[], sample: Sample): Group | undefined => {
    const key = seriesOf(values, sample);
    if (key === undefined) return undefined;
    let group = groups.get(key);
    if (group === undefined) {
      group = {
        labels: labelsOf(over, values, isQuantile ? undefined : sample.bucket),
        values: new Float64Array(intervals.count).fill(isCount ? 0 : Number.NaN),
        counts: operator === 'avg_over_time' ? new Float64Array(intervals.count) : undefined,
        buckets: isQuantile ? Array.from({length: intervals.count}, () => new Map<number, number>()) : [],
        exemplars: [],
      };
      groups.set(key, group);
    }
    return group;
  };
  const add = (values: readonly Value[], interval: number, sample: Sample): Group | undefined => {
    const group = groupOf(values, sample);
    if (group === undefined) return undefined;
    const {bucket} = sample;
    if (isQuantile) {
      const counts = group.buckets[interval] as Map<number, number>;
      counts.set(bucket as number, (counts.get(bucket as number) ?? 0) + sample.spans);
    } else if (isCount) (group.values[interval] as number) += sample.spans;
    else if (sample.numbers > 0) accumulate(operator, group, interval, sample);
    return group;
  };
  const bindRows = (view: SpanView) => {
    const readers = readersOf(view);
    const read = byReader(over, readers);
    const sample = value === undefined ? () => one : numberReader(readers, value, isBucketed);
    return {read, sample};
  };
  const note = (group: Group, view: SpanView, row: number, {numbers, sum}: Sample, labels: readonly Label[]): void => {
    const shown = isCount || numbers === 0 ? undefined : sum;
    group.exemplars.push({labels, value: shown, time: view.start(row)});
  };

  return {
    get size() {
      return groups.size;
    },
    seriesOf,
    add,
    bind(view) {
      const {read, sample} = bindRows(view);
      return (row, interval, exemplar) => {
        const found = sample(row);
        const group = add(read(row), interval, found);
        if (group !== undefined && exemplar !== undefined) note(group, view, row, found, exemplar);
      };
    },
    bindExemplars(view) {
      const {read, sample} = bindRows(view);
      return (row, exemplar) => {
        const found = sample(row);
        const key = seriesOf(read(row), found);
        const group = key === undefined ? undefined : groups.get(key);
        if (group !== undefined) note(group, view, row, found, exemplar);
      };
    },
    series() {
      if (isQuantile) return seriesSet([...groups.values()].flatMap((group) => quantiles(over.quantiles, group)));
      // What is counted has zeroes, where there is nothing at all too.
      if (groups.size === 0 && isCount && by.length === 0 && operator !== 'histogram_over_time') groupOf([], none);
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

const none: Sample = {
  spans: 0,
  numbers: 0,
  sum: Number.NaN,
  least: Number.NaN,
  most: Number.NaN,
  bucket: undefined,
};
/** A span without a number. */
export const one: Sample = {...none, spans: 1};

function accumulate(operator: OverTime['operator'], group: Group, interval: number, sample: Sample): void {
  const {values, counts} = group;
  const before = values[interval] as number;
  const isFirst = Number.isNaN(before);
  if (operator === 'min_over_time') values[interval] = isFirst ? sample.least : Math.min(before, sample.least);
  else if (operator === 'max_over_time') values[interval] = isFirst ? sample.most : Math.max(before, sample.most);
  else values[interval] = isFirst ? sample.sum : before + sample.sum;
  if (counts !== undefined) (counts[interval] as number) += sample.numbers;
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

export function byReader({by}: OverTime, readers: Readers): (row: number) => readonly Value[] {
  const all = by.map((name) => groupReader(readers, name));
  return (row) => all.map((each) => each(row));
}

/** A name without a scope is the span's or its resource's only. */
function groupReader(readers: Readers, name: Name): Reader {
  if (name.kind === 'attribute' && name.scope === undefined) {
    const ofSpan = readers.name({...name, scope: 'span'});
    const ofResource = readers.name({...name, scope: 'resource'});
    return (row) => {
      const value = ofSpan(row);
      return value.type === 'nil' ? ofResource(row) : value;
    };
  }
  const read = readers.name(name);
  return (row) => {
    const value = read(row);
    return value.type === 'several' ? (value.values[0] ?? nil) : value;
  };
}

/** The span's duration is in seconds, all others are in nanoseconds, as in Tempo. */
export function numberReader(readers: Readers, name: Name, inBuckets: boolean): (row: number) => Sample {
  const read = readers.name(name);
  const isDuration = name.kind === 'intrinsic' && name.name === 'duration';
  return (row) => {
    const found = read(row);
    const value = found.type === 'several' ? (found.values[0] ?? nil) : found;
    const number = toNumber(value);
    if (!isNumeric(value.type) || Number.isNaN(number)) return one;
    // Floats have no buckets: their range is too wide.
    const end = inBuckets && value.type !== 'float' ? bucketOf(number) : undefined;
    const bucket = end === undefined || value.type === 'int' ? end : end / 1e9;
    const shown = isDuration ? number / 1e9 : number;
    return {spans: 1, numbers: 1, sum: shown, least: shown, most: shown, bucket};
  };
}
