/** Series over time, and what is done to them as wholes. */
import type {ComparisonSign, SeriesSign} from './ast.ts';
import {keyOf, textOf, type Value} from './value.ts';

export interface Label {
  readonly name: string;
  readonly value: Value;
}

/** A span that stands for a value of a series. */
export interface Exemplar {
  readonly labels: readonly Label[];
  /** Undefined: that of the series. */
  readonly value: number | undefined;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
}

export interface Series {
  readonly labels: readonly Label[];
  /** One an interval; NaN for none. */
  readonly values: Float64Array;
  readonly exemplars: readonly Exemplar[];
}

/** By their labels. */
export type SeriesSet = ReadonlyMap<string, Series>;

/** The label of series that are grouped by nothing: the name of the function. */
export const nameLabel = '__name__';

/** The name of the function is no part of what a series is. */
export const keyOfLabels = (labels: readonly Label[]): string =>
  JSON.stringify(labels.filter(({name}) => name !== nameLabel).map(({name, value}) => [name, keyOf(value)]));
const noLabels = keyOfLabels([]);

export const seriesSet = (list: Iterable<Series>): SeriesSet =>
  new Map(Array.from(list, (series) => [keyOfLabels(series.labels), series]));

function arithmetic(operator: SeriesSign, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? Number.NaN : left / right;
  }
}

export function withScalar(set: SeriesSet, operator: SeriesSign, scalar: number, scalarFirst: boolean): SeriesSet {
  const apply = (value: number): number =>
    scalarFirst ? arithmetic(operator, scalar, value) : arithmetic(operator, value, scalar);
  return mapSeries(set, (series) => ({
    ...series,
    values: series.values.map(apply),
    exemplars: series.exemplars.map((each) => ({
      ...each,
      value: each.value === undefined ? undefined : apply(each.value),
    })),
  }));
}

const mapSeries = (set: SeriesSet, map: (series: Series) => Series): SeriesSet =>
  new Map([...set].map(([key, series]) => [key, map(series)]));

/** Values that compare so; series that have none of them are left out. */
export function filterSeries(set: SeriesSet, operator: ComparisonSign, limit: number): SeriesSet {
  const fits = comparisons[operator];
  const kept = mapSeries(set, (series) => ({
    ...series,
    values: series.values.map((value) => (fits(value, limit) ? value : Number.NaN)),
    exemplars: series.exemplars.filter(({value}) => value !== undefined && fits(value, limit)),
  }));
  return new Map([...kept].filter(([, {values}]) => values.some((value) => !Number.isNaN(value))));
}

/** NaN compares with nothing, not even by `!=`. */
const comparisons: Readonly<Record<ComparisonSign, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit && !Number.isNaN(value),
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

/** In each interval the `limit` largest or smallest values. Which of equal ones is decided by their labels, always alike. */
export function rankSeries(set: SeriesSet, operator: 'topk' | 'bottomk', limit: number, intervals: number): SeriesSet {
  if (set.size <= limit) return set;
  const sign = operator === 'topk' ? 1 : -1;
  const all = [...set].map(([key, series]) => ({key, values: series.values, ranks: series.labels.map(rankOf)}));
  all.sort((a, b) => sign * compareRanks(a.ranks, b.ranks));
  const kept = new Map<string, Float64Array>();
  for (let i = 0; i < intervals; i++) {
    const at = ({values}: {readonly values: Float64Array}): number => values[i] ?? Number.NaN;
    const ranked = all.filter((each) => !Number.isNaN(at(each))).sort((a, b) => sign * (at(b) - at(a)));
    for (const each of ranked.slice(0, limit)) {
      const values = kept.get(each.key) ?? new Float64Array(intervals).fill(Number.NaN);
      values[i] = at(each);
      kept.set(each.key, values);
    }
  }
  return new Map(
    [...set].flatMap(([key, series]) => {
      const values = kept.get(key);
      return values === undefined ? [] : [[key, {...series, values}] as const];
    }),
  );
}

type Rank = readonly [text: string, name: string, type: string, bits: bigint];

/** Of equal values `topk` takes the first text and the largest number, and `bottomk` the other way round. */
function rankOf({name, value}: Label): Rank {
  if (value.type === 'int' || value.type === 'duration')
    return ['', name, 'int', BigInt.asUintN(64, BigInt(value.value))];
  if (value.type === 'float') return ['', name, 'float', bitsOf(value.value)];
  if (value.type === 'boolean') return ['', name, 'boolean', BigInt(value.value)];
  return [textOf(value), name, 'string', 0n];
}

function bitsOf(value: number): bigint {
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0);
}
const scratch = new DataView(new ArrayBuffer(8));

function compareRanks(left: readonly Rank[], right: readonly Rank[]): number {
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [a, b] = [left[i] ?? noRank, right[i] ?? noRank];
    for (const part of [0, 1, 2] as const) if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1;
    if (a[3] !== b[3]) return a[3] > b[3] ? -1 : 1;
  }
  return 0;
}
const noRank: Rank = ['', '', '', 0n];

/** Series with the same labels with each other; one without labels with all. */
export function combineSeries(operator: SeriesSign, left: SeriesSet, right: SeriesSet): SeriesSet {
  const target = right.has(noLabels) ? left : right;
  const combined = new Map<string, Series>();
  for (const key of target.keys()) {
    const one = left.get(key) ?? left.get(noLabels);
    const other = right.get(key) ?? right.get(noLabels);
    if (one === undefined || other === undefined) continue;
    const values = one.values.map((value, i) => arithmetic(operator, value, other.values[i] ?? Number.NaN));
    const [oneFans, otherFans] = [!left.has(key), !right.has(key)];
    const exemplars =
      oneFans === otherFans ? [...one.exemplars, ...other.exemplars] : oneFans ? other.exemplars : one.exemplars;
    combined.set(key, {labels: mergedLabels(operator, one.labels, other.labels), values, exemplars});
  }
  return combined;
}

function mergedLabels(operator: SeriesSign, left: readonly Label[], right: readonly Label[]): Label[] {
  const labels = [...left, ...right.filter(({name}) => !left.some((each) => each.name === name))];
  const rest = labels.filter(({name}) => name !== nameLabel);
  const [one, other] = [left, right].map((side) => side.find(({name}) => name === nameLabel)?.value);
  if (one?.type !== 'string' || other?.type !== 'string') return rest;
  return [{name: nameLabel, value: {type: 'string', value: `(${one.value} ${operator} ${other.value})`}}, ...rest];
}
