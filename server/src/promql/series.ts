/** Series as the source has them, and as they are evaluated: columns of numbers, not an object a sample. */
import type {Matcher} from './ast.ts';
import type {Labels} from './labels.ts';

/** Samples of one series by ascending time. */
export interface RawSeries {
  readonly labels: Labels;
  /** Milliseconds since 1970. */
  readonly times: Float64Array;
  /** The marker of staleness is a NaN of its own (`isStale`). */
  readonly values: Float64Array;
}

export interface Selection {
  readonly matchers: readonly Matcher[];
  /** Milliseconds since 1970: later than `from`, up to `to`. */
  readonly from: number;
  readonly to: number;
}

/** Where samples come from: every series that all matchers fit and that has samples in the time. */
export interface SampleSource {
  select(selection: Selection): Promise<readonly RawSeries[]>;
}

/** Moments at which is evaluated: milliseconds since 1970. */
export interface Grid {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}
export const timeAt = ({start, step}: Grid, index: number): number => start + index * step;

/** A series at every moment of a grid; where `present` is 0 it has no value. */
export interface Column {
  readonly labels: Labels;
  readonly values: Float64Array;
  readonly present: Uint8Array;
}

export function emptyColumn(labels: Labels, count: number): Column {
  return {labels, values: new Float64Array(count), present: new Uint8Array(count)};
}

export const isEmpty = ({present}: Column): boolean => !present.includes(1);

const staleHigh = 0x7ff00000;
const staleLow = 2;

/** Whether a value is no value, but says that its series has ended. Arithmetic makes an ordinary NaN of it: it is told by its bits. */
export function isStale(values: Float64Array, index: number): boolean {
  if (!Number.isNaN(values[index])) return false;
  const words = new Uint32Array(values.buffer, values.byteOffset + 8 * index, 2);
  return words[0] === staleLow && words[1] === staleHigh;
}

export function markStale(values: Float64Array, index: number): void {
  new Uint32Array(values.buffer, values.byteOffset + 8 * index, 2).set([staleLow, staleHigh]);
}

/** Samples of several series as those of one; of samples of the same time the later series' is taken. By their bits: a marker is a NaN among others. */
function mergeSeries(labels: Labels, all: readonly RawSeries[]): RawSeries {
  const samples = new Map<number, bigint>();
  for (const {times, values} of all) {
    const bits = new BigUint64Array(values.buffer, values.byteOffset, values.length);
    for (const [at, time] of times.entries()) samples.set(time, bits[at] as bigint);
  }
  const sorted = [...samples].sort(([a], [b]) => a - b);
  const bits = BigUint64Array.from(sorted, ([, value]) => value);
  return {labels, times: Float64Array.from(sorted, ([time]) => time), values: new Float64Array(bits.buffer)};
}

/** Series with the same labels as one. */
export function mergeAlike(all: readonly RawSeries[]): RawSeries[] {
  return [...Map.groupBy(all, ({labels}) => labels.key).values()].map((same) => {
    const [first] = same as [RawSeries];
    return same.length === 1 ? first : mergeSeries(first.labels, same);
  });
}
