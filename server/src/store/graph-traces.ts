/**
 * Traces in columns, and their spans by id. Spans of a trace mostly lie one behind the other, so that a trace is looked for once for
 * several spans, and its spans are looked through where they are few: both touch memory that is near.
 */
import {grown} from './grown.ts';

/** Spans of a trace that are looked through one by one. */
const maxScan = 32;

/** What of the spans this table looks at; the arrays are others when there are more spans. */
export interface SpanIds {
  /** Two words each. */
  readonly ids: Uint32Array;
  /** The trace of each span. */
  readonly trace: Uint32Array;
  /** The next span of the trace that has an id of its own, or -1. */
  readonly after: Int32Array;
}

export class TraceTable {
  count = 0;
  /** Four words each. */
  ids = new Uint32Array(4 * 256);
  tenant = new Uint16Array(256);
  private readonly spans: SpanIds;
  private first = new Int32Array(256);
  private last = new Int32Array(256);
  private sizes = new Uint32Array(256);
  private slots = new Int32Array(512).fill(-1);
  /** Spans of large traces. */
  private many = new Int32Array(0);
  private manyCount = 0;
  private readonly seed = (Math.random() * 2 ** 32) | 0;

  constructor(spans: SpanIds) {
    this.spans = spans;
  }

  /** The number of a trace, added where it is new. Its id is the four words from `at`. */
  number(tenant: number, words: Uint32Array, at: number): number {
    const slot = this.slotOf(tenant, words, at);
    const known = this.slots[slot] as number;
    if (known >= 0) return known;
    const number = this.count++;
    if (number === this.tenant.length) this.grow();
    for (let i = 0; i < 4; i++) this.ids[4 * number + i] = words[at + i] as number;
    this.tenant[number] = tenant;
    this.first[number] = -1;
    this.last[number] = -1;
    this.sizes[number] = 0;
    this.slots[slot] = number;
    if (2 * this.count > this.slots.length) this.rehash();
    return number;
  }

  /** The number of a trace, or -1. */
  find(tenant: number, words: Uint32Array): number {
    return this.slots[this.slotOf(tenant, words, 0)] as number;
  }

  /** Adds a span to its trace, which has none with its id. */
  add(at: number): void {
    const {trace, after} = this.spans;
    const of = trace[at] as number;
    after[at] = -1;
    if ((this.first[of] as number) < 0) this.first[of] = at;
    else after[this.last[of] as number] = at;
    this.last[of] = at;
    const size = (this.sizes[of] as number) + 1;
    this.sizes[of] = size;
    if (size <= maxScan) return;
    if (size > maxScan + 1) return this.addToMany(at);
    for (let other = this.first[of] as number; other >= 0; other = after[other] as number) this.addToMany(other);
  }

  /** The span of a trace that was added with an id, or -1. */
  span(of: number, s0: number, s1: number): number {
    const {ids, after} = this.spans;
    if ((this.sizes[of] as number) > maxScan) return this.many[this.manySlot(of, s0, s1)] as number;
    for (let at = this.first[of] as number; at >= 0; at = after[at] as number) {
      if (ids[2 * at] === s0 && ids[2 * at + 1] === s1) return at;
    }
    return -1;
  }

  private slotOf(tenant: number, words: Uint32Array, at: number): number {
    const {slots, ids} = this;
    const mask = slots.length - 1;
    const [w0, w1] = [words[at] as number, words[at + 1] as number];
    const [w2, w3] = [words[at + 2] as number, words[at + 3] as number];
    for (let slot = this.hash(tenant, w0, w1, w2, w3) & mask; ; slot = (slot + 1) & mask) {
      const known = slots[slot] as number;
      if (known < 0) return slot;
      const id = 4 * known;
      if (
        ids[id + 3] === w3 &&
        ids[id + 2] === w2 &&
        ids[id + 1] === w1 &&
        ids[id] === w0 &&
        this.tenant[known] === tenant
      )
        return slot;
    }
  }

  private manySlot(of: number, s0: number, s1: number): number {
    const {many} = this;
    const {ids, trace} = this.spans;
    const mask = many.length - 1;
    for (let slot = this.hash(of, s0, s1, 0, 0) & mask; ; slot = (slot + 1) & mask) {
      const known = many[slot] as number;
      if (known < 0 || (ids[2 * known] === s0 && ids[2 * known + 1] === s1 && trace[known] === of)) return slot;
    }
  }

  private addToMany(at: number): void {
    if (2 * (this.manyCount + 1) > this.many.length) {
      const former = this.many;
      this.many = new Int32Array(Math.max(1024, 2 * former.length)).fill(-1);
      for (const other of former) if (other >= 0) this.many[this.slotIn(other)] = other;
    }
    this.many[this.slotIn(at)] = at;
    this.manyCount++;
  }

  private slotIn(at: number): number {
    const {ids, trace} = this.spans;
    return this.manySlot(trace[at] as number, ids[2 * at] as number, ids[2 * at + 1] as number);
  }

  private hash(a: number, b: number, c: number, d: number, e: number): number {
    let hash = Math.imul(this.seed ^ a, 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 15) ^ b, 0x297a2d39);
    hash = Math.imul(hash ^ (hash >>> 15) ^ c, 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 15) ^ d, 0x297a2d39);
    hash = Math.imul(hash ^ (hash >>> 15) ^ e, 0x2c1b3c6d);
    return hash ^ (hash >>> 15);
  }

  private grow(): void {
    const length = 2 * this.tenant.length;
    this.ids = grown(this.ids, 4 * length);
    this.tenant = grown(this.tenant, length);
    this.first = grown(this.first, length);
    this.last = grown(this.last, length);
    this.sizes = grown(this.sizes, length);
  }

  private rehash(): void {
    this.slots = new Int32Array(4 * this.slots.length).fill(-1);
    for (let i = 0; i < this.count; i++) this.slots[this.slotOf(this.tenant[i] as number, this.ids, 4 * i)] = i;
  }
}
