/**
 * How a segment knows what of it is whole. Its blocks lie in one file, one after another and nothing else, so that the engine can
 * read it as it is; a second file has a record of 20 bytes for each:
 *
 *     4 bytes  "WFT1"        4 bytes  length of the block     (numbers with the low byte first)
 *     4 bytes  its rows      4 bytes  its CRC-32              4 bytes  CRC-32 of the record so far
 */
import type {FileHandle} from 'node:fs/promises';
import {crc32} from 'node:zlib';

export const recordBytes = 20;
const magic = 0x31544657;

export interface Frames {
  readonly count: number;
  readonly rows: number;
  /** Of the blocks together. */
  readonly bytes: number;
}

/** One block, on its way to the disk. */
export interface NewFrame {
  readonly block: Uint8Array;
  readonly rows: number;
}

export function frameRecord({block, rows}: NewFrame): Uint8Array {
  const record = new DataView(new ArrayBuffer(recordBytes));
  record.setUint32(0, magic, true);
  record.setUint32(4, block.length, true);
  record.setUint32(8, rows, true);
  record.setUint32(12, crc32(block), true);
  record.setUint32(16, recordChecksum(record), true);
  return new Uint8Array(record.buffer);
}

const recordChecksum = (record: DataView): number => crc32(new Uint8Array(record.buffer, record.byteOffset, 16));

/**
 * How far the two files are whole. What follows is a write that was cut short, or of which only one half reached the disk: it
 * was never acknowledged.
 */
export async function checkFrames(blocks: FileHandle, records: FileHandle): Promise<Frames> {
  const {size} = await blocks.stat();
  const list = await records.readFile();
  let count = 0;
  let rows = 0;
  let bytes = 0;
  for (; (count + 1) * recordBytes <= list.length; count++) {
    const record = new DataView(list.buffer, list.byteOffset + count * recordBytes, recordBytes);
    const length = record.getUint32(4, true);
    if (record.getUint32(0, true) !== magic || record.getUint32(16, true) !== recordChecksum(record)) break;
    if (bytes + length > size || (await checksumOf(blocks, bytes, length)) !== record.getUint32(12, true)) break;
    bytes += length;
    rows += record.getUint32(8, true);
  }
  return {count, rows, bytes};
}

async function checksumOf(file: FileHandle, start: number, length: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(length, 1024 * 1024));
  let sum = 0;
  for (let done = 0; done < length; ) {
    const {bytesRead} = await file.read(buffer, 0, Math.min(buffer.length, length - done), start + done);
    if (bytesRead === 0) break;
    sum = crc32(buffer.subarray(0, bytesRead), sum);
    done += bytesRead;
  }
  return sum;
}
