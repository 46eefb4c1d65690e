/** The labels of a series: sorted by name, without empty values, and never changed. */
import {nameLabel} from './ast.ts';
import {quote} from './print.ts';

export type Label = readonly [name: string, value: string];

/** What says what a series is rather than whose: it is dropped where a function makes something else of the values. */
export const metricLabels: ReadonlySet<string> = new Set([nameLabel, '__type__', '__unit__']);

/** Any text that is UTF-8. */
export const isLabelName = (name: string): boolean => name !== '' && name.isWellFormed();

const byName = ([a]: Label, [b]: Label): number => (a < b ? -1 : a > b ? 1 : 0);

export class Labels {
  static readonly none = new Labels([]);
  readonly pairs: readonly Label[];
  #key: string | undefined;

  private constructor(sorted: readonly Label[]) {
    this.pairs = sorted;
  }

  /** In any order, a name at most once. */
  static of(pairs: Iterable<Label>): Labels {
    return new Labels([...pairs].filter(([, value]) => value !== '').sort(byName));
  }

  /** The same text for the same labels, and for no others. */
  get key(): string {
    this.#key ??= this.pairs.map(([name, value]) => `${name}\u0000${value}`).join('\u0001');
    return this.#key;
  }

  get(name: string): string {
    return this.pairs.find((pair) => pair[0] === name)?.[1] ?? '';
  }

  only(names: ReadonlySet<string>): Labels {
    return new Labels(this.pairs.filter(([name]) => names.has(name)));
  }

  without(names: ReadonlySet<string>): Labels {
    return this.pairs.some(([name]) => names.has(name))
      ? new Labels(this.pairs.filter(([name]) => !names.has(name)))
      : this;
  }

  /** An empty value takes a label away. */
  with(changes: Iterable<Label>): Labels {
    return Labels.of(new Map([...this.pairs, ...changes]));
  }

  withoutMetric(): Labels {
    return this.without(metricLabels);
  }

  compare(other: Labels): number {
    for (const [i, [name, value]] of this.pairs.entries()) {
      const pair = other.pairs[i];
      if (pair === undefined) return 1;
      if (pair[0] !== name) return name < pair[0] ? -1 : 1;
      if (pair[1] !== value) return value < pair[1] ? -1 : 1;
    }
    return this.pairs.length - other.pairs.length;
  }

  toString(): string {
    return `{${this.pairs.map(([name, value]) => `${name}=${quote(value)}`).join(', ')}}`;
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries(this.pairs);
  }
}
