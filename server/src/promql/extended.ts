/**
 * Ranges that are `anchored` or `smoothed`: at the ends of the range stands the value that the series had there, the last one before it or
 * one between it and the next, so that nothing is reckoned beyond what was seen.
 */
import type {Window, WindowFunction} from './window-functions.ts';

type Extension = 'anchored' | 'smoothed';

/** Between two samples. A counter that fell began at zero. */
function between({times, values}: Window, from: number, moment: number, isCounter: boolean): number {
  const next = values[from + 1] as number;
  const start = isCounter && next < (values[from] as number) ? 0 : (values[from] as number);
  const [fromTime, nextTime] = [times[from] as number, times[from + 1] as number];
  return start + ((next - start) * (moment - fromTime)) / (nextTime - fromTime);
}

interface Ends {
  /** The samples at and within the range's ends. */
  readonly first: number;
  readonly last: number;
  readonly left: number;
  readonly right: number;
}

/** A window here has the samples before its start too, as far as one stands for what follows it, and if smoothed those after its end. */
function endsOf(window: Window, extension: Extension, isCounter: boolean): Ends | undefined {
  const {times, values, start, stop} = window;
  let first = window.first;
  while (first + 1 < window.end - 1 && (times[first + 1] as number) <= start) first++;
  let last = window.end - 1;
  if (extension === 'smoothed') while (last > window.first && (times[last - 1] as number) >= stop) last--;
  if ((times[last] as number) <= start) return undefined;
  if (extension === 'smoothed' && (times[first] as number) > stop) return undefined;
  const isBefore = (times[first] as number) < start;
  const isAfter = last > window.first && (times[last] as number) > stop;
  const isSmoothed = extension === 'smoothed';
  return {
    first,
    last,
    left: isBefore && isSmoothed ? between(window, first, start, isCounter) : (values[first] as number),
    right: isAfter
      ? isSmoothed
        ? between(window, last - 1, stop, isCounter)
        : (values[last - 1] as number)
      : (values[last] as number),
  };
}

/** How much it went up, or changed. */
function increase(window: Window, extension: Extension, isCounter: boolean): number | undefined {
  const ends = endsOf(window, extension, isCounter);
  if (ends === undefined) return undefined;
  const {times, values, start, stop} = window;
  const {left, right} = ends;
  let sum = right - left;
  if (!isCounter) return sum;
  const from = (times[ends.first] as number) <= start ? ends.first + 1 : ends.first;
  const to = (times[ends.last] as number) >= stop ? ends.last - 1 : ends.last;
  let before = left;
  for (let i = from; i <= to; i++) {
    const value = values[i] as number;
    if (value < before) sum += before;
    before = value;
  }
  return right < before ? sum + before : sum;
}

/** Of the samples of the range, and the one before it. */
function fromAnchor(window: Window, apply: WindowFunction): number | undefined {
  const {times, start} = window;
  let first = window.first;
  while (first + 1 < window.end && (times[first + 1] as number) <= start) first++;
  if ((times[window.end - 1] as number) <= start) return undefined;
  return apply({...window, first}, []);
}

const anchorable = ['changes', 'delta', 'increase', 'rate', 'resets'];
const smoothable = ['delta', 'increase', 'rate'];

/** The function as it is of such a range, or why there is none. `plain` is that of other ranges. */
export function extendedFunction(name: string, extension: Extension, plain: WindowFunction): WindowFunction | string {
  const allowed = extension === 'anchored' ? anchorable : smoothable;
  if (!allowed.includes(name))
    return `${extension} modifier can only be used with: ${allowed.join(', ')} - not with ${name}`;
  if (name === 'changes' || name === 'resets') return (window) => fromAnchor(window, plain);
  const isCounter = name !== 'delta';
  return (window) => {
    const sum = increase(window, extension, isCounter);
    return sum === undefined || name !== 'rate' ? sum : (1000 * sum) / (window.stop - window.start);
  };
}

/** The samples of such a range, with one at each end of it. */
export function extendedSamples(window: Window, extension: Extension): {times: Float64Array; values: Float64Array} {
  const ends = endsOf(window, extension, false);
  if (ends === undefined) return {times: new Float64Array(0), values: new Float64Array(0)};
  const {times, values, start, stop} = window;
  const from = (times[ends.first] as number) <= start ? ends.first + 1 : ends.first;
  const to = Math.max(from, (times[ends.last] as number) >= stop ? ends.last : ends.last + 1);
  return {
    times: Float64Array.from([start, ...times.subarray(from, to), stop]),
    values: Float64Array.from([ends.left, ...values.subarray(from, to), ends.right]),
  };
}

/** What a series has at a moment: between the samples around it; after the last one that. */
export function smoothedAt(window: Window, moment: number): number | undefined {
  const {times, values, first, end} = window;
  let next = first;
  while (next < end && (times[next] as number) < moment) next++;
  if (next < end && times[next] === moment) return values[next];
  if (next === first) return undefined;
  return next < end ? between(window, next - 1, moment, false) : values[end - 1];
}
