/** Many series into few: sums and their like, and choices among the series of a group. */
import type {Aggregation} from './ast.ts';
import {PromqlError} from './error.ts';
import {KahanSum, Mean} from './kahan.ts';
import {isLabelName, Labels, metricLabels} from './labels.ts';
import {writeNumber} from './print.ts';
import {type Column, emptyColumn, isEmpty} from './series.ts';
import {quantileOf} from './window-functions.ts';

interface Group {
  readonly labels: Labels;
  readonly members: Column[];
}

export interface Aggregating {
  readonly node: Aggregation;
  readonly columns: readonly Column[];
  readonly count: number;
  /** Of `topk` and its like, at every moment. */
  readonly parameter?: Float64Array | string | undefined;
}

export function aggregate(aggregating: Aggregating): Column[] {
  const {node, columns} = aggregating;
  const groups = groupsOf(node, columns);
  switch (node.name) {
    case 'topk':
    case 'bottomk':
    case 'limitk':
    case 'limit_ratio':
      return choose(aggregating, groups);
    case 'count_values':
      return countValues(aggregating, groups);
    default:
      return groups.map((group) => fold(aggregating, group)).filter((column) => !isEmpty(column));
  }
}

function groupsOf({labels, isWithout}: Aggregation, columns: readonly Column[]): Group[] {
  const names = new Set(isWithout ? [...labels, ...metricLabels] : labels);
  const groups = new Map<string, Group>();
  for (const column of columns) {
    const own = isWithout ? column.labels.without(names) : names.size === 0 ? Labels.none : column.labels.only(names);
    let group = groups.get(own.key);
    if (group === undefined) {
      group = {labels: own, members: []};
      groups.set(own.key, group);
    }
    group.members.push(column);
  }
  return [...groups.values()];
}

/** One series of a group. */
function fold({node, count, parameter}: Aggregating, {labels, members}: Group): Column {
  const out = emptyColumn(labels, count);
  const at = new Float64Array(members.length);
  for (let step = 0; step < count; step++) {
    let size = 0;
    for (const {values, present} of members) if (present[step] === 1) at[size++] = values[step] as number;
    if (size === 0) continue;
    out.present[step] = 1;
    const values = at.subarray(0, size);
    out.values[step] =
      node.name === 'quantile'
        ? quantileOf((parameter as Float64Array)[step] as number, values.slice())
        : folded(node.name, values);
  }
  return out;
}

function folded(name: Aggregation['name'], values: Float64Array): number {
  switch (name) {
    case 'count':
      return values.length;
    case 'group':
      return 1;
    case 'sum': {
      const sum = new KahanSum(values[0] as number);
      for (let i = 1; i < values.length; i++) sum.add(values[i] as number);
      return sum.total;
    }
    case 'avg': {
      const mean = new Mean(values[0] as number);
      for (let i = 1; i < values.length; i++) mean.add(values[i] as number);
      return mean.value;
    }
    case 'min':
      return values.reduce((least, value) => (value < least || Number.isNaN(least) ? value : least));
    case 'max':
      return values.reduce((most, value) => (value > most || Number.isNaN(most) ? value : most));
    case 'stdvar':
      return variance(values);
    case 'stddev':
      return Math.sqrt(variance(values));
    default:
      throw new Error(`no sum of a group: ${name}`);
  }
}

/** By Welford. */
function variance(values: Float64Array): number {
  let mean = values[0] as number;
  let squares = Number.isFinite(mean) ? 0 : Number.NaN;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number;
    const delta = value - mean;
    mean += delta / (i + 1);
    squares += delta * (value - mean);
  }
  return squares / values.length;
}

/** Some of the series of each group, as they are. At one moment `topk` gives the greatest first. */
function choose({node, columns, count, parameter}: Aggregating, groups: readonly Group[]): Column[] {
  const chosen = new Map(columns.map((column) => [column, emptyColumn(column.labels, count)]));
  const order: Column[] = [];
  for (let step = 0; step < count; step++) {
    const value = (parameter as Float64Array)[step] as number;
    for (const {members} of groups) {
      const here = members.filter(({present}) => present[step] === 1);
      for (const column of chosenOf(node.name, here, step, value)) {
        const out = chosen.get(column) as Column;
        out.values[step] = column.values[step] as number;
        out.present[step] = 1;
        if (count === 1) order.push(out);
      }
    }
  }
  return count === 1 ? order : [...chosen.values()].filter((column) => !isEmpty(column));
}

function chosenOf(name: Aggregation['name'], here: Column[], step: number, value: number): Column[] {
  if (name === 'limit_ratio') return here.filter(({labels}) => isWithinRatio(labels, value));
  if (Number.isNaN(value)) throw new PromqlError(`Parameter value is NaN for aggregation ${name}`);
  if (Math.abs(value) >= 2 ** 63) throw new PromqlError(`Scalar value ${value} overflows int64`);
  const most = Math.max(0, Math.min(Math.trunc(value), here.length));
  if (name === 'limitk') return here.slice(0, most);
  const sign = name === 'topk' ? -1 : 1;
  // A NaN is chosen last.
  const byValue = (a: Column, b: Column): number => {
    const [x, y] = [a.values[step] as number, b.values[step] as number];
    if (Number.isNaN(x)) return Number.isNaN(y) ? 0 : 1;
    return Number.isNaN(y) ? -1 : sign * (x - y);
  };
  return here.toSorted(byValue).slice(0, most);
}

/** A share of the series by a hash of their labels: a negative one is what the positive one to 1 leaves. */
function isWithinRatio(labels: Labels, ratio: number): boolean {
  if (Number.isNaN(ratio)) throw new PromqlError('Ratio value is NaN');
  const bound = Math.max(-1, Math.min(1, ratio));
  const place = hashOf(labels.key) / 2 ** 32;
  return bound >= 0 ? place < bound : place >= 1 + bound;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // The last letters have to reach every bit.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** How many series have each value. */
function countValues({count, parameter}: Aggregating, groups: readonly Group[]): Column[] {
  const label = parameter as string;
  if (!isLabelName(label)) throw new PromqlError(`invalid label name ${JSON.stringify(label)}`);
  const out = new Map<string, Column>();
  for (const {labels, members} of groups) {
    for (const {values, present} of members) {
      for (let step = 0; step < count; step++) {
        if (present[step] === 0) continue;
        const own = labels.with([[label, writeNumber(values[step] as number)]]);
        let column = out.get(own.key);
        if (column === undefined) {
          column = emptyColumn(own, count);
          out.set(own.key, column);
        }
        column.present[step] = 1;
        column.values[step] = (column.values[step] as number) + 1;
      }
    }
  }
  return [...out.values()];
}
