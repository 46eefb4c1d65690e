/**
 * Where traces lie, in memory: runs of places that are sorted by their keys, which grow by being merged. 12 bytes a place. Of what does
 * not fit, only the keys are remembered, and of what is beyond that, nothing.
 */
import {KeyFilter} from './key-filter.ts';

/** Sorted by `keys`. */
export interface PlaceRun {
  /** Each a `placeKey`. */
  readonly keys: Uint32Array;
  readonly buckets: Uint32Array;
  readonly segments: Uint32Array;
}

export interface StretchOf {
  readonly bucket: number;
  readonly segment: number;
}

export interface RunLimits {
  /** Places of which everything is known. */
  readonly places: number;
  /** Places of which only the key is known. */
  readonly keys: number;
  /** Of one run, the unit in which they are forgotten. */
  readonly run: number;
}

/** Some 36 MB and 16 MB. */
const defaultLimits: RunLimits = {places: 3 * 2 ** 20, keys: 8 * 2 ** 20, run: 2 ** 20};

export class PlaceRuns {
  /** Those that came first are first. */
  private runs: PlaceRun[] = [];
  private filters: KeyFilter[] = [];
  private isWhole = true;
  private readonly limits: RunLimits;

  constructor(limits = defaultLimits) {
    this.limits = limits;
  }

  /** Some of it has been forgotten altogether: `find` knows nothing any more. */
  get isPartial(): boolean {
    return !this.isWhole;
  }

  get places(): number {
    return this.runs.reduce((sum, {keys}) => sum + keys.length, 0);
  }

  /** Takes the arrays. */
  add(run: PlaceRun): void {
    if (run.keys.length === 0) return;
    this.runs.push(run);
    for (let last = this.runs.length - 1; last > 0 && this.fits(last - 1, last); last--) this.merge(last - 1);
    this.shrink();
  }

  /** The same of places that are older than all others. */
  addOlder(run: PlaceRun): void {
    if (run.keys.length === 0) return;
    this.runs.unshift(run);
    while (this.runs.length > 1 && this.fits(1, 0)) this.merge(0);
    this.shrink();
  }

  /** Whether a run is not much larger than one beside it that has just grown: each place is so copied a few times in all. */
  private fits(large: number, small: number): boolean {
    const [a, b] = [this.runs[large] as PlaceRun, this.runs[small] as PlaceRun].map(({keys}) => keys.length) as [
      number,
      number,
    ];
    return a <= 2 * b && a + b <= this.limits.run;
  }

  private merge(first: number): void {
    this.runs.splice(first, 2, merged(this.runs[first] as PlaceRun, this.runs[first + 1] as PlaceRun));
  }

  private shrink(): void {
    const {limits, runs, filters} = this;
    while (this.places > limits.places && runs.length > 1) filters.push(new KeyFilter((runs.shift() as PlaceRun).keys));
    while (filters.reduce((sum, {count}) => sum + count, 0) > limits.keys) {
      filters.shift();
      this.isWhole = false;
    }
  }

  /** All places of a key, at most `limit`; undefined where there may be others. */
  find(key: number, limit: number): StretchOf[] | undefined {
    if (!this.isWhole || this.filters.some((filter) => filter.has(key))) return undefined;
    const found: StretchOf[] = [];
    for (const {keys, buckets, segments} of this.runs) {
      for (let i = lowerBound(keys, key); keys[i] === key && found.length < limit; i++)
        found.push({bucket: buckets[i] as number, segment: segments[i] as number});
    }
    return found;
  }

  clear(): void {
    this.runs = [];
    this.filters = [];
    this.isWhole = true;
  }
}

/** Where the first of the sorted keys is that is not less. */
export function lowerBound(keys: Uint32Array, key: number): number {
  let [from, to] = [0, keys.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((keys[middle] as number) < key) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The numbers of rows by ascending key, rows of one key in their order: at most 2^20. */
export function orderOf(keys: Uint32Array): Uint32Array {
  const count = keys.length;
  // A key and its row in one number, for which typed arrays have a sort of their own.
  const both = new Float64Array(count);
  for (let row = 0; row < count; row++) both[row] = (keys[row] as number) * 2 ** 20 + row;
  both.sort();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = (both[i] as number) % 2 ** 20;
  return order;
}

/** A run of rows in any order, of one segment or each of its own. Rows that come twice running are taken once. */
export function sortedRun(keys: Uint32Array, buckets: Uint32Array, segments: Uint32Array | number): PlaceRun {
  const order = orderOf(keys);
  const run = emptyRun(order.length);
  let count = 0;
  for (const row of order) {
    const key = keys[row] as number;
    const bucket = buckets[row] as number;
    const segment = typeof segments === 'number' ? segments : (segments[row] as number);
    const last = count - 1;
    if (count > 0 && run.keys[last] === key && run.buckets[last] === bucket && run.segments[last] === segment) continue;
    run.keys[count] = key;
    run.buckets[count] = bucket;
    run.segments[count++] = segment;
  }
  return count === order.length
    ? run
    : {keys: run.keys.slice(0, count), buckets: run.buckets.slice(0, count), segments: run.segments.slice(0, count)};
}

const emptyRun = (count: number) => ({
  keys: new Uint32Array(count),
  buckets: new Uint32Array(count),
  segments: new Uint32Array(count),
});

function merged(a: PlaceRun, b: PlaceRun): PlaceRun {
  const run = emptyRun(a.keys.length + b.keys.length);
  const {keys, buckets, segments} = run;
  let [i, j] = [0, 0];
  for (let to = 0; to < keys.length; to++) {
    const isA = j >= b.keys.length || (i < a.keys.length && (a.keys[i] as number) <= (b.keys[j] as number));
    const from = isA ? a : b;
    const at = isA ? i++ : j++;
    keys[to] = from.keys[at] as number;
    buckets[to] = from.buckets[at] as number;
    segments[to] = from.segments[at] as number;
  }
  return run;
}
