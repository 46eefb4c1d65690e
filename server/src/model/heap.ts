import {giveBytes, takeBytes, wholeBytes} from '../base/index.ts';

/**
 * The bytes of one batch: every text, byte string and nested value of its rows is a slice (start, length) of this heap.
 *
 * A receiver wraps the received body, so decoding copies nothing; the first edit uses what is left of the
 * body's memory, or moves the bytes into a larger buffer of the pool; later ones append. Slices stay valid for ever: bytes are never
 * moved relative to the start, nor overwritten.
 */
export class Heap {
  /** Read through this only between two appends: an append may replace it. */
  bytes: Uint8Array;
  /** Bytes in use; the rest of `bytes` is spare. */
  length: number;
  /** Smaller memory that the bytes have left. Somebody may still read it, so it stays the heap's until nobody reads the batch. */
  private outgrown: Uint8Array[] | undefined;

  private constructor(bytes: Uint8Array, length: number) {
    this.bytes = bytes;
    this.length = length;
  }

  /** Starts over on other bytes; every slice of the old ones is void. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.length = bytes.length;
    this.outgrown = undefined;
  }

  /** `capacity` where it is known how much will come. */
  static empty(capacity = 0): Heap {
    return new Heap(capacity < pooled ? new Uint8Array(Math.max(capacity, 1024)) : takeBytes(capacity), 0);
  }

  /** The heap takes the bytes: the caller must not change them afterwards. */
  static of(bytes: Uint8Array): Heap {
    return new Heap(bytes, bytes.length);
  }

  /** Makes room for `count` bytes at the end and returns where they start; the caller fills them in `bytes`. */
  reserve(count: number): number {
    const start = this.length;
    const end = start + count;
    if (end > this.bytes.length) this.grow(end);
    this.length = end;
    return start;
  }

  /** Makes room for `count` bytes at the end without adding them. */
  makeRoom(count: number): void {
    if (this.length + count > this.bytes.length) this.moveTo(this.length + count);
  }

  private grow(end: number): void {
    // Bodies of receivers seldom fill the memory that they came in.
    const whole = wholeBytes(this.bytes);
    if (whole !== undefined && whole.length >= end) this.bytes = whole;
    else this.moveTo(Math.max(end, this.bytes.length + (this.bytes.length >>> 1), 1024));
  }

  private moveTo(size: number): void {
    const larger = takeBytes(size);
    larger.set(this.bytes.subarray(0, this.length));
    this.outgrown ??= [];
    this.outgrown.push(this.bytes);
    this.bytes = larger;
  }

  /** Whether the memory of these bytes is the heap's, or was. */
  holds({buffer}: Uint8Array): boolean {
    return this.bytes.buffer === buffer || (this.outgrown?.some((each) => each.buffer === buffer) ?? false);
  }

  /** Gives the memory back to the pool: nobody reads a slice of it any more. */
  giveBack(): void {
    giveBytes(this.bytes);
    for (const bytes of this.outgrown ?? []) giveBytes(bytes);
    this.outgrown = undefined;
  }

  /** Appends a copy of the bytes and returns where it starts. */
  append(bytes: Uint8Array): number {
    const start = this.reserve(bytes.length);
    this.bytes.set(bytes, start);
    return start;
  }

  /** Appends a text as UTF-8; its slice is (returned start, `length` grown by as much). */
  appendText(text: string): number {
    if (text.length > shortText) return this.append(encoder.encode(text));
    // Short ASCII, the usual case: cheaper than the encoder's call.
    const start = this.reserve(text.length);
    const {bytes} = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        this.length = start;
        return this.append(encoder.encode(text));
      }
      bytes[start + i] = code;
    }
    return start;
  }
}

const encoder = new TextEncoder();
const shortText = 48;
/** Less memory than this is not worth the pool's while. */
const pooled = 4096;
