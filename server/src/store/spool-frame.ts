/**
 * A segment's file: frames one after another, each a header of 16 bytes and one Native block.
 *
 *     4 bytes  "WFT1"        4 bytes  length of the block     (numbers with the low byte first)
 *     4 bytes  its rows      4 bytes  CRC-32 of length, rows and block
 */
import type {FileHandle} from 'node:fs/promises';
import {crc32} from 'node:zlib';

export const frameHeaderBytes = 16;
const magic = 0x31544657;

export interface Frame {
  /** Of the block, in the file. */
  readonly offset: number;
  readonly length: number;
  readonly rows: number;
}

export function frameHeader(block: Uint8Array, rows: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(frameHeaderBytes));
  header.setUint32(0, magic, true);
  header.setUint32(4, block.length, true);
  header.setUint32(8, rows, true);
  header.setUint32(12, checksum(header, block), true);
  return new Uint8Array(header.buffer);
}

const checksum = (header: DataView, block: Uint8Array): number =>
  crc32(block, crc32(new Uint8Array(header.buffer, header.byteOffset + 4, 8)));

/**
 * The frames of a file as far as they are whole. What follows the last whole one is a write that was cut short, and was
 * therefore never acknowledged.
 */
export async function readFrames(file: FileHandle): Promise<Frame[]> {
  const frames: Frame[] = [];
  const {size} = await file.stat();
  const header = new DataView(new ArrayBuffer(frameHeaderBytes));
  for (let at = 0; at + frameHeaderBytes <= size; ) {
    await file.read(header, 0, frameHeaderBytes, at);
    const length = header.getUint32(4, true);
    const offset = at + frameHeaderBytes;
    if (header.getUint32(0, true) !== magic || offset + length > size) break;
    const block = await readBlock(file, {offset, length});
    if (checksum(header, block) !== header.getUint32(12, true)) break;
    frames.push({offset, length, rows: header.getUint32(8, true)});
    at = offset + length;
  }
  return frames;
}

export async function readBlock(file: FileHandle, frame: Pick<Frame, 'offset' | 'length'>): Promise<Uint8Array> {
  const block = Buffer.allocUnsafe(frame.length);
  for (let done = 0; done < frame.length; ) {
    const {bytesRead} = await file.read(block, done, frame.length - done, frame.offset + done);
    if (bytesRead === 0) throw new Error(`a spool segment ends at ${frame.offset + done}, within a block`);
    done += bytesRead;
  }
  return block;
}
