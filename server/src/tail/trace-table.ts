/**
 * Traces that wait for their decision, as rows of typed arrays: found by tenant and trace id, in the order of their arrival, and by
 * the time at which they are due. A hot path.
 */
import {enlarged, type HashSeed, hashWords, randomSeed} from '../base/index.ts';
import {noSlot} from './held-spans.ts';

/** Words of a key: the tenant's number and the trace id. */
export const keyWords = 5;
export const noRow = -1;

/** What a trace waits for. */
export const waiting = {decision: 0, delivery: 1} as const;

export class TraceTable {
  /** Where the key goes before `find` and `add`. */
  readonly key = new Uint32Array(keyWords);
  count = 0;
  keys = new Uint32Array(keyWords * 64);
  /** Its spans, a list of slots. */
  first = new Int32Array(64);
  last = new Int32Array(64);
  spans = new Uint32Array(64);
  bytes = new Float64Array(64);
  /** Milliseconds: when it came, when it is due. */
  arrived = new Float64Array(64);
  due = new Float64Array(64);
  state = new Uint8Array(64);
  /** Changes when the row becomes another trace's. */
  generation = new Uint32Array(64);
  /** In the order of arrival. */
  oldest = noRow;
  #newest = noRow;
  #newer = new Int32Array(64);
  #older = new Int32Array(64);
  /** Rows of one bucket of the table; rows that are free. */
  #chain = new Int32Array(64);
  #free = noRow;
  #used = 0;
  #buckets = new Int32Array(64).fill(noRow);
  readonly #seed: HashSeed = randomSeed();

  get memory(): number {
    return this.first.length * (keyWords * 4 + 3 * 4 + 3 * 8 + 1 + 4 + 3 * 4 + 4);
  }

  /** The row of the trace whose key is in `key`, or `noRow`. */
  find(): number {
    const {key, keys} = this;
    const chain = this.#chain;
    let row = this.#buckets[hashWords(this.#seed, key) & (this.#buckets.length - 1)] as number;
    for (; row !== noRow; row = chain[row] as number) {
      const at = row * keyWords;
      if (
        keys[at + 4] === key[4] &&
        keys[at + 3] === key[3] &&
        keys[at + 2] === key[2] &&
        keys[at + 1] === key[1] &&
        keys[at] === key[0]
      ) {
        return row;
      }
    }
    return noRow;
  }

  /** A row for the trace whose key is in `key`, which has none yet. */
  add(arrived: number, due: number, state: number): number {
    let row = this.#free;
    if (row !== noRow) this.#free = this.#chain[row] as number;
    else {
      row = this.#used++;
      if (row === this.first.length) this.#grow();
    }
    this.keys.set(this.key, row * keyWords);
    this.first[row] = this.last[row] = noSlot;
    this.spans[row] = 0;
    this.bytes[row] = 0;
    this.arrived[row] = arrived;
    this.due[row] = due;
    this.state[row] = state;
    this.#newer[row] = noRow;
    this.#older[row] = this.#newest;
    if (this.#newest === noRow) this.oldest = row;
    else this.#newer[this.#newest] = row;
    this.#newest = row;
    const bucket = hashWords(this.#seed, this.key) & (this.#buckets.length - 1);
    this.#chain[row] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = row;
    this.count++;
    return row;
  }

  remove(row: number): void {
    const bucket = this.#bucketOf(row);
    let before = this.#buckets[bucket] as number;
    if (before === row) this.#buckets[bucket] = this.#chain[row] as number;
    else {
      while (this.#chain[before] !== row) before = this.#chain[before] as number;
      this.#chain[before] = this.#chain[row] as number;
    }
    const older = this.#older[row] as number;
    const newer = this.#newer[row] as number;
    if (older === noRow) this.oldest = newer;
    else this.#newer[older] = newer;
    if (newer === noRow) this.#newest = older;
    else this.#older[newer] = older;
    this.#chain[row] = this.#free;
    this.#free = row;
    this.generation[row] = (this.generation[row] as number) + 1;
    this.count--;
  }

  /** The one that came after `row`, or `noRow`. */
  newer(row: number): number {
    return this.#newer[row] as number;
  }

  #bucketOf(row: number): number {
    const key = this.keys.subarray(row * keyWords, (row + 1) * keyWords);
    return hashWords(this.#seed, key) & (this.#buckets.length - 1);
  }

  #grow(): void {
    for (const name of ['keys', 'first', 'last', 'spans', 'bytes', 'arrived', 'due', 'state', 'generation'] as const) {
      this[name] = enlarged(this[name]) as never;
    }
    this.#newer = enlarged(this.#newer);
    this.#older = enlarged(this.#older);
    this.#chain = enlarged(this.#chain);
    this.#buckets = new Int32Array(this.#buckets.length * 2).fill(noRow);
    for (let row = this.oldest; row !== noRow; row = this.#newer[row] as number) {
      const bucket = this.#bucketOf(row);
      this.#chain[row] = this.#buckets[bucket] as number;
      this.#buckets[bucket] = row;
    }
  }
}
