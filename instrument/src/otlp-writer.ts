/**
 * Appends protobuf fields to one growing buffer that is reused from message to message. Hot path (see bench/instrument.ts):
 * single pass, lengths are patched in behind the content, no object per field.
 */
export class OtlpWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #at = 0;
  #seconds = Number.NaN;
  #secondsHigh = 0;
  #secondsLow = 0;

  constructor(capacity = 65_536) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** A copy of what was written since the last `take`; the writer is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const written = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    this.#shrink();
    return written;
  }

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#at;
  }

  /** Forgets what was written since it was `length` long. */
  rewind(length: number): void {
    this.#at = length;
    this.#shrink();
  }

  /** Moves everything written to `other` behind what is here; `other` is empty afterwards. */
  append(other: OtlpWriter): void {
    this.#reserve(other.#at);
    this.#bytes.set(other.#bytes.subarray(0, other.#at), this.#at);
    this.#at += other.#at;
    other.#at = 0;
    other.#shrink();
  }

  /** Opens a length-delimited field (`tag` is the whole key byte); `close` with what it returns ends it. */
  open(tag: number): number {
    this.#reserve(8);
    this.#bytes[this.#at++] = tag;
    this.#at += 2; // Most spans, events and resources need two length bytes; `close` corrects the others.
    return this.#at;
  }

  close(start: number): void {
    const length = this.#at - start;
    if (length < 0x80) {
      this.#bytes.copyWithin(start - 1, start, this.#at);
      this.#bytes[start - 2] = length;
      this.#at--;
    } else if (length < 0x4000) {
      this.#bytes[start - 2] = (length & 0x7f) | 0x80;
      this.#bytes[start - 1] = length >>> 7;
    } else {
      const extra = length < 0x20_0000 ? 1 : length < 0x1000_0000 ? 2 : 3;
      this.#reserve(extra);
      this.#bytes.copyWithin(start + extra, start, this.#at);
      const end = this.#at + extra;
      this.#at = start - 2;
      this.#varint(length);
      this.#at = end;
    }
  }

  varint(tag: number, value: number): void {
    this.#reserve(12);
    this.#bytes[this.#at++] = tag;
    this.#varint(value);
  }

  /** An int64: negative numbers take ten bytes, as protobuf has it. */
  int64(tag: number, value: number): void {
    if (value >= 0) return this.varint(tag, value);
    this.#reserve(12);
    this.#bytes[this.#at++] = tag;
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#at++] = Number(rest);
  }

  /** A fixed 32-bit value under a key of two bytes (field 16 and up). */
  fixed32Wide(tag: number, tagHigh: number, value: number): void {
    this.#reserve(8);
    this.#bytes[this.#at++] = tag;
    this.#bytes[this.#at++] = tagHigh;
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  fixed32(tag: number, value: number): void {
    this.#reserve(8);
    this.#bytes[this.#at++] = tag;
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  double(tag: number, value: number): void {
    this.#reserve(12);
    this.#bytes[this.#at++] = tag;
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** A double without a key: an element of a packed field. */
  rawDouble(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** A whole number below 2^53 as a fixed 64-bit field. */
  fixed64(tag: number, value: number): void {
    this.#reserve(12);
    this.#bytes[this.#at++] = tag;
    this.rawFixed64(value);
  }

  /** A whole number of either sign as a signed fixed 64-bit field. */
  sfixed64(tag: number, value: number): void {
    if (value >= 0) return this.fixed64(tag, value);
    this.#reserve(12);
    this.#bytes[this.#at++] = tag;
    this.#view.setBigInt64(this.#at, BigInt(Math.round(value)), true);
    this.#at += 8;
  }

  /** A fixed 64-bit value without a key: an element of a packed field. */
  rawFixed64(value: number): void {
    this.#reserve(8);
    this.#view.setUint32(this.#at, value >>> 0, true);
    this.#view.setUint32(this.#at + 4, Math.floor(value / 0x1_0000_0000), true);
    this.#at += 8;
  }

  /**
   * `[seconds, nanoseconds]` as fixed 64-bit nanoseconds, without a BigInt: 10^9 times a 16-bit half stays exact. The part
   * that the seconds alone make is kept: they are the same from span to span.
   */
  nanos(tag: number, time: readonly [number, number]): void {
    this.#reserve(12);
    const seconds = time[0];
    if (seconds !== this.#seconds) {
      const upper = Math.floor(seconds / 0x1_0000) * 1e9;
      this.#seconds = seconds;
      this.#secondsHigh = Math.floor(upper / 0x1_0000);
      this.#secondsLow = (upper % 0x1_0000) * 0x1_0000 + (seconds % 0x1_0000) * 1e9; // More than 32 bits, below 2^47.
    }
    const low = this.#secondsLow + time[1];
    const carry = Math.floor(low / 0x1_0000_0000);
    this.#bytes[this.#at] = tag;
    this.#view.setUint32(this.#at + 1, low - carry * 0x1_0000_0000, true);
    this.#view.setUint32(this.#at + 5, this.#secondsHigh + carry, true);
    this.#at += 9;
  }

  /** Throws for what is no text, before anything is written. */
  string(tag: number, text: string): void {
    if (typeof text !== 'string') throw new TypeError(`a ${typeof text} where a text belongs`);
    const {length} = text;
    this.#reserve(length * 3 + 8);
    this.#bytes[this.#at++] = tag;
    const start = this.#at + (length < 0x80 ? 1 : length < 0x4000 ? 2 : 5);
    const bytes = this.#bytes;
    let at = start;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return this.#unicode(text);
      bytes[at++] = code;
    }
    this.#varint(length);
    if (this.#at !== start) bytes.copyWithin(this.#at, start, at);
    this.#at += length;
  }

  /**
   * A KeyValue whose value is a string, in one pass: for ASCII all lengths are known beforehand. Returns false, with
   * nothing written, when key or value is not ASCII or too long for that.
   */
  asciiPair(tag: number, key: string, value: string): boolean {
    const keyLength = key.length;
    const valueLength = value.length;
    if (keyLength > 0x7f || valueLength > 0x3000) return false;
    const wide = valueLength > 0x7f ? 1 : 0; // The value's own length takes two bytes …
    const anyLength = 2 + wide + valueLength;
    const anyWide = anyLength > 0x7f ? 1 : 0; // … and so may its AnyValue's and the entry's.
    const entryLength = 2 + keyLength + 2 + anyWide + anyLength;
    this.#reserve(entryLength + 8);
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = tag;
    at = putLength(bytes, at, entryLength);
    bytes[at++] = 0x0a;
    bytes[at++] = keyLength;
    let seen = 0;
    for (let index = 0; index < keyLength; index++) seen |= bytes[at++] = key.charCodeAt(index);
    bytes[at++] = 0x12;
    at = putLength(bytes, at, anyLength);
    bytes[at++] = 0x0a;
    at = putLength(bytes, at, valueLength);
    for (let index = 0; index < valueLength; index++) seen |= bytes[at++] = value.charCodeAt(index);
    if (seen > 0x7f) return false;
    this.#at = at;
    return true;
  }

  bytes(tag: number, value: Uint8Array): void {
    this.#reserve(value.length + 8);
    this.#bytes[this.#at++] = tag;
    this.#varint(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** Bytes given as lower-case hexadecimal digits: trace and span ids. */
  hex(tag: number, digits: string): void {
    if (typeof digits !== 'string' || digits.length % 16 !== 0) throw new TypeError('an id that is none');
    const length = digits.length >> 1;
    this.#reserve(length + 2);
    const bytes = this.#bytes;
    bytes[this.#at++] = tag;
    bytes[this.#at++] = length;
    let at = this.#at;
    for (let index = 0; index < digits.length; index += 2) {
      bytes[at++] = (nibbles[digits.charCodeAt(index)]! << 4) | nibbles[digits.charCodeAt(index + 1)]!;
    }
    this.#at = at;
  }

  #unicode(text: string): void {
    const start = this.open(this.#bytes[--this.#at]!);
    const {written} = encoder.encodeInto(text, this.#bytes.subarray(this.#at)); // `string` reserved three bytes a unit.
    this.#at += written;
    this.close(start);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = rest;
  }

  /** Gives back what one huge message took. */
  #shrink(): void {
    if (this.#bytes.length <= keptCapacity) return;
    const shrunk = new Uint8Array(Math.max(this.#at, 65_536));
    shrunk.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = shrunk;
    this.#view = new DataView(shrunk.buffer);
  }

  #reserve(size: number): void {
    const needed = this.#at + size;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** A length below 2^14 as a varint; returns where the next byte goes. */
function putLength(bytes: Uint8Array, at: number, length: number): number {
  if (length < 0x80) {
    bytes[at] = length;
    return at + 1;
  }
  bytes[at] = (length & 0x7f) | 0x80;
  bytes[at + 1] = length >>> 7;
  return at + 2;
}

/** More than a batch of ordinary spans takes, which end at 1 MiB. */
const keptCapacity = 4 * 1024 * 1024;
const encoder = new TextEncoder();
/** The value of each hexadecimal digit by its character code. */
const nibbles = new Uint8Array(128);
for (const digit of '0123456789abcdefABCDEF') nibbles[digit.charCodeAt(0)] = Number.parseInt(digit, 16);
