/** Decisions of the past, for spans that come late: at least the last `capacity` traces that were kept, and that were not. */
import {type HashSeed, hashWords, randomSeed} from '../base/index.ts';
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

  get memory(): number {
    return this.#kept.memory + this.#others.memory;
  }

  /** A later decision to keep a trace is stronger than an earlier one not to. */
  set(key: Uint32Array, mark: Mark, at: number): void {
    (mark.kept ? this.#kept : this.#others).set(key, mark, at);
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
  #young = new Generation();
  #old = new Generation();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get memory(): number {
    return this.#young.memory + this.#old.memory;
  }

  set(key: Uint32Array, mark: Mark, at: number): void {
    if (this.#young.count >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Generation();
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

  get memory(): number {
    return this.#at.length * (keyWords * 4 + 8 + 4 + 4 + 8);
  }

  set(key: Uint32Array, mark: Mark, at: number): void {
    let row = this.#find(key);
    if (row === none) {
      if (this.count === this.#at.length) this.#grow();
      row = this.count++;
      this.#keys.set(key, row * keyWords);
      this.#link(row);
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
    const rows = this.#at.length * 2;
    const [keys, at, chain] = [this.#keys, this.#at, this.#chain];
    (this.#keys = new Uint32Array(keyWords * rows)).set(keys);
    (this.#at = new Float64Array(rows)).set(at);
    (this.#chain = new Int32Array(rows)).set(chain);
    this.#buckets = new Int32Array(rows).fill(none);
    for (let row = 0; row < this.count; row++) this.#link(row);
  }
}
