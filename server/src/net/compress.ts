import {constants, deflate, gzip, type ZlibOptions, zstdCompress} from 'node:zlib';
import {nodeUtil} from '../base/index.ts';
import type {Encoding} from './decompress.ts';

type Compressor = (bytes: Uint8Array, level: number) => Promise<Uint8Array>;

const zlib =
  (work: (bytes: Uint8Array, options: ZlibOptions) => Promise<Uint8Array>): Compressor =>
  (bytes, level) =>
    work(bytes, level === 0 ? {} : level === -2 ? {strategy: constants.Z_HUFFMAN_ONLY} : {level});
const zstd = nodeUtil.promisify<Uint8Array, {params?: Record<number, number>}, Uint8Array>(zstdCompress);

const compressors: Readonly<Record<Exclude<Encoding, 'identity'>, Compressor>> = {
  gzip: zlib(nodeUtil.promisify<Uint8Array, ZlibOptions, Uint8Array>(gzip)),
  deflate: zlib(nodeUtil.promisify<Uint8Array, ZlibOptions, Uint8Array>(deflate)),
  zstd: (bytes, level) => zstd(bytes, level === 0 ? {} : {params: {[constants.ZSTD_c_compressionLevel]: level}}),
};

/** The encoding that a setting `compression` names: `none` and nothing are the same. */
export const compressionOf = <T extends string>(setting: T): Exclude<T, '' | 'none'> | 'identity' =>
  setting === '' || setting === 'none' ? 'identity' : (setting as Exclude<T, '' | 'none'>);

/** Compresses on another thread. `level` as the encoding has it, -2 for Huffman codes only; 0: the usual one. */
export const compress = async (encoding: Encoding, bytes: Uint8Array, level = 0): Promise<Uint8Array> =>
  encoding === 'identity' ? bytes : compressors[encoding](bytes, level);
