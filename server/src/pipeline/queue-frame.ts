/**
 * One record of a queue's log as it lies in its segment: 24 bytes, then its payload. Numbers have their low byte first.
 *
 *     4 bytes  "WFQ1"         4 bytes  length of the payload     4 bytes  items in it
 *     4 bytes  its number in the segment, from 0                 4 bytes  CRC-32 of the payload
 *     4 bytes  CRC-32 of the header so far
 *
 * Its confirmation, in a file of its own beside the segment, is 8 bytes: the record's number, and the CRC-32 of that.
 */
import {crc32} from 'node:zlib';

export const headerBytes = 24;
export const confirmationBytes = 8;
const magic = Buffer.from('WFQ1');

export interface FrameHeader {
  readonly length: number;
  readonly items: number;
  readonly number: number;
  readonly checksum: number;
}

export function frameHeader({length, items, number, checksum}: FrameHeader): Uint8Array {
  const header = Buffer.alloc(headerBytes);
  magic.copy(header);
  header.writeUInt32LE(length, 4);
  header.writeUInt32LE(items, 8);
  header.writeUInt32LE(number, 12);
  header.writeUInt32LE(checksum, 16);
  header.writeUInt32LE(crc32(header.subarray(0, 20)), 20);
  return header;
}

export const checksumOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => crc32(part, sum), 0);

/** Undefined where there is no header at `at`, or a damaged one. */
export function readHeader(bytes: Buffer, at: number): FrameHeader | undefined {
  if (at + headerBytes > bytes.length || bytes.compare(magic, 0, 4, at, at + 4) !== 0) return undefined;
  if (bytes.readUInt32LE(at + 20) !== crc32(bytes.subarray(at, at + 20))) return undefined;
  return {
    length: bytes.readUInt32LE(at + 4),
    items: bytes.readUInt32LE(at + 8),
    number: bytes.readUInt32LE(at + 12),
    checksum: bytes.readUInt32LE(at + 16),
  };
}

/** Where the next header may begin, from `at`; -1 where none does. */
export const findMagic = (bytes: Buffer, at: number): number => bytes.indexOf(magic, at);

export function confirmation(number: number): Uint8Array {
  const record = Buffer.alloc(confirmationBytes);
  record.writeUInt32LE(number, 0);
  record.writeUInt32LE(crc32(record.subarray(0, 4)), 4);
  return record;
}

/** The numbers of the whole records among these; one that was cut short confirms nothing. */
export function readConfirmations(bytes: Buffer): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (let at = 0; at + confirmationBytes <= bytes.length; at += confirmationBytes) {
    if (bytes.readUInt32LE(at + 4) === crc32(bytes.subarray(at, at + 4))) numbers.add(bytes.readUInt32LE(at));
  }
  return numbers;
}
