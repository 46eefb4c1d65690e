/** The page's time as Prometheus's API takes it. */
import type {PrometheusGrid} from '../../api/index.ts';
import {type RangeUrl, rangeInMs} from '../../urls/index.ts';

/** Moments across the chart, about one every four pixels. */
const MOMENTS = 300;
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];

/** Steps that people count in, at moments that are multiples of them: the same ones at the next asking. */
export function gridOf(range: RangeUrl, now: number): PrometheusGrid {
  const {from, to} = rangeInMs(range, now);
  const least = (to - from) / 1000 / MOMENTS;
  const step = steps.find((one) => one >= least) ?? Math.ceil(least / 86_400) * 86_400;
  const end = Math.floor(to / 1000 / step) * step;
  return {start: Math.min(Math.ceil(from / 1000 / step) * step, end), end, step};
}

export function boundsOf(range: RangeUrl, now: number): {readonly start: number; readonly end: number} {
  const {from, to} = rangeInMs(range, now);
  return {start: from / 1000, end: to / 1000};
}
