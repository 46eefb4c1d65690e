/**
 * Weft's own counters. A component asks for a family once, binds its labels once and then only adds; whoever shows the
 * numbers (the API, a test) calls `read`.
 */
import {bug} from './errors.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Meter {
  /** A number that only grows. Asking again for the same name gives the same family. */
  counter(name: string, help: string): Family<Counter>;
  /** A number that goes up and down. */
  gauge(name: string, help: string): Family<Gauge>;
  /** A distribution over buckets whose upper bounds are `bounds`, ascending; a last bucket takes the rest. */
  histogram(name: string, help: string, bounds: readonly number[]): Family<Histogram>;
  /** Every family with its present values, in the order of creation. */
  read(): readonly FamilySnapshot[];
}

export interface Family<Series> {
  /** The series of these labels; keep it where it is used often. */
  with(labels: Labels): Series;
}

export interface Counter {
  add(value: number): void;
}

export interface Gauge {
  set(value: number): void;
  add(value: number): void;
  /** From now on the value is what `read` returns when somebody looks. */
  observe(read: () => number): void;
}

export interface Histogram {
  record(value: number): void;
}

export type FamilySnapshot =
  | {
      readonly kind: 'counter' | 'gauge';
      readonly name: string;
      readonly help: string;
      readonly series: readonly {readonly labels: Labels; readonly value: number}[];
    }
  | {
      readonly kind: 'histogram';
      readonly name: string;
      readonly help: string;
      readonly bounds: readonly number[];
      /** `counts` has one more entry than `bounds`; each counts its own bucket only. */
      readonly series: readonly {
        readonly labels: Labels;
        readonly counts: readonly number[];
        readonly sum: number;
        readonly count: number;
      }[];
    };

interface FamilyState<Series> extends Family<Series> {
  readonly kind: FamilySnapshot['kind'];
  snapshot(): FamilySnapshot;
}

export function createMeter(): Meter {
  const families = new Map<string, FamilyState<unknown>>();
  const family = <S>(kind: FamilySnapshot['kind'], name: string, make: () => FamilyState<S>): Family<S> => {
    const known = families.get(name);
    if (known === undefined) {
      const made = make();
      families.set(name, made);
      return made;
    }
    if (known.kind !== kind) bug(`metric ${name} is a ${known.kind} and was asked for as a ${kind}`);
    return known as FamilyState<S>;
  };
  return {
    counter: (name, help) => family('counter', name, () => numbers('counter', name, help)),
    gauge: (name, help) => family('gauge', name, () => numbers('gauge', name, help)),
    histogram: (name, help, bounds) => family('histogram', name, () => distributions(name, help, bounds)),
    read: () => [...families.values()].map((each) => each.snapshot()),
  };
}

/** One series a set of labels, whatever the order in which they are written. */
function seriesMap<S>(make: () => S): {with(labels: Labels): S; all(): Iterable<{labels: Labels; series: S}>} {
  const map = new Map<string, {labels: Labels; series: S}>();
  return {
    with(labels) {
      const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
      let known = map.get(key);
      if (known === undefined) map.set(key, (known = {labels, series: make()}));
      return known.series;
    },
    all: () => map.values(),
  };
}

class NumberSeries implements Counter, Gauge {
  #value = 0;
  #read: (() => number) | undefined;
  add(value: number): void {
    this.#value += value;
  }
  set(value: number): void {
    this.#value = value;
  }
  observe(read: () => number): void {
    this.#read = read;
  }
  get value(): number {
    return this.#read === undefined ? this.#value : this.#read();
  }
}

function numbers(kind: 'counter' | 'gauge', name: string, help: string): FamilyState<NumberSeries> {
  const map = seriesMap(() => new NumberSeries());
  return {
    kind,
    with: map.with,
    snapshot: () => ({
      kind,
      name,
      help,
      series: [...map.all()].map(({labels, series}) => ({labels, value: series.value})),
    }),
  };
}

/** A histogram of no family, which its holder reads. */
export const createDistribution = (bounds: readonly number[]): Histogram & {readonly counts: readonly number[]} =>
  new DistributionSeries(bounds);

class DistributionSeries implements Histogram {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;
  count = 0;
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }
  record(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > (this.bounds[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += value;
    this.count++;
  }
}

function distributions(name: string, help: string, bounds: readonly number[]): FamilyState<DistributionSeries> {
  const map = seriesMap(() => new DistributionSeries(bounds));
  return {
    kind: 'histogram',
    with: map.with,
    snapshot: () => ({
      kind: 'histogram',
      name,
      help,
      bounds,
      series: [...map.all()].map(({labels, series: {counts, sum, count}}) => ({
        labels,
        counts: [...counts],
        sum,
        count,
      })),
    }),
  };
}
