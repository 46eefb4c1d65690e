/**
 * The spans that wait for a decision, as the bytes that they were sent in: requests lie one after another in blocks, and a span is
 * a slot of 16 bytes that says where. A block is used again when no span of it waits any more. A hot path.
 */
import {bug, enlarged} from '../base/index.ts';
import {originWords, RequestIndex} from './request-index.ts';

/** What was held together, for whoever wants to know when no span of it waits any more. */
export interface HeldRecord {
  /** Spans that are still held, and one while they are being held. */
  live: number;
  readonly seq: number;
  readonly done: () => void;
}

interface Block {
  readonly bytes: Uint8Array;
  used: number;
  live: number;
}

/** No slot: the end of a list. */
export const noSlot = -1;

/** A record and a span's origin as JavaScript keeps them, so that many small requests are counted as what they take. */
const recordBytes = 160;
const slotBytes = 16;
const originBytes = originWords * 4 + 8;

export class HeldSpans {
  /** By slot; the next one of the same list, which is the caller's to keep. Fetch again after `hold`. */
  next = new Int32Array(1024);
  #slotOrigin = new Int32Array(1024);
  #slotStart = new Uint32Array(1024);
  #slotEnd = new Uint32Array(1024);
  #slotCount = 0;
  #freeSlot = noSlot;
  #live = 0;

  #origins = new Uint32Array(64 * originWords);
  #originBlock = new Uint32Array(64);
  #originLive = new Uint32Array(64);
  readonly #originRecord: (HeldRecord | undefined)[] = [];
  #originCount = 0;
  readonly #freeOrigins: number[] = [];

  readonly #blocks: (Block | undefined)[] = [];
  readonly #blockBytes: number;
  #current = -1;
  #blockMemory = 0;
  readonly #idle: Block[] = [];
  readonly #index = new RequestIndex();

  /** Blocks of this size: the smaller they are, the sooner one is free; the larger, the less is lost at their ends. */
  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes;
  }

  /** Spans that are held. */
  get count(): number {
    return this.#live;
  }

  /** The memory that they take, spare room included. */
  get bytes(): number {
    return (
      this.#blockMemory +
      this.next.length * slotBytes +
      this.#originLive.length * originBytes +
      this.#originCount * recordBytes
    );
  }

  /** The memory that a request of this length would take beyond `bytes`. */
  growth(length: number): number {
    const current = this.#blocks[this.#current];
    if (current !== undefined && current.used + length <= current.bytes.length) return 0;
    return length <= this.#blockBytes && this.#idle.length > 0 ? 0 : Math.max(length, this.#blockBytes);
  }

  /**
   * Copies the request and holds its spans: `each` is given the slot of every one, and where its field lies in `bytes`. It may
   * release this slot or others.
   */
  hold(
    request: Uint8Array,
    record: HeldRecord | undefined,
    each: (slot: number, bytes: Uint8Array, start: number, end: number) => void,
  ): void {
    const index = this.#index;
    const blockAt = this.#blockFor(request.length);
    const block = this.#blocks[blockAt] as Block;
    index.read(request, block.used);
    block.bytes.set(request, block.used);
    block.used += request.length;
    // One more of each until the end, lest they be given away while the first spans are released.
    block.live++;
    if (record !== undefined) record.live++;
    const origins = Array.from({length: index.originCount}, (_, i) => this.#addOrigin(i, blockAt, record));
    for (let i = 0; i < index.count; i++) {
      const origin = origins[index.origin[i] as number] as number;
      const start = index.start[i] as number;
      const end = index.end[i] as number;
      const slot = this.#addSlot(origin, start, end);
      this.#originLive[origin] = (this.#originLive[origin] as number) + 1;
      block.live++;
      if (record !== undefined) record.live++;
      each(slot, block.bytes, start, end);
    }
    for (const origin of origins) this.#leaveOrigin(origin);
    this.#leaveBlock(blockAt);
    leaveRecord(record);
  }

  /** The span is done with. */
  release(slot: number): void {
    const origin = this.#slotOrigin[slot] as number;
    if (origin < 0) bug('a span that waits no more was released again');
    const blockAt = this.#originBlock[origin] as number;
    const record = this.#originRecord[origin];
    this.#slotOrigin[slot] = -1;
    this.next[slot] = this.#freeSlot;
    this.#freeSlot = slot;
    this.#live--;
    this.#leaveOrigin(origin);
    this.#leaveBlock(blockAt);
    leaveRecord(record);
  }

  /** Of a held span: its origin (slots of one ScopeSpans have the same), its block's bytes and where its field lies in them. */
  originOf(slot: number): number {
    return this.#slotOrigin[slot] as number;
  }
  startOf(slot: number): number {
    return this.#slotStart[slot] as number;
  }
  endOf(slot: number): number {
    return this.#slotEnd[slot] as number;
  }
  bytesOf(origin: number): Uint8Array {
    return (this.#blocks[this.#originBlock[origin] as number] as Block).bytes;
  }
  recordOf(slot: number): HeldRecord | undefined {
    return this.#originRecord[this.#slotOrigin[slot] as number];
  }
  /** One of the `originWords` numbers of an origin. */
  originWord(origin: number, word: number): number {
    return this.#origins[origin * originWords + word] as number;
  }

  #blockFor(length: number): number {
    const current = this.#blocks[this.#current];
    if (current !== undefined && current.used + length <= current.bytes.length) return this.#current;
    const left = this.#current;
    let fresh = length <= this.#blockBytes ? this.#idle.pop() : undefined;
    if (fresh === undefined) {
      fresh = {bytes: new Uint8Array(Math.max(length, this.#blockBytes)), used: 0, live: 0};
      this.#blockMemory += fresh.bytes.length;
    }
    let at = this.#blocks.indexOf(undefined);
    if (at < 0) at = this.#blocks.length;
    this.#blocks[at] = fresh;
    this.#current = at;
    if (current !== undefined && current.live === 0) this.#dispose(left);
    return at;
  }

  #leaveBlock(at: number): void {
    const block = this.#blocks[at] as Block;
    if (--block.live > 0) return;
    if (at === this.#current) block.used = 0;
    else this.#dispose(at);
  }

  /** Keeps one for the next; more would be memory that nobody sees. */
  #dispose(at: number): void {
    const block = this.#blocks[at] as Block;
    this.#blocks[at] = undefined;
    if (block.bytes.length === this.#blockBytes && this.#idle.length < 1) {
      block.used = 0;
      this.#idle.push(block);
    } else this.#blockMemory -= block.bytes.length;
  }

  #addOrigin(of: number, blockAt: number, record: HeldRecord | undefined): number {
    let origin = this.#freeOrigins.pop();
    if (origin === undefined) {
      origin = this.#originCount++;
      if (origin === this.#originLive.length) {
        this.#origins = enlarged(this.#origins);
        this.#originBlock = enlarged(this.#originBlock);
        this.#originLive = enlarged(this.#originLive);
      }
    }
    this.#origins.set(this.#index.origins.subarray(of * originWords, (of + 1) * originWords), origin * originWords);
    this.#originBlock[origin] = blockAt;
    this.#originLive[origin] = 1;
    this.#originRecord[origin] = record;
    return origin;
  }

  #leaveOrigin(origin: number): void {
    const live = (this.#originLive[origin] as number) - 1;
    this.#originLive[origin] = live;
    if (live > 0) return;
    this.#originRecord[origin] = undefined;
    this.#freeOrigins.push(origin);
  }

  #addSlot(origin: number, start: number, end: number): number {
    let slot = this.#freeSlot;
    if (slot !== noSlot) this.#freeSlot = this.next[slot] as number;
    else {
      slot = this.#slotCount++;
      if (slot === this.next.length) {
        this.next = enlarged(this.next);
        this.#slotOrigin = enlarged(this.#slotOrigin);
        this.#slotStart = enlarged(this.#slotStart);
        this.#slotEnd = enlarged(this.#slotEnd);
      }
    }
    this.#slotOrigin[slot] = origin;
    this.#slotStart[slot] = start;
    this.#slotEnd[slot] = end;
    this.next[slot] = noSlot;
    this.#live++;
    return slot;
  }
}

function leaveRecord(record: HeldRecord | undefined): void {
  if (record !== undefined && --record.live === 0) record.done();
}
