/** Snappy's block format (google/snappy, format_description.txt), as Prometheus remote write and Loki push use it. */
import {MalformedError, TooLargeError} from '../base/index.ts';

/** Matches are looked for within pieces of this size, so that every offset fits into two bytes. */
const blockSize = 1 << 16;
const tableBits = 14;

/** Compresses; what it makes is at most a sixth longer than the input. */
export function snappyCompress(input: Uint8Array): Uint8Array {
  const output = new Uint8Array(32 + input.length + Math.floor(input.length / 6));
  let at = writeVarint(output, 0, input.length);
  const table = new Uint16Array(1 << tableBits);
  for (let start = 0; start < input.length; start += blockSize) {
    at = compressBlock(input, start, Math.min(start + blockSize, input.length), output, at, table.fill(0));
  }
  return output.subarray(0, at);
}

function compressBlock(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputAt: number,
  table: Uint16Array,
): number {
  let out = outputAt;
  let literal = start;
  let at = start + 1;
  // Where nothing matches, the steps grow: what cannot be compressed is passed over.
  let misses = 32;
  while (at + 4 <= end) {
    const word = read32(input, at);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - tableBits);
    const candidate = start + (table[slot] as number);
    table[slot] = at - start;
    if (read32(input, candidate) !== word || candidate >= at) {
      at += misses++ >>> 5;
      continue;
    }
    misses = 32;
    let length = 4;
    while (at + length < end && input[candidate + length] === input[at + length]) length++;
    out = writeLiteral(input, literal, at, output, out);
    out = writeCopy(output, out, at - candidate, length);
    at += length;
    literal = at;
  }
  return writeLiteral(input, literal, end, output, out);
}

function writeLiteral(input: Uint8Array, from: number, to: number, output: Uint8Array, at: number): number {
  const length = to - from;
  if (length === 0) return at;
  const last = length - 1;
  let out = at;
  if (last < 60) output[out++] = last << 2;
  else if (last < 0x100) {
    output[out++] = 60 << 2;
    output[out++] = last;
  } else {
    output[out++] = 61 << 2;
    output[out++] = last;
    output[out++] = last >>> 8;
  }
  output.set(input.subarray(from, to), out);
  return out + length;
}

function writeCopy(output: Uint8Array, at: number, offset: number, length: number): number {
  let out = at;
  let left = length;
  while (left > 0) {
    // The last piece must have four bytes for the short form.
    const piece = left > 64 ? Math.min(64, left < 68 ? left - 4 : 64) : left;
    if (piece >= 4 && piece < 12 && offset < 2048) {
      output[out++] = 1 | ((piece - 4) << 2) | ((offset >>> 8) << 5);
      output[out++] = offset;
    } else {
      output[out++] = 2 | ((piece - 1) << 2);
      output[out++] = offset;
      output[out++] = offset >>> 8;
    }
    left -= piece;
  }
  return out;
}

/** Throws MalformedError where the input is none of it, and TooLargeError where it says to be longer than `maxBytes`. */
export function snappyDecompress(input: Uint8Array, maxBytes: number): Uint8Array {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++];
    if (byte === undefined || shift > 28) throw malformed();
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (length > maxBytes) throw new TooLargeError(`the body is longer than ${maxBytes} bytes`, maxBytes);
  // An element of three bytes makes 64 at most: a longer length is a lie that would cost memory.
  if (length > 22 * input.length) throw malformed();
  const output = new Uint8Array(length);
  let out = 0;
  while (at < input.length) {
    const tag = input[at++] as number;
    const kind = tag & 3;
    if (kind === 0) {
      let size = (tag >>> 2) + 1;
      if (size > 60) {
        const bytes = size - 60;
        size = readLittle(input, at, bytes) + 1;
        at += bytes;
      }
      if (!(at + size <= input.length && out + size <= length)) throw malformed();
      output.set(input.subarray(at, at + size), out);
      at += size;
      out += size;
      continue;
    }
    const size = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offsetBytes = kind === 3 ? 4 : kind;
    const offset = readLittle(input, at, offsetBytes) + (kind === 1 ? (tag >>> 5) << 8 : 0);
    at += offsetBytes;
    if (!(offset > 0 && offset <= out && out + size <= length && at <= input.length)) throw malformed();
    // Byte by byte, because a copy may reach into what it writes.
    for (let i = 0; i < size; i++) output[out + i] = output[out + i - offset] as number;
    out += size;
  }
  if (out !== length) throw malformed();
  return output;
}

const malformed = (): MalformedError => new MalformedError('the body is not Snappy');

function readLittle(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value += (bytes[at + i] as number) * 2 ** (8 * i);
  return value;
}

const read32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);

function writeVarint(output: Uint8Array, at: number, value: number): number {
  let out = at;
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) output[out++] = (left % 0x80) | 0x80;
  output[out++] = left;
  return out;
}
