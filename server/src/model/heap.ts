import {wholeBytes} from '../base/index.ts';

/**
 * The bytes of one batch: every text, byte string and nested value of its rows is a slice (start, length) of this heap.
 *
 * A receiver wraps the received body, so decoding copies nothing; the first edit uses what is left of the
 * body's memory, or moves the bytes into a larger buffer; later ones append. Slices stay valid for ever: bytes are never moved relative to the start, nor overwritten.
 */
export class Heap {
  /** Read through this only between two appends: an append may replace it. */
  bytes: Uint8Array;
  /** Bytes in use; the rest of `bytes` is spare. */
  length: number;

  private constructor(bytes: Uint8Array, length: number) {
    this.bytes = bytes;
    this.length = length;
  }

  /** Starts over on other bytes; every slice of the old ones is void. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.length = bytes.length;
  }

  static empty(capacity = 1024): Heap {
    return new Heap(new Uint8Array(capacity), 0);
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

  private grow(end: number): void {
    // Bodies of receivers seldom fill the memory that they came in.
    const whole = wholeBytes(this.bytes);
    if (whole !== undefined && whole.length >= end) this.bytes = whole;
    else {
      const larger = new Uint8Array(Math.max(end, this.bytes.length + (this.bytes.length >>> 1), 1024));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
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
