/** A part of a series that moves forward from moment to moment. */
import {isStale, type RawSeries} from './series.ts';
import type {Window} from './window-functions.ts';

/** Without the markers of staleness, which are no samples. */
export function windowOf({times, values}: RawSeries): Window {
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) if (!isStale(values, i)) kept.push(i);
  const isWhole = kept.length === values.length;
  return {
    times: isWhole ? times : Float64Array.from(kept, (i) => times[i] as number),
    values: isWhole ? values : Float64Array.from(kept, (i) => values[i] as number),
    first: 0,
    end: 0,
    start: 0,
    stop: 0,
    at: 0,
  };
}

/** Later than `from`, up to `to`: neither may be earlier than the last time. */
export function moveTo(window: Window, from: number, to: number): void {
  const {times} = window;
  while ((times[window.end] as number) <= to) window.end++;
  while (window.first < window.end && (times[window.first] as number) <= from) window.first++;
}
