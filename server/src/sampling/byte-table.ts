import {type HashSeed, hashBytes, randomSeed, sameBytes, utf8} from '../base/index.ts';

/** Names of one hash; more than a few are no chance. */
const maxChain = 8;

/** Entries by the UTF-8 bytes of their names: finding one allocates nothing. At most `limit` of them. */
export class ByteTable<T extends {readonly name: string}> {
  readonly limit: number;
  readonly #buckets = new Map<number, Link<T>>();
  #size = 0;
  #seed: HashSeed;
  #reseeds = 0;

  constructor(limit: number, seed = randomSeed()) {
    this.limit = limit;
    this.#seed = seed;
  }

  /** How often names collided so much that another seed was taken. */
  get reseeds(): number {
    return this.#reseeds;
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= this.limit;
  }

  /** The entry of this name, made where there is none; undefined without `make` and where the table is full. */
  find(bytes: Uint8Array, start: number, length: number, make?: (name: string) => T): T | undefined {
    const hash = hashBytes(this.#seed, bytes, start, length);
    let chain = 0;
    for (let link = this.#buckets.get(hash); link !== undefined; link = link.next) {
      chain++;
      if (sameBytes(link.bytes, 0, link.bytes.length, bytes, start, length)) return link.entry;
    }
    if (make === undefined || this.isFull) return undefined;
    const entry = make(utf8(bytes, start, length));
    this.#buckets.set(hash, {bytes: bytes.slice(start, start + length), entry, next: this.#buckets.get(hash)});
    this.#size++;
    if (chain >= maxChain) this.#reseed();
    return entry;
  }

  #reseed(): void {
    this.#reseeds++;
    this.#seed = randomSeed();
    const links = [...this.#buckets.values()];
    this.#buckets.clear();
    for (const first of links) {
      for (let link: Link<T> | undefined = first; link !== undefined; link = link.next) {
        const {bytes, entry} = link;
        const hash = hashBytes(this.#seed, bytes, 0, bytes.length);
        this.#buckets.set(hash, {bytes, entry, next: this.#buckets.get(hash)});
      }
    }
  }

  *[Symbol.iterator](): Generator<T> {
    for (const first of this.#buckets.values()) {
      for (let link: Link<T> | undefined = first; link !== undefined; link = link.next) yield link.entry;
    }
  }

  /** Takes out what `isGone` says. */
  remove(isGone: (entry: T) => boolean): void {
    for (const [hash, first] of this.#buckets) {
      let kept: Link<T> | undefined;
      for (let link: Link<T> | undefined = first; link !== undefined; link = link.next) {
        if (isGone(link.entry)) this.#size--;
        else kept = {...link, next: kept};
      }
      if (kept === undefined) this.#buckets.delete(hash);
      else this.#buckets.set(hash, kept);
    }
  }
}

interface Link<T> {
  readonly bytes: Uint8Array;
  readonly entry: T;
  readonly next: Link<T> | undefined;
}
