/** A growing byte buffer that Native columns are written to. Reused from block to block: `reset` keeps the memory. */
export class ByteSink {
  /** Fetch again after any call that may grow it. */
  bytes: Buffer;
  length = 0;

  constructor(capacity = 256) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  reset(): void {
    this.length = 0;
    // One huge block must not hold its memory for ever.
    if (this.bytes.length > 16 * 1024 * 1024) this.bytes = Buffer.allocUnsafe(256);
  }

  /** Makes room for `count` bytes more and returns where they go; `length` already counts them. */
  reserve(count: number): number {
    const at = this.length;
    if (at + count > this.bytes.length) this.grow(at + count);
    this.length = at + count;
    return at;
  }

  private grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  /** LEB128, as ClickHouse writes lengths and counts. */
  varint(value: number): void {
    let rest = value;
    let at = this.reserve(5);
    const bytes = this.bytes;
    while (rest > 127) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.length = at;
  }

  /** Copies a slice of `source`; short ones by a loop, which beats the native call below some 40 bytes. */
  copy(source: Uint8Array, start: number, length: number): void {
    const at = this.reserve(length);
    const bytes = this.bytes;
    if (length < 40) for (let i = 0; i < length; i++) bytes[at + i] = source[start + i] as number;
    else bytes.set(source.subarray(start, start + length), at);
  }

  /** A ClickHouse string: its length, then its bytes. */
  string(source: Uint8Array, start: number, length: number): void {
    this.varint(length);
    this.copy(source, start, length);
  }

  /** A string of ASCII characters only. */
  ascii(text: string): void {
    this.varint(text.length);
    const at = this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[at + i] = text.charCodeAt(i);
  }

  u8(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
  }

  u32(value: number): void {
    const at = this.reserve(4);
    const bytes = this.bytes;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
  }

  /** 64 bits, low word first. */
  u64(low: number, high: number): void {
    const at = this.reserve(8);
    const bytes = this.bytes;
    bytes[at] = low;
    bytes[at + 1] = low >>> 8;
    bytes[at + 2] = low >>> 16;
    bytes[at + 3] = low >>> 24;
    bytes[at + 4] = high;
    bytes[at + 5] = high >>> 8;
    bytes[at + 6] = high >>> 16;
    bytes[at + 7] = high >>> 24;
  }
}
