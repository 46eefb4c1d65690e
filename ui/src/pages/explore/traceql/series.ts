/** Series over time as what is drawn and listed of them. */
import type {TempoSeries} from '../../../api/index.ts';
import type {HeatmapLayer} from '../../../chart/index.ts';
import {valueText} from './found.ts';

export interface Line {
  readonly id: string;
  /** Its labels in short; undefined for a series without any. */
  readonly name: string | undefined;
  /** Seconds since 1970, ascending. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly last: number;
  readonly mean: number;
  readonly greatest: number;
  readonly examples: readonly Example[];
}

export interface Example {
  readonly traceId: string;
  readonly spanId: string | undefined;
  readonly at: number;
  readonly value: number;
}

/** The greatest first. What is no number, such as the quotient of nothing by nothing, is left out. */
export function linesOf(series: readonly TempoSeries[]): readonly Line[] {
  return series
    .flatMap((one): Line[] => {
      const samples = one.samples.flatMap(({timestampMs, value}) =>
        Number.isFinite(Number(value)) ? [{x: Number(timestampMs) / 1000, y: Number(value)}] : [],
      );
      if (samples.length === 0) return [];
      const y = samples.map((sample) => sample.y);
      return [
        {
          id: JSON.stringify(one.labels),
          name: nameOf(one),
          x: samples.map((sample) => sample.x),
          y,
          last: y.at(-1)!,
          mean: y.reduce((sum, value) => sum + value, 0) / y.length,
          greatest: y.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
          examples: examplesOf(one),
        },
      ];
    })
    .sort((a, b) => b.greatest - a.greatest);
}

function nameOf({labels}: TempoSeries): string | undefined {
  const shown = labels.filter(({key}) => key !== '__name__');
  if (shown.length === 0) return undefined;
  if (shown.length === 1)
    return shown[0]!.key === 'p' ? `p = ${valueText(shown[0]!.value)}` : valueText(shown[0]!.value);
  return shown.map(({key, value}) => `${key} = ${valueText(value)}`).join(', ');
}

function examplesOf({exemplars = []}: TempoSeries): readonly Example[] {
  return exemplars
    .flatMap(({labels, value, timestampMs}) => {
      const label = (key: string): string | undefined => {
        const found = labels.find((one) => one.key === key);
        return found && valueText(found.value);
      };
      const traceId = label('trace:id');
      if (traceId === undefined || !Number.isFinite(Number(value))) return [];
      return [
        {
          traceId: traceId.padStart(32, '0'),
          spanId: label('span:id'),
          at: Number(timestampMs) / 1000,
          value: Number(value),
        },
      ];
    })
    .sort((a, b) => a.at - b.at);
}

export interface Histogram {
  readonly layer: HeatmapLayer;
  /** The sum of each bucket, by its upper bound, ascending. */
  readonly buckets: readonly {readonly upTo: number; readonly count: number}[];
}

/** `histogram_over_time`: buckets are powers of two, each named by its upper bound, times `scale`. Groups are added up. */
export function histogramOf(series: readonly TempoSeries[], scale: number): Histogram | undefined {
  const cells = new Map<number, Map<number, number>>();
  const times = new Set<number>();
  for (const {labels, samples} of series) {
    const bucket = Number(valueText(labels.find(({key}) => key === '__bucket')?.value ?? {stringValue: 'NaN'}));
    if (!Number.isFinite(bucket)) continue;
    const row = cells.get(bucket) ?? new Map<number, number>();
    cells.set(bucket, row);
    for (const {timestampMs, value} of samples) {
      const at = Number(timestampMs) / 1000;
      times.add(at);
      row.set(at, (row.get(at) ?? 0) + Number(value));
    }
  }
  const uppers = [...cells.keys()].sort((a, b) => a - b);
  const columns = [...times].sort((a, b) => a - b);
  if (uppers.length === 0 || columns.length < 2) return undefined;
  const width = columns[1]! - columns[0]!;
  // A row lies between two powers of two, whether each of them has a bucket or not.
  const rowOf = (upper: number): number => Math.round(Math.log2(upper / uppers[0]!));
  const rows = rowOf(uppers.at(-1)!) + 1;
  const layer = {column: [] as number[], row: [] as number[], amount: [] as number[], failed: [] as number[]};
  for (const upper of uppers) {
    for (const [at, amount] of cells.get(upper)!) {
      if (amount === 0) continue;
      layer.column.push(Math.round((at - columns[0]!) / width));
      layer.row.push(rowOf(upper));
      layer.amount.push(amount);
      layer.failed.push(0);
    }
  }
  return {
    layer: {
      kind: 'heatmap',
      // A sample is told at the end of its interval.
      start: columns[0]! - width,
      width,
      bounds: Array.from({length: rows + 1}, (_, i) => scale * uppers[0]! * 2 ** (i - 1)),
      ...layer,
    },
    buckets: uppers.map((upTo) => ({
      upTo: upTo * scale,
      count: [...cells.get(upTo)!.values()].reduce((sum, one) => sum + one, 0),
    })),
  };
}

export interface Compared {
  readonly id: string;
  readonly attribute: string;
  readonly value: string;
  /** Shares of all spans of each side that have the attribute. */
  readonly baseline: number;
  readonly selection: number;
}

/** `compare(…)`: how often each value is among the selected spans and among the others, the greatest difference first. */
export function comparedOf(series: readonly TempoSeries[]): readonly Compared[] {
  const totals = new Map<string, number>();
  const rows = new Map<string, {attribute: string; value: string; baseline: number; selection: number}>();
  for (const {labels, samples} of series) {
    const type = valueText(labels.find(({key}) => key === '__meta_type')?.value ?? {stringValue: ''});
    const named = labels.find(({key}) => !key.startsWith('__'));
    if (named === undefined) continue;
    const sum = samples.reduce((all, {value}) => all + (Number.isFinite(Number(value)) ? Number(value) : 0), 0);
    if (type.endsWith('_total')) totals.set(`${type} ${named.key}`, sum);
    if (type !== 'baseline' && type !== 'selection') continue;
    const value = valueText(named.value);
    const id = JSON.stringify([named.key, value]);
    const row = rows.get(id) ?? {attribute: named.key, value, baseline: 0, selection: 0};
    rows.set(id, row);
    row[type] += sum;
  }
  const share = (side: 'baseline' | 'selection', attribute: string, count: number): number =>
    count / Math.max(1, totals.get(`${side}_total ${attribute}`) ?? count);
  return [...rows]
    .map(([id, row]) => ({
      ...row,
      id,
      baseline: share('baseline', row.attribute, row.baseline),
      selection: share('selection', row.attribute, row.selection),
    }))
    .sort((a, b) => Math.abs(b.selection - b.baseline) - Math.abs(a.selection - a.baseline));
}
