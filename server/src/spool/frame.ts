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
  /** The CRC-32 of each block. */
  readonly checksums: readonly number[];
}

/** One block, on its way to the disk. */
export interface NewFrame {
  readonly block: Uint8Array;
  readonly rows: number;
}

/** A block in the file: where it lies, and the number of its first row in the segment. */
export interface Place {
  readonly offset: number;
  readonly length: number;
  readonly rows: number;
  readonly firstRow: number;
}

/** Bytes that were written and are not what was written. */
export interface Damage {
  readonly offset: number;
  readonly length: number;
  readonly blocks: number;
  /** Undefined where the record is damaged too. */
  readonly rows: number | undefined;
}

export interface Layout {
  readonly intact: readonly Place[];
  readonly damaged: readonly Damage[];
  /** Where the blocks end. A write that was cut short may have left more, which was never acknowledged. */
  readonly end: number;
}

/** `checksum` is the block's CRC-32. */
export function frameRecord({block, rows}: NewFrame, checksum = crc32(block)): Uint8Array {
  const record = new DataView(new ArrayBuffer(recordBytes));
  record.setUint32(0, magic, true);
  record.setUint32(4, block.length, true);
  record.setUint32(8, rows, true);
  record.setUint32(12, checksum, true);
  record.setUint32(16, recordChecksum(record), true);
  return new Uint8Array(record.buffer);
}

const recordChecksum = (record: DataView): number => crc32(new Uint8Array(record.buffer, record.byteOffset, 16));

interface FrameRecord {
  readonly length: number;
  readonly rows: number;
  readonly checksum: number;
}

/** Undefined where the record itself is damaged. */
function readRecord(list: Buffer, index: number): FrameRecord | undefined {
  const record = new DataView(list.buffer, list.byteOffset + index * recordBytes, recordBytes);
  if (record.getUint32(0, true) !== magic || record.getUint32(16, true) !== recordChecksum(record)) return undefined;
  return {length: record.getUint32(4, true), rows: record.getUint32(8, true), checksum: record.getUint32(12, true)};
}

/**
 * Finds the whole blocks of the two files. A block that does not fit its checksum costs itself. A record that does not fit its
 * own hides where the blocks behind it begin: they are found from the end of the file. A write that was cut short may have left
 * bytes behind the last block, or less than a block or a record: they were never acknowledged and are no damage.
 */
export async function readLayout(blocks: FileHandle, records: FileHandle): Promise<Layout> {
  const {size} = await blocks.stat();
  const list = await records.readFile();
  const all = Array.from({length: Math.floor(list.length / recordBytes)}, (_, index) => readRecord(list, index));
  const intact: Place[] = [];
  const damaged: Damage[] = [];
  let offset = 0;
  let firstRow = 0;
  for (const [index, record] of all.entries()) {
    if (record === undefined) {
      const behind = await placesFromEnd(blocks, all.slice(index + 1), size, offset);
      const resumed = size - behind.reduce((sum, {length}) => sum + length, 0);
      if (resumed > offset)
        damaged.push({offset, length: resumed - offset, blocks: all.length - index - behind.length, rows: undefined});
      offset = resumed;
      for (const {length, rows} of behind) {
        intact.push({offset, length, rows, firstRow});
        offset += length;
        firstRow += rows;
      }
      break;
    }
    const {length, rows, checksum} = record;
    if (offset + length > size) break;
    if ((await checksumOf(blocks, offset, length)) === checksum) intact.push({offset, length, rows, firstRow});
    else damaged.push({offset, length, blocks: 1, rows});
    offset += length;
    firstRow += rows;
  }
  return {intact, damaged, end: offset};
}

/** The blocks of the last records that lie one behind another up to the end of the file, in order. */
async function placesFromEnd(
  blocks: FileHandle,
  records: readonly (FrameRecord | undefined)[],
  size: number,
  start: number,
): Promise<FrameRecord[]> {
  const found: FrameRecord[] = [];
  let end = size;
  for (const record of records.toReversed()) {
    if (record === undefined || end - record.length < start) break;
    if ((await checksumOf(blocks, end - record.length, record.length)) !== record.checksum) break;
    end -= record.length;
    found.unshift(record);
  }
  return found;
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
