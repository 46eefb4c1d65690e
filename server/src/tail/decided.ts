/** Decisions of the past, for spans that come late: at least the last `capacity` traces that were kept, and that were not. */
import {enlarged, type HashSeed, hashWords, randomSeed} from '../base/index.ts';
import {keyWords} from './trace-table.ts';
import type {Mark} from './verdict.ts';

/** A decision that was found. One object serves many searches. */
export class Remembered {
  mark: Mark | undefined;
  /** When it was made, in milliseconds. */
  at = 0;
}

export class DecidedTraces {
  readonly #kept: Recent;
  readonly #others: Recent;

  constructor(keptCapacity: number, otherCapacity: number) {
    this.#kept = new Recent(keptCapacity);
    this.#others = new Recent(otherCapacity);
  }

  /** A later decision to keep a trace is stronger than an earlier one not to. */
  set(key: Uint32Array, mark: Mark, at: number): void {
    (mark.kept ? this.#kept : this.#others).set(key, mark, at);
  }

  /** False only where no decision not to keep the trace is remembered: one look into a few bits. */
  mayNotBeKept(key: Uint32Array): boolean {
    return this.#others.mayHave(key);
  }

  /** Sets `into.mark`, to undefined where the trace is not remembered. */
  find(key: Uint32Array, into: Remembered): void {
    into.mark = undefined;
    if (!this.#kept.find(key, into)) this.#others.find(key, into);
  }
}

/** Two generations: the older one is forgotten when the younger one is full. What is asked for stays young. */
class Recent {
  readonly #capacity: number;
  #young: Generation;
  #old: Generation;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#young = new Generation(capacity);
    this.#old = new Generation(0);
  }

  mayHave(key: Uint32Array): boolean {
    return this.#young.mayHave(key) || this.#old.mayHave(key);
  }

  set(key: Uint32Array, mark: Mark, at: number): void {
    if (this.#young.count >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Generation(this.#capacity);
    }
    this.#young.set(key, mark, at);
  }

  find(key: Uint32Array, into: Remembered): boolean {
    if (this.#young.find(key, into)) return true;
    if (!this.#old.find(key, into)) return false;
    this.set(key, into.mark as Mark, into.at);
    return true;
  }
}

const none = -1;

class Generation {
  count = 0;
  readonly #seed: HashSeed = randomSeed();
  #keys = new Uint32Array(keyWords * 64);
  #at = new Float64Array(64);
  #chain = new Int32Array(64);
  readonly #marks: Mark[] = [];
  #buckets = new Int32Array(64).fill(none);
  /** A bit for each of many possible traces: where it is not set the trace is not here. */
  readonly #filter: Uint32Array;
  readonly #filterMask: number;

  constructor(capacity: number) {
    const bits = capacity === 0 ? 32 : 2 ** Math.min(26, Math.max(10, Math.ceil(Math.log2(16 * capacity))));
    this.#filter = new Uint32Array(bits >>> 5);
    this.#filterMask = bits - 1;
  }

  mayHave(key: Uint32Array): boolean {
    const bit = this.#bitOf(key);
    return ((this.#filter[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
  }

  /** Ids are random in their last bytes at least. */
  #bitOf(key: Uint32Array): number {
    return (Math.imul((key[4] as number) ^ (key[2] as number), 0x9e3779b1) >>> 6) & this.#filterMask;
  }

  set(key: Uint32Array, mark: Mark, at: number): void {
    let row = this.#find(key);
    if (row === none) {
      if (this.count === this.#at.length) this.#grow();
      row = this.count++;
      this.#keys.set(key, row * keyWords);
      this.#link(row);
      const bit = this.#bitOf(key);
      this.#filter[bit >>> 5] = (this.#filter[bit >>> 5] as number) | (1 << (bit & 31));
    }
    this.#marks[row] = mark;
    this.#at[row] = at;
  }

  find(key: Uint32Array, into: Remembered): boolean {
    const row = this.#find(key);
    if (row === none) return false;
    into.mark = this.#marks[row];
    into.at = this.#at[row] as number;
    return true;
  }

  #find(key: Uint32Array): number {
    let row = this.#buckets[hashWords(this.#seed, key) & (this.#buckets.length - 1)] as number;
    while (row !== none) {
      let i = keyWords - 1;
      while (i >= 0 && this.#keys[row * keyWords + i] === key[i]) i--;
      if (i < 0) return row;
      row = this.#chain[row] as number;
    }
    return none;
  }

  #link(row: number): void {
    const key = this.#keys.subarray(row * keyWords, (row + 1) * keyWords);
    const bucket = hashWords(this.#seed, key) & (this.#buckets.length - 1);
    this.#chain[row] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = row;
  }

  #grow(): void {
    this.#keys = enlarged(this.#keys);
    this.#at = enlarged(this.#at);
    this.#chain = enlarged(this.#chain);
    this.#buckets = new Int32Array(this.#at.length).fill(none);
    for (let row = 0; row < this.count; row++) this.#link(row);
  }
}
