/**
 * The intervals of series, as Tempo has them: each is open on the left and closed on the right, on multiples of the step since 1970,
 * and is named by its right end.
 */

/** Nanoseconds since 1970. An instant question has one interval, the whole range. */
export interface SeriesRange {
  readonly start: bigint;
  readonly end: bigint;
  readonly step: bigint;
  readonly instant: boolean;
}

export class Intervals {
  readonly count: number;
  readonly #range: SeriesRange;
  /** Of the first interval. */
  readonly first: bigint;

  constructor(range: SeriesRange) {
    this.#range = range;
    const {start, end, step, instant} = range;
    this.first = instant ? start : start - (start % step);
    this.count = instant ? 1 : Number((end - this.first + step - 1n) / step);
  }

  /** Of a span by its start; -1 where that is not in the range. */
  indexOf(time: bigint): number {
    const {start, end, step, instant} = this.#range;
    if (time <= start || time > end) return -1;
    return instant ? 0 : Number((time - this.first - 1n) / step);
  }

  /** Nanoseconds. */
  get step(): bigint {
    const {start, end, step, instant} = this.#range;
    return instant ? end - start : step;
  }

  /** Milliseconds since 1970. */
  timestamp(index: number): number {
    const {end, step, instant} = this.#range;
    return Number((instant ? end : this.first + BigInt(index + 1) * step) / 1_000_000n);
  }

  /** What a count is divided by for a rate. */
  get seconds(): number {
    const {start, end, step, instant} = this.#range;
    return Number(instant ? end - start : step) / 1e9;
  }
}
