/** Writes the bytes of a key, so that two keys are equal only where all their parts are. One writer serves key after key. */
export class KeyWriter {
  bytes = new Uint8Array(512);
  length = 0;

  begin(): this {
    this.length = 0;
    return this;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** A number of 32 bits. */
  word(value: number): void {
    this.reserve(4);
    const {bytes, length} = this;
    bytes[length] = value;
    bytes[length + 1] = value >>> 8;
    bytes[length + 2] = value >>> 16;
    bytes[length + 3] = value >>> 24;
    this.length = length + 4;
  }

  /** Bytes of any length. */
  slice(source: Uint8Array, start: number, length: number): void {
    this.word(length);
    this.fixed(source, start, length);
  }

  /** Bytes whose length is known where the key is made. */
  fixed(source: Uint8Array, start: number, length: number): void {
    this.reserve(length);
    const {bytes, length: at} = this;
    // A call of `set` and its view cost more than a short loop.
    if (length <= 64) for (let i = 0; i < length; i++) bytes[at + i] = source[start + i] as number;
    else bytes.set(source.subarray(start, start + length), at);
    this.length = at + length;
  }

  private reserve(length: number): void {
    const needed = this.length + length;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}
