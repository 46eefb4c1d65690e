/** One body that arrives in pieces. */
import {giveBytes, takeBytes} from '../base/index.ts';
import type {Lease} from './admission.ts';

/**
 * Collects the pieces of a body in one buffer that grows, so that a piece of one byte costs one byte: kept as they come, such
 * pieces cost their holder hundreds of times what they bring. The lease counts the buffer, not the bytes in it.
 */
export class BodyBuffer {
  private readonly lease: Lease;
  /** The body's length where it is known beforehand: never more than that is allocated. */
  private readonly expected: number;
  private bytes: Uint8Array = noBytes;
  private capacity = 0;
  length = 0;

  constructor(lease: Lease, expected = Number.POSITIVE_INFINITY) {
    this.lease = lease;
    this.expected = expected;
  }

  /** Copies `piece`. Throws what the lease throws, and holds then what it held before. */
  push(piece: Uint8Array): void {
    const needed = this.length + piece.length;
    if (needed > this.bytes.length) this.grow(needed);
    this.bytes.set(piece, this.length);
    this.length = needed;
  }

  /** The body, in memory of the pool, which is the caller's from here on; the lease goes on counting it. */
  take(): Uint8Array {
    const body = this.bytes.subarray(0, this.length);
    this.bytes = noBytes;
    return body;
  }

  /** Gives the memory back, but not to the lease: whoever drops a body closes that. */
  drop(): void {
    giveBytes(this.bytes);
    this.bytes = noBytes;
    this.length = 0;
  }

  private grow(needed: number): void {
    // A length that is only announced may be a lie: no more than four times what has come is allocated for it.
    const wanted = Number.isFinite(this.expected)
      ? Math.max(needed, Math.min(this.expected, 4 * needed))
      : Math.max(needed, 2 * this.bytes.length);
    const larger = takeBytes(wanted);
    const capacity = larger.buffer.byteLength;
    try {
      this.lease.take(capacity - this.capacity);
    } catch (error) {
      giveBytes(larger);
      throw error;
    }
    larger.set(this.bytes.subarray(0, this.length));
    giveBytes(this.bytes);
    this.bytes = new Uint8Array(larger.buffer, 0, Number.isFinite(this.expected) ? wanted : capacity);
    this.capacity = capacity;
  }
}

const noBytes = new Uint8Array(0);
