/** LZ4's frame format (lz4_Frame_format.md, version 1.6), as Kafka's record batches use it: reading only. */
import {MalformedError, TooLargeError} from '../base/index.ts';

const frameMagic = 0x184d_2204;
/** Frames from here to fifteen further are no data and are passed over. */
const firstSkippable = 0x184d_2a50;
const uncompressedBit = 0x8000_0000;

/** The content of the frames, in memory of its own. Checksums are not looked at: what carries the frame has one. */
export function lz4Decompress(input: Uint8Array, maxBytes: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const output = new Output(Math.min(maxBytes, 4 * input.length + 64), maxBytes);
  let at = 0;
  const word = (): number => {
    if (at + 4 > input.length) throw malformed();
    at += 4;
    return view.getUint32(at - 4, true);
  };
  while (at < input.length) {
    const magic = word();
    if (magic >= firstSkippable && magic < firstSkippable + 16) {
      const size = word();
      at += size;
      continue;
    }
    if (magic !== frameMagic) throw malformed();
    const flags = input[at] ?? 0;
    const [hasBlockChecksums, hasSize, hasChecksum, hasDictionary] = [0x10, 0x08, 0x04, 0x01].map(
      (bit) => (flags & bit) !== 0,
    );
    if (flags >>> 6 !== 1 || hasDictionary) throw malformed();
    // The flags, the largest size of a block, and a checksum of the header.
    at += 3 + (hasSize ? 8 : 0);
    for (let size = word(); size !== 0; size = word()) {
      const end = at + (size % uncompressedBit);
      if (end > input.length) throw malformed();
      if (size >= uncompressedBit) output.literals(input, at, end);
      else readBlock(input, at, end, output);
      at = end + (hasBlockChecksums ? 4 : 0);
    }
    if (hasChecksum) at += 4;
  }
  if (at > input.length) throw malformed();
  return output.finish();
}

/** Sequences of literals and of copies of what was written before. */
function readBlock(input: Uint8Array, from: number, end: number, output: Output): void {
  let at = from;
  const more = (length: number): number => {
    if (length < 15) return length;
    for (let byte = 255; byte === 255; length += byte) {
      if (at >= end) throw malformed();
      byte = input[at++] as number;
    }
    return length;
  };
  while (at < end) {
    const token = input[at++] as number;
    const literals = more(token >>> 4);
    if (at + literals > end) throw malformed();
    output.literals(input, at, at + literals);
    at += literals;
    // The last sequence of a block has literals only.
    if (at === end) return;
    if (at + 2 > end) throw malformed();
    const offset = (input[at] as number) | ((input[at + 1] as number) << 8);
    at += 2;
    output.copy(offset, more(token & 15) + 4);
  }
}

/** Memory that grows up to a bound. */
class Output {
  private bytes: Uint8Array;
  private length = 0;
  private readonly maxBytes: number;

  constructor(capacity: number, maxBytes: number) {
    this.bytes = new Uint8Array(capacity);
    this.maxBytes = maxBytes;
  }

  literals(input: Uint8Array, from: number, to: number): void {
    this.claim(to - from);
    this.bytes.set(input.subarray(from, to), this.length);
    this.length += to - from;
  }

  copy(offset: number, size: number): void {
    if (offset === 0 || offset > this.length) throw malformed();
    this.claim(size);
    const {bytes, length} = this;
    // Byte by byte where the copy reaches into what it writes.
    if (offset >= size) bytes.copyWithin(length, length - offset, length - offset + size);
    else for (let i = length; i < length + size; i++) bytes[i] = bytes[i - offset] as number;
    this.length += size;
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private claim(size: number): void {
    const needed = this.length + size;
    if (needed > this.maxBytes)
      throw new TooLargeError(`the decompressed body exceeds ${this.maxBytes} bytes`, this.maxBytes);
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.min(this.maxBytes, Math.max(2 * this.bytes.length, needed)));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

const malformed = (): MalformedError => new MalformedError('the body is not valid LZ4');
