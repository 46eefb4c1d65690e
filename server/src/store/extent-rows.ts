/**
 * Rows of the table of traces in memory, column by column: a row is what a trace has in one bucket, as merges would leave it. Rows of
 * one trace are a chain from its first. Times are the two halves of nanoseconds, since no number holds them exactly.
 */
import {enlarged, type HashSeed, hashWords, randomSeed} from '../base/index.ts';
import {type FixedValues, fixedColumn, type NativeBlock} from '../native/index.ts';
import {type Bounded, ExtentStretches, unbounded} from './extent-stretches.ts';
import {unknownOrigins} from './origin-sets.ts';

/** What a flag says of a row, beside its root (as `spanRoot` has it) in the lowest bits. */
export const rowFlag = {root: 3, headFailed: 4, first: 8} as const;

/** A time in nanoseconds: its upper and its lower 32 bits. */
export interface Halves {
  readonly high: number;
  readonly low: number;
}

export const halvesOf = (nanos: bigint): Halves => ({
  high: Number((nanos >> 32n) & 0xffff_ffffn),
  low: Number(nanos & 0xffff_ffffn),
});

/** Of two times by their halves, in nanoseconds: exact up to 104 days, and as near as a number can be beyond. */
export const durationOf = (endHigh: number, endLow: number, startHigh: number, startLow: number): number =>
  (endHigh - startHigh) * 2 ** 32 + (endLow - startLow);

/** Each row of a trace looks through those before it. As many are 28 hours without a pause of ten seconds. */
const maxRowsOfTrace = 10_000;
/** Of more rows it is not worth to know what they have together. */
const maxRowsBounded = 64;

const firstCapacity = 1024;
/** Beyond it, memory for as many again would be more than is worth having at hand. */
const doubledUpTo = 256 * 1024;

export class ExtentRows {
  count = 0;
  /** Four words a row, in the order of the bytes. */
  ids = new Uint32Array(0);
  bucket = new Uint32Array(0);
  startHigh = new Uint32Array(0);
  startLow = new Uint32Array(0);
  endHigh = new Uint32Array(0);
  endLow = new Uint32Array(0);
  spans = new Uint32Array(0);
  errors = new Uint32Array(0);
  /** Of a row, as `OriginSets` numbers them. */
  origins = new Uint32Array(0);
  flags = new Uint8Array(0);
  /** The next row of the trace, plus 1. */
  next = new Uint32Array(0);
  readonly stretches = new ExtentStretches();
  /** Whether there may be rows with `unknownOrigins`. */
  hasUnknown = false;
  /** Whether a trace has more than `maxRowsOfTrace`: then its rows, and those after it, are not all there. */
  overlong = false;
  /** First rows by the hashes of their ids, plus 1. */
  private slots = new Uint32Array(2 * firstCapacity);
  private traces = 0;
  private readonly seed: HashSeed = randomSeed();
  private readonly key = new Uint32Array(4);
  /** Of the row that is put. */
  private readonly values = {
    ...{bucket: 0, startHigh: 0, startLow: 0, endHigh: 0, endLow: 0, spans: 0, errors: 0, origins: 0},
    flags: 0,
  };
  private readonly bounded: Bounded = {
    ...{firstBucket: 0, lastBucket: 0, startHigh: 0, endHigh: 0},
    ...{duration: 0, spans: 0, errors: 0},
  };
  private readonly joined: (a: number, b: number) => number;

  /** `joined` says what stands for the origins of two rows together. */
  constructor(joined: (a: number, b: number) => number) {
    this.joined = joined;
  }

  /** Of a block of `traces` those rows that `originsOf` has origins for: the others are another tenant's. */
  add(block: NativeBlock, originsOf: (row: number) => number | undefined): void {
    const {key, values} = this;
    const id = fixedColumn(block, 'trace_id');
    const [bucket, head, last] = (['bucket', 'head', 'last'] as const).map((name) => fixedColumn(block, name)) as Three;
    const [spans, errors, root] = (['spans', 'errors', 'root'] as const).map((name) =>
      fixedColumn(block, name),
    ) as Three;
    for (let row = 0; row < block.rows && !this.overlong; row++) {
      const origins = originsOf(row);
      if (origins === undefined) continue;
      for (let i = 0; i < 4; i++) key[i] = word(id, 4 * row + i);
      const [headLow, headHigh] = [word(head, 2 * row), word(head, 2 * row + 1)];
      values.bucket = word(bucket, row);
      values.startHigh = headHigh >>> 1;
      values.startLow = ((headHigh << 31) | (headLow >>> 1)) >>> 0;
      values.endHigh = word(last, 2 * row + 1);
      values.endLow = word(last, 2 * row);
      values.spans = count(spans, row);
      values.errors = count(errors, row);
      values.origins = origins;
      values.flags = (root.bytes[root.at + row] as number) | (headLow & 1 ? rowFlag.headFailed : 0);
      this.put();
    }
  }

  /** The first row of the trace with this id of four words. */
  find(id: Uint32Array): number | undefined {
    this.key.set(id);
    const row = this.slots[this.slotOf()] as number;
    return row === 0 ? undefined : row - 1;
  }

  /** Puts `values` to the trace `key`. */
  private put(): void {
    const slot = this.slotOf();
    let row = (this.slots[slot] as number) - 1;
    if (row < 0) {
      this.slots[slot] = this.count + 1;
      this.traces++;
      this.append(rowFlag.first);
      if (2 * this.traces > this.slots.length) this.index(2 * this.slots.length);
      return;
    }
    const first = row;
    for (let length = 1; ; length++) {
      if (this.bucket[row] === this.values.bucket) {
        this.join(row);
        break;
      }
      const next = this.next[row] as number;
      if (next === 0) {
        if (length === maxRowsOfTrace) {
          this.overlong = true;
          return;
        }
        this.next[row] = this.count + 1;
        this.append(0);
        break;
      }
      row = next - 1;
    }
    if (this.next[first] !== 0) this.raiseTrace(first);
  }

  private append(first: number): void {
    const row = this.count++;
    if (row >= this.bucket.length) this.grow();
    const {values} = this;
    this.ids.set(this.key, 4 * row);
    for (const name of valueColumns) this[name][row] = values[name];
    this.flags[row] = values.flags | first;
    this.next[row] = 0;
    this.raise(row);
  }

  /** A row's own values, for its stretch. */
  private raise(row: number): void {
    const {bounded} = this;
    const [endHigh, startHigh] = [this.endHigh[row] as number, this.startHigh[row] as number];
    bounded.firstBucket = bounded.lastBucket = this.bucket[row] as number;
    bounded.startHigh = startHigh;
    bounded.endHigh = endHigh;
    bounded.duration = durationOf(endHigh, this.endLow[row] as number, startHigh, this.startLow[row] as number);
    bounded.spans = this.spans[row] as number;
    bounded.errors = this.errors[row] as number;
    this.stretches.raise(row, bounded);
    if (this.origins[row] === unknownOrigins) this.hasUnknown = true;
  }

  /** What a trace of several rows has in all of them: a question may look at fewer, of which it has no more. */
  private raiseTrace(first: number): void {
    const {bounded, bucket, startHigh, startLow, endHigh, endLow, spans, errors, next} = this;
    let [earliest, latest] = [first, first];
    bounded.firstBucket = bounded.lastBucket = bucket[first] as number;
    bounded.startHigh = bounded.spans = bounded.errors = 0;
    let length = 0;
    for (let row = first; row >= 0; row = (next[row] as number) - 1) {
      if (++length > maxRowsBounded) return this.stretches.raise(first, unbounded);
      const began = (startHigh[row] as number) - (startHigh[earliest] as number);
      if ((began || (startLow[row] as number) - (startLow[earliest] as number)) < 0) earliest = row;
      const ended = (endHigh[row] as number) - (endHigh[latest] as number);
      if ((ended || (endLow[row] as number) - (endLow[latest] as number)) > 0) latest = row;
      bounded.firstBucket = Math.min(bounded.firstBucket, bucket[row] as number);
      bounded.lastBucket = Math.max(bounded.lastBucket, bucket[row] as number);
      bounded.startHigh = Math.max(bounded.startHigh, startHigh[row] as number);
      bounded.spans += spans[row] as number;
      bounded.errors += errors[row] as number;
    }
    bounded.endHigh = endHigh[latest] as number;
    bounded.duration = durationOf(
      bounded.endHigh,
      endLow[latest] as number,
      startHigh[earliest] as number,
      startLow[earliest] as number,
    );
    this.stretches.raise(first, bounded);
  }

  /** As the table's columns join: the least head, the greatest end and root, sums. */
  private join(row: number): void {
    const {values} = this;
    const flags = this.flags[row] as number;
    const order =
      values.startHigh - (this.startHigh[row] as number) || values.startLow - (this.startLow[row] as number);
    let headFailed = flags & rowFlag.headFailed;
    if (order < 0) {
      this.startHigh[row] = values.startHigh;
      this.startLow[row] = values.startLow;
      headFailed = values.flags & rowFlag.headFailed;
    } else if (order === 0) headFailed &= values.flags;
    if ((values.endHigh - (this.endHigh[row] as number) || values.endLow - (this.endLow[row] as number)) > 0) {
      this.endHigh[row] = values.endHigh;
      this.endLow[row] = values.endLow;
    }
    this.spans[row] = Math.min(maxCount, (this.spans[row] as number) + values.spans);
    this.errors[row] = Math.min(maxCount, (this.errors[row] as number) + values.errors);
    this.origins[row] = this.joined(this.origins[row] as number, values.origins);
    const root = Math.max(flags & rowFlag.root, values.flags & rowFlag.root);
    this.flags[row] = root | headFailed | (flags & rowFlag.first);
    this.raise(row);
  }

  /** Where the key is, or would be. */
  private slotOf(): number {
    const {key, slots, ids} = this;
    const mask = slots.length - 1;
    let slot = hashWords(this.seed, key) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const row = slots[slot] as number;
      if (row === 0) return slot;
      const at = 4 * (row - 1);
      if (ids[at] === key[0] && ids[at + 1] === key[1] && ids[at + 2] === key[2] && ids[at + 3] === key[3]) return slot;
    }
  }

  private index(size: number): void {
    this.slots = new Uint32Array(size);
    for (let row = 0; row < this.count; row++) {
      if (((this.flags[row] as number) & rowFlag.first) === 0) continue;
      this.key.set(this.ids.subarray(4 * row, 4 * row + 4));
      this.slots[this.slotOf()] = row + 1;
    }
  }

  private grow(): void {
    const before = this.bucket.length;
    this.resize(before < doubledUpTo ? Math.max(firstCapacity, 2 * before) : before + doubledUpTo);
  }

  private resize(capacity: number): void {
    this.ids = enlarged(this.ids, 4 * capacity);
    for (const name of valueColumns) this[name] = enlarged(this[name], capacity);
    this.next = enlarged(this.next, capacity);
    this.flags = enlarged(this.flags, capacity);
    this.stretches.resize(capacity);
  }

  /** A copy with those rows alone that ended at or after a time. */
  since({high, low}: Halves): ExtentRows {
    const kept = new ExtentRows(this.joined);
    kept.overlong = this.overlong;
    const {values} = kept;
    for (let row = 0; row < this.count; row++) {
      if (((this.endHigh[row] as number) - high || (this.endLow[row] as number) - low) < 0) continue;
      kept.key.set(this.ids.subarray(4 * row, 4 * row + 4));
      for (const name of valueColumns) values[name] = this[name][row] as number;
      values.flags = (this.flags[row] as number) & ~rowFlag.first;
      kept.put();
    }
    return kept;
  }
}

const valueColumns = [
  ...(['bucket', 'startHigh', 'startLow', 'endHigh', 'endLow'] as const),
  ...(['spans', 'errors', 'origins'] as const),
] as const;
const maxCount = 0xffff_ffff;

type Three = [FixedValues, FixedValues, FixedValues];

const word = ({bytes, at}: FixedValues, index: number): number => bytes.readUInt32LE(at + 4 * index);

/** Of a 64-bit column, up to what 32 bits hold. */
const count = (values: FixedValues, row: number): number =>
  word(values, 2 * row + 1) > 0 ? maxCount : word(values, 2 * row);
