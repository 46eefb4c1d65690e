/** Functions over a range of each series. The range is open at its start: of samples every 15 s, `[1m]` has four. */

import {PromqlError} from './error.ts';
import {KahanSum, Mean} from './kahan.ts';

/** Samples of a range: those of `times` and `values` from `first` up to, and without, `end`. At least one. */
export interface Window {
  readonly times: Float64Array;
  readonly values: Float64Array;
  first: number;
  end: number;
  /** The ends of the range, and the moment that is evaluated: milliseconds since 1970. */
  start: number;
  stop: number;
  at: number;
}

/** What a window comes to; undefined where it has too few samples. */
export type WindowFunction = (window: Window, parameters: readonly number[]) => number | undefined;

function sumOf({values, first, end}: Window): number {
  const sum = new KahanSum();
  for (let i = first; i < end; i++) sum.add(values[i] as number);
  return sum.total;
}

function meanOf({values, first, end}: Window): number {
  const mean = new Mean(values[first] as number);
  for (let i = first + 1; i < end; i++) mean.add(values[i] as number);
  return mean.value;
}

function varianceOf({values, first, end}: Window): number {
  const [mean, squares] = [new KahanSum(), new KahanSum()];
  for (let i = first; i < end; i++) {
    const value = values[i] as number;
    const delta = value - mean.total;
    mean.add(delta / (i - first + 1));
    squares.add(delta * (value - mean.total));
  }
  return squares.total / (end - first);
}

/** Where the extreme is. A later one takes its place if it is more so, by `isMore`. */
function placeOf({values, first, end}: Window, isMore: (value: number, than: number) => boolean): number {
  let place = first;
  for (let i = first + 1; i < end; i++) if (isMore(values[i] as number, values[place] as number)) place = i;
  return place;
}
const greater = (value: number, than: number): boolean => value > than || Number.isNaN(than);
const less = (value: number, than: number): boolean => value < than || Number.isNaN(than);
const greaterOrEqual = (value: number, than: number): boolean => value >= than || Number.isNaN(than);
const lessOrEqual = (value: number, than: number): boolean => value <= than || Number.isNaN(than);

/** Of values in any order; they are sorted here. */
export function quantileOf(quantile: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  // A NaN is the least.
  const sorted = values.sort((a, b) => (Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : Number.isNaN(b) ? 1 : a - b));
  const rank = quantile * (sorted.length - 1);
  const low = Math.floor(rank);
  const weight = rank - low;
  if (weight === 0) return sorted[low] as number;
  return (sorted[low] as number) * (1 - weight) + (sorted[Math.min(low + 1, sorted.length - 1)] as number) * weight;
}

const copyOf = ({values, first, end}: Window): Float64Array => values.slice(first, end);

function changesOf({values, first, end}: Window): number {
  let count = 0;
  for (let i = first + 1; i < end; i++) {
    const [before, value] = [values[i - 1] as number, values[i] as number];
    if (value !== before && !(Number.isNaN(value) && Number.isNaN(before))) count++;
  }
  return count;
}

function resetsOf({values, first, end}: Window): number {
  let count = 0;
  for (let i = first + 1; i < end; i++) if ((values[i] as number) < (values[i - 1] as number)) count++;
  return count;
}

/** By least squares: the slope a second, and the value at a moment. */
function regression({times, values, first, end}: Window, moment: number): readonly [slope: number, value: number] {
  const [x, y, xy, xx] = [new KahanSum(), new KahanSum(), new KahanSum(), new KahanSum()];
  const start = values[first] as number;
  let isConstant = true;
  for (let i = first; i < end; i++) {
    const value = values[i] as number;
    if (value !== start) isConstant = false;
    const at = ((times[i] as number) - moment) / 1000;
    x.add(at);
    y.add(value);
    xy.add(at * value);
    xx.add(at * at);
  }
  if (isConstant) return Math.abs(start) === Number.POSITIVE_INFINITY ? [Number.NaN, Number.NaN] : [0, start];
  const count = end - first;
  const slope = (xy.total - (x.total * y.total) / count) / (xx.total - (x.total * x.total) / count);
  return [slope, y.total / count - (slope * x.total) / count];
}

/** Holt and Winters' double exponential smoothing. */
function smoothed({values, first, end}: Window, [smoothing, trend]: readonly number[]): number | undefined {
  if (!((smoothing as number) > 0 && (smoothing as number) < 1))
    throw new PromqlError(`invalid smoothing factor. Expected: 0 < sf < 1, got: ${smoothing}`);
  if (!((trend as number) > 0 && (trend as number) < 1))
    throw new PromqlError(`invalid trend factor. Expected: 0 < tf < 1, got: ${trend}`);
  if (end - first < 2) return undefined;
  const [sf, tf] = [smoothing as number, trend as number];
  let before = 0;
  let level = values[first] as number;
  let slope = (values[first + 1] as number) - level;
  for (let i = first + 1; i < end; i++) {
    if (i > first + 1) slope = tf * (level - before) + (1 - tf) * slope;
    const next = sf * (values[i] as number) + (1 - sf) * (level + slope);
    before = level;
    level = next;
  }
  return level;
}

/**
 * How much a counter or gauge went up, to the ends of the range. Where the first or last sample is further from the end than samples
 * usually are from each other, the series is taken to begin or end half an interval beyond it.
 */
function extrapolated(window: Window, isCounter: boolean): number | undefined {
  const {times, values, first, end, start, stop} = window;
  const last = end - 1;
  if (last === first) return undefined;
  let increase = (values[last] as number) - (values[first] as number);
  if (isCounter) {
    for (let i = first + 1; i < end; i++) {
      const before = values[i - 1] as number;
      if ((values[i] as number) < before) increase += before;
    }
  }
  const [firstTime, lastTime] = [times[first] as number, times[last] as number];
  const sampled = (lastTime - firstTime) / 1000;
  const interval = sampled / (last - first);
  const threshold = 1.1 * interval;
  let toStart = (firstTime - start) / 1000;
  let toStop = (stop - lastTime) / 1000;
  if (toStart >= threshold) toStart = interval / 2;
  const firstValue = values[first] as number;
  // A counter is never below zero: it did not begin before it would have been.
  if (isCounter && increase > 0 && firstValue >= 0) toStart = Math.min(toStart, sampled * (firstValue / increase));
  if (toStop >= threshold) toStop = interval / 2;
  return increase * (sampled === 0 ? 1 : (sampled + toStart + toStop) / sampled);
}

/** By the last two samples. */
function instant({times, values, first, end}: Window, isCounter: boolean): number | undefined {
  if (end - first < 2) return undefined;
  const [before, value] = [values[end - 2] as number, values[end - 1] as number];
  const seconds = ((times[end - 1] as number) - (times[end - 2] as number)) / 1000;
  if (seconds === 0) return undefined;
  if (!isCounter) return value - before;
  return (value < before ? value : value - before) / seconds;
}

const seconds = ({start, stop}: Window): number => (stop - start) / 1000;

/** The area under the samples, a NaN as none: 0 takes each interval's left sample, 1 its right one, 2 their mean. */
function integral({times, values, first, end}: Window, [strategy = 2]: readonly number[]): number {
  const area = new KahanSum();
  const at = (i: number): number => (Number.isNaN(values[i]) ? 0 : (values[i] as number));
  for (let i = first + 1; i < end; i++) {
    const seconds = ((times[i] as number) - (times[i - 1] as number)) / 1000;
    const [left, right] = [at(i - 1), at(i)];
    if (strategy === 0 || strategy === 1) {
      area.add((strategy === 0 ? left : right) * seconds);
      continue;
    }
    // A sum that would overflow is made of halves.
    const isLarge = Math.abs(left + right) === Number.POSITIVE_INFINITY;
    const mean = new KahanSum(isLarge ? left / 2 : left);
    mean.add(isLarge ? right / 2 : right);
    area.rest += (isLarge ? mean.rest : mean.rest / 2) * seconds;
    area.add((isLarge ? mean.sum : mean.sum / 2) * seconds);
  }
  return Math.abs(area.sum) === Number.POSITIVE_INFINITY ? area.sum : area.total;
}

export const windowFunctions: ReadonlyMap<string, WindowFunction> = new Map<string, WindowFunction>([
  ['avg_over_time', meanOf],
  ['changes', changesOf],
  ['count_over_time', ({first, end}) => end - first],
  ['delta', (window) => extrapolated(window, false)],
  [
    'deriv',
    (window) =>
      window.end - window.first < 2 ? undefined : regression(window, window.times[window.first] as number)[0],
  ],
  ['double_exponential_smoothing', smoothed],
  ['first_over_time', ({values, first}) => values[first]],
  ['idelta', (window) => instant(window, false)],
  ['increase', (window) => extrapolated(window, true)],
  ['integral', integral],
  ['irate', (window) => instant(window, true)],
  ['last_over_time', ({values, end}) => values[end - 1]],
  [
    'mad_over_time',
    (window) => {
      const median = quantileOf(0.5, copyOf(window));
      return quantileOf(
        0.5,
        copyOf(window).map((value) => Math.abs(value - median)),
      );
    },
  ],
  ['max_over_time', (window) => window.values[placeOf(window, greater)]],
  ['min_over_time', (window) => window.values[placeOf(window, less)]],
  [
    'predict_linear',
    (window, [ahead]) => {
      if (window.end - window.first < 2) return undefined;
      const [slope, value] = regression(window, window.at);
      return slope * (ahead as number) + value;
    },
  ],
  ['present_over_time', () => 1],
  ['quantile_over_time', (window, [quantile]) => quantileOf(quantile as number, copyOf(window))],
  [
    'rate',
    (window) => {
      const increase = extrapolated(window, true);
      return increase === undefined ? undefined : increase / seconds(window);
    },
  ],
  ['resets', resetsOf],
  ['stddev_over_time', (window) => Math.sqrt(varianceOf(window))],
  ['stdvar_over_time', varianceOf],
  ['sum_over_time', sumOf],
  ['ts_of_first_over_time', ({times, first}) => (times[first] as number) / 1000],
  ['ts_of_last_over_time', ({times, end}) => (times[end - 1] as number) / 1000],
  ['ts_of_max_over_time', (window) => (window.times[placeOf(window, greaterOrEqual)] as number) / 1000],
  ['ts_of_min_over_time', (window) => (window.times[placeOf(window, lessOrEqual)] as number) / 1000],
]);

/** Those that leave the name of the metric: their values are samples of it. */
export const keepsName: ReadonlySet<string> = new Set(['first_over_time', 'last_over_time']);
