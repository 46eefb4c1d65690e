import {promisify} from 'node:util';
import {deflate, gzip, zstdCompress} from 'node:zlib';
import type {Encoding} from './decompress.ts';

const compressors: Readonly<Record<Exclude<Encoding, 'identity'>, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  gzip: promisify<Uint8Array, Uint8Array>(gzip),
  deflate: promisify<Uint8Array, Uint8Array>(deflate),
  zstd: promisify<Uint8Array, Uint8Array>(zstdCompress),
};

/** Compresses on another thread. */
export const compress = async (encoding: Encoding, bytes: Uint8Array): Promise<Uint8Array> =>
  encoding === 'identity' ? bytes : compressors[encoding](bytes);
