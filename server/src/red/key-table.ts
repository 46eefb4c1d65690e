/**
 * Numbers for keys of bytes: the series of a metric, the services of a graph. Looking a key up allocates nothing. Keys are foreign
 * (names of spans, values of attributes), so the hash has a secret seed, and takes another where keys collide all the same.
 */
import {enlarged, type HashSeed, hashBytes, randomSeed, sameBytes} from '../base/index.ts';

/** Slots looked at before another seed is taken; more than a few are no chance in a table that is half empty. */
const maxProbes = 64;
const absent = -1;

/** Keys have the numbers 0 to `count` - 1, in the order in which they were added. */
export class KeyTable {
  count = 0;
  /** How often another seed was taken. */
  reseeds = 0;
  private seed: HashSeed;
  /** The number of a key + 1, or 0; twice as many as keys, at least. */
  private slots = new Int32Array(64);
  private hashes = new Uint32Array(32);
  /** Start and length of each key in `arena`. */
  private slices = new Uint32Array(64);
  private arena = new Uint8Array(1024);
  private used = 0;
  private lastHash = 0;

  constructor(seed = randomSeed()) {
    this.seed = seed;
  }

  /** The memory of all keys together. */
  get keyBytes(): number {
    return this.used;
  }

  /** The number of the key, or -1. */
  find(bytes: Uint8Array, start: number, length: number): number {
    const {slots, hashes, slices} = this;
    const hash = hashBytes(this.seed, bytes, start, length);
    this.lastHash = hash;
    const mask = slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const id = (slots[at] as number) - 1;
      if (id < 0) return absent;
      if (hashes[id] !== hash) continue;
      const from = slices[2 * id] as number;
      if (sameBytes(this.arena, from, slices[2 * id + 1] as number, bytes, start, length)) return id;
    }
  }

  /** Adds the key that `find` has just not found; the bytes are copied. */
  add(bytes: Uint8Array, start: number, length: number): number {
    const id = this.count++;
    if (id === this.hashes.length) {
      this.hashes = enlarged(this.hashes, 2 * id);
      this.slices = enlarged(this.slices, 4 * id);
      this.slots = new Int32Array(4 * id);
      this.fill(id);
    }
    this.reserve(length);
    this.arena.set(bytes.subarray(start, start + length), this.used);
    this.slices[2 * id] = this.used;
    this.slices[2 * id + 1] = length;
    this.used += length;
    this.hashes[id] = this.lastHash;
    if (this.place(id) > maxProbes) this.reseed();
    return id;
  }

  /** `find`, and `add` where there is none. */
  intern(bytes: Uint8Array, start: number, length: number): number {
    const found = this.find(bytes, start, length);
    return found === absent ? this.add(bytes, start, length) : found;
  }

  /** The bytes of a key: a view, good until the next `add`. */
  key(id: number): Uint8Array {
    const start = this.slices[2 * id] as number;
    return this.arena.subarray(start, start + (this.slices[2 * id + 1] as number));
  }

  /**
   * Keeps the keys for which `keep` says so; they move together and keep their order. Returns the new number of each, -1 for those
   * that are gone; undefined where all stay.
   */
  retain(keep: (id: number) => boolean): Int32Array | undefined {
    const moved = new Int32Array(this.count);
    const {hashes, slices, arena} = this;
    let kept = 0;
    let used = 0;
    for (let id = 0; id < this.count; id++) {
      if (!keep(id)) {
        moved[id] = absent;
        continue;
      }
      const start = slices[2 * id] as number;
      const length = slices[2 * id + 1] as number;
      arena.copyWithin(used, start, start + length);
      slices[2 * kept] = used;
      slices[2 * kept + 1] = length;
      hashes[kept] = hashes[id] as number;
      used += length;
      moved[id] = kept++;
    }
    if (kept === this.count) return undefined;
    this.count = kept;
    this.used = used;
    if (arena.length > 4096 && used < arena.length / 4) this.arena = arena.slice(0, 2 * used);
    this.slots.fill(0);
    this.fill(kept);
    return moved;
  }

  private fill(count: number): void {
    for (let id = 0; id < count; id++) this.place(id);
  }

  /** Puts a key into its slot and returns how many others it passed. */
  private place(id: number): number {
    const {slots} = this;
    const mask = slots.length - 1;
    let at = (this.hashes[id] as number) & mask;
    let probes = 0;
    for (; slots[at] !== 0; at = (at + 1) & mask) probes++;
    slots[at] = id + 1;
    return probes;
  }

  private reseed(): void {
    this.reseeds++;
    this.seed = randomSeed();
    const {slices} = this;
    for (let id = 0; id < this.count; id++) {
      this.hashes[id] = hashBytes(this.seed, this.arena, slices[2 * id] as number, slices[2 * id + 1] as number);
    }
    this.slots.fill(0);
    this.fill(this.count);
  }

  private reserve(length: number): void {
    const needed = this.used + length;
    if (needed > this.arena.length) {
      this.arena = enlarged(this.arena, Math.max(needed, 2 * this.arena.length));
    }
  }
}

/** Moves the values of a column to where `retain` moved their keys; `width` values a key. */
export function moveColumn(column: Float64Array | Uint32Array | Uint8Array, moved: Int32Array, width = 1): void {
  for (let from = 0; from < moved.length; from++) {
    const to = moved[from] as number;
    if (to >= 0 && to !== from) column.copyWithin(to * width, from * width, (from + 1) * width);
  }
}

/** As `moveColumn`, for things that are not numbers. */
export function moveList<T>(list: T[], moved: Int32Array, count: number): void {
  if (list.length === 0) return;
  for (let from = 0; from < moved.length; from++) {
    const to = moved[from] as number;
    if (to >= 0) list[to] = list[from] as T;
  }
  list.length = count;
}
