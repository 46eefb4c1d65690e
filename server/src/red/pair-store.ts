/**
 * Halves of requests that wait for the other half: a client's span for the server's, and the other way round. They lie in columns,
 * found by the ids of the client's span, in the order in which they came.
 */
import {enlarged, type HashSeed, hashWords, randomSeed} from '../base/index.ts';

/** One half. The holder makes one and uses it again; `PairStore` copies. */
export interface PairSide {
  /** Whom the span is of, and whom it names as the other end; numbers of the holder's, or `noSide`. */
  node: number;
  peer: number;
  seconds: number;
  /** Milliseconds since 1970: when the client's span ended, or the server's began. */
  millis: number;
  /** With which probability the span was kept, and for how many it therefore stands. */
  probability: number;
  weight: number;
  /** The holder's own. */
  flags: number;
}

export const noSide = -1;

const keyWords = 7;
const none = -1;

/** `kind` tells halves with the same ids apart; there may be several of one kind. */
export class PairStore {
  count = 0;
  /** At which time a half has waited long enough, as it was given. */
  private deadlines = new Float64Array(0);
  private kinds = new Uint8Array(0);
  private keys = new Uint32Array(0);
  private sides = new Float64Array(0);
  /** The next half in its bucket; of free places, the next free one. */
  private chains = new Int32Array(0);
  private before = new Int32Array(0);
  private after = new Int32Array(0);
  private buckets = new Int32Array(16).fill(none);
  private first = none;
  private last = none;
  private freeList = none;
  private readonly key = new Uint32Array(keyWords);
  /** Of `key`; of every place, so that nothing is hashed twice. */
  private hash = 0;
  private hashes = new Int32Array(0);
  private readonly seed: HashSeed;
  private readonly most: number;

  constructor(most: number, seed = randomSeed()) {
    this.most = most;
    this.seed = seed;
  }

  get isFull(): boolean {
    return this.count >= this.most;
  }

  /** The ids of the client's span, for what is called next. `owner` keeps tenants apart. */
  setKey(owner: number, traceIds: Uint8Array, traceAt: number, spanIds: Uint8Array, spanAt: number): void {
    const {key} = this;
    key[0] = owner;
    for (let i = 0; i < 4; i++) key[1 + i] = word(traceIds, traceAt + 4 * i);
    for (let i = 0; i < 2; i++) key[5 + i] = word(spanIds, spanAt + 4 * i);
    this.hash = hashWords(this.seed, key);
  }

  /** The place of a half of the key that was set, or -1; `after` is one that was found, for the next of the same kind. */
  find(kind: number, after = none): number {
    let at =
      after === none ? (this.buckets[this.hash & (this.buckets.length - 1)] as number) : (this.chains[after] as number);
    const {hashes, kinds, chains, hash} = this;
    for (; at !== none; at = chains[at] as number) {
      if (hashes[at] === hash && kinds[at] === kind && this.hasKey(at)) return at;
    }
    return none;
  }

  /** Adds a half for the key that was set. There must be room. */
  add(kind: number, side: PairSide, deadline: number): void {
    if (this.freeList === none) this.grow();
    const at = this.freeList;
    this.freeList = this.chains[at] as number;
    this.count++;
    this.keys.set(this.key, at * keyWords);
    this.kinds[at] = kind;
    this.deadlines[at] = deadline;
    this.write(at, side);
    this.hashes[at] = this.hash;
    const bucket = this.hash & (this.buckets.length - 1);
    this.chains[at] = this.buckets[bucket] as number;
    this.buckets[bucket] = at;
    this.before[at] = this.last;
    this.after[at] = none;
    if (this.last === none) this.first = at;
    else this.after[this.last] = at;
    this.last = at;
  }

  read(at: number, side: PairSide): void {
    const {sides} = this;
    const from = at * sideValues;
    side.node = sides[from] as number;
    side.peer = sides[from + 1] as number;
    side.seconds = sides[from + 2] as number;
    side.millis = sides[from + 3] as number;
    side.probability = sides[from + 4] as number;
    side.weight = sides[from + 5] as number;
    side.flags = sides[from + 6] as number;
  }

  write(at: number, side: PairSide): void {
    const {sides} = this;
    const from = at * sideValues;
    sides[from] = side.node;
    sides[from + 1] = side.peer;
    sides[from + 2] = side.seconds;
    sides[from + 3] = side.millis;
    sides[from + 4] = side.probability;
    sides[from + 5] = side.weight;
    sides[from + 6] = side.flags;
  }

  kindOf(at: number): number {
    return this.kinds[at] as number;
  }

  remove(at: number): void {
    const bucket = (this.hashes[at] as number) & (this.buckets.length - 1);
    if (this.buckets[bucket] === at) this.buckets[bucket] = this.chains[at] as number;
    else {
      let link = this.buckets[bucket] as number;
      while (this.chains[link] !== at) link = this.chains[link] as number;
      this.chains[link] = this.chains[at] as number;
    }
    const before = this.before[at] as number;
    const after = this.after[at] as number;
    if (before === none) this.first = after;
    else this.after[before] = after;
    if (after === none) this.last = before;
    else this.before[after] = before;
    this.chains[at] = this.freeList;
    this.freeList = at;
    this.count--;
  }

  /** The half that has waited longest, where it has waited long enough, or -1. */
  overdue(now: number): number {
    return this.first !== none && (this.deadlines[this.first] as number) <= now ? this.first : none;
  }

  /** Every place that is taken, the longest-waiting first. */
  *[Symbol.iterator](): Generator<number> {
    for (let at = this.first; at !== none; at = this.after[at] as number) yield at;
  }

  private hasKey(at: number): boolean {
    for (let i = 0, from = at * keyWords; i < keyWords; i++) if (this.keys[from + i] !== this.key[i]) return false;
    return true;
  }

  private grow(): void {
    const capacity = this.kinds.length;
    const larger = Math.max(64, 2 * capacity);
    this.deadlines = enlarged(this.deadlines, larger);
    this.kinds = enlarged(this.kinds, larger);
    this.keys = enlarged(this.keys, larger * keyWords);
    this.sides = enlarged(this.sides, larger * sideValues);
    this.hashes = enlarged(this.hashes, larger);
    this.chains = enlarged(this.chains, larger);
    this.before = enlarged(this.before, larger);
    this.after = enlarged(this.after, larger);
    this.buckets = new Int32Array(larger).fill(none);
    for (let at = 0; at < capacity; at++) {
      const bucket = (this.hashes[at] as number) & (larger - 1);
      this.chains[at] = this.buckets[bucket] as number;
      this.buckets[bucket] = at;
    }
    for (let at = larger - 1; at >= capacity; at--) {
      this.chains[at] = this.freeList;
      this.freeList = at;
    }
  }
}

const sideValues = 7;

const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);
