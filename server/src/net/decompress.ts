/** Decompression with a ceiling: a bomb costs at most `maxBytes` of memory and the time to produce as much. */
import {constants, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync} from 'node:zlib';
import {MalformedError, TooLargeError} from '../base/index.ts';

export type Encoding = 'identity' | 'gzip' | 'deflate' | 'zstd';

/** The names that `Content-Encoding` and `grpc-encoding` may hold. */
const encodings: Readonly<Record<string, Encoding>> = {
  '': 'identity',
  identity: 'identity',
  none: 'identity',
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  zlib: 'deflate',
  zstd: 'zstd',
};

export const parseEncoding = (text: string): Encoding | undefined =>
  Object.hasOwn(encodings, text) ? encodings[text] : undefined;

/**
 * The decompressed bytes, in memory of their own. Throws TooLargeError where they would exceed `maxBytes` or
 * grow like a bomb, MalformedError
 * where the bytes are not of that encoding or are cut off; `remedy` ends the message of the former. Synchronous: one call into zlib is far cheaper than its stream.
 */
export function decompress(encoding: Encoding, bytes: Uint8Array, maxBytes: number, remedy = ''): Uint8Array {
  if (encoding === 'identity') return plain(bytes);
  const most = mostOf(bytes.length);
  if (most < maxBytes) {
    maxBytes = most;
    remedy = `, which is more than ${maxRatio} times its size`;
  }
  return inflateWithin(encoding, bytes, maxBytes, remedy);
}

/** The same, however much the bytes grow below `maxBytes`: for what is packed once for many, as batches of Kafka are. */
export function inflateWithin(
  encoding: Exclude<Encoding, 'identity'>,
  bytes: Uint8Array,
  maxBytes: number,
  remedy = '',
): Uint8Array {
  // One byte more than allowed, so that exactly `maxBytes` passes; the output buffer is sized so that it fits at once.
  const options = {maxOutputLength: maxBytes + 1, chunkSize: outputSize(encoding, bytes, maxBytes)};
  let output: Uint8Array;
  try {
    output = inflate[encoding](bytes, options);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes, remedy);
    throw new MalformedError(`the body is not valid ${encoding}`, undefined, {cause: error});
  }
  if (output.length > maxBytes) throw tooLarge(maxBytes, remedy);
  return plain(output);
}

/**
 * Telemetry shrinks to a tenth, hardly ever to a hundredth. A body that grows far more asks for a second of work with a
 * packet of bytes. 1 MiB is nothing to anybody.
 */
const maxRatio = 512;
const mostOf = (length: number): number => Math.max(2 ** 20, maxRatio * length);

/** The same bytes as no Buffer: whose `slice` would not copy, and which would make the decoders' loops see two types. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);

const tooLarge = (maxBytes: number, remedy: string): TooLargeError =>
  new TooLargeError(`the decompressed body exceeds ${maxBytes} bytes${remedy}`, maxBytes);

interface Options {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
}

const inflate: Readonly<Record<Exclude<Encoding, 'identity'>, (bytes: Uint8Array, options: Options) => Uint8Array>> = {
  gzip: gunzipSync,
  // `deflate` means the zlib format (RFC 9110 section 8.4.1.2), but some senders leave its header out.
  deflate: (bytes, options) => (isZlib(bytes) ? inflateSync : inflateRawSync)(bytes, options),
  zstd: (bytes, options) =>
    zstdDecompressSync(bytes, {...options, params: {[constants.ZSTD_d_windowLogMax]: zstdWindowLog}}),
};

/**
 * 2^25 = 32 MiB: the largest window that encoders in use ask for (Go's at its best level); every decoder must support 8 MiB
 * (RFC 8878 section 3.1.1.1.2). More is how a frame asks for memory.
 */
const zstdWindowLog = 25;

const isZlib = (bytes: Uint8Array): boolean =>
  bytes.length >= 2 &&
  ((bytes[0] as number) & 0x0f) === 8 &&
  (((bytes[0] as number) << 8) | (bytes[1] as number)) % 31 === 0;

/** A good size for the output buffer: what the bytes themselves claim, kept within reason. */
function outputSize(encoding: Encoding, bytes: Uint8Array, maxBytes: number): number {
  const guess = encoding === 'gzip' ? gzipSize(bytes) : encoding === 'zstd' ? zstdSize(bytes) : 0;
  const ceiling = Math.min(maxBytes, bytes.length * 1032) + 1;
  return Math.max(64, Math.min(guess > 0 ? guess + 1 : bytes.length * 6, ceiling));
}

/** The last four bytes of a gzip member: its length modulo 2^32. */
function gzipSize(bytes: Uint8Array): number {
  const end = bytes.length;
  if (end < 18) return 0;
  const [a, b, c, d] = bytes.subarray(end - 4) as unknown as [number, number, number, number];
  return (a | (b << 8) | (c << 16)) + d * 2 ** 24;
}

/** The frame content size of a zstd frame (RFC 8878 section 3.1.1.1), or 0 where it does not tell. */
function zstdSize(bytes: Uint8Array): number {
  if (bytes.length < 18) return 0;
  const descriptor = bytes[4] as number;
  const single = (descriptor >>> 5) & 1;
  const at = 5 + (1 - single) + [0, 1, 2, 4][descriptor & 3]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (descriptor >>> 6) {
    case 0:
      return single === 1 ? view.getUint8(at) : 0;
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}
