/** Record batches of Kafka (message format 2), unpacked within a bound: who may write to a topic need not be trusted. */
import {MalformedError, TooLargeError} from '../base/index.ts';
import {inflateWithin} from '../net/index.ts';
import {lz4Decompress, snappyDecompress} from '../wire/index.ts';

/** A batch as it came, its records packed still. */
export interface PackedBatch {
  readonly firstOffset: bigint;
  readonly lastOffsetDelta: number;
  readonly partitionLeaderEpoch: number;
  readonly attributes: number;
  readonly producerId: bigint;
  readonly count: number;
  /** Undefined where the batch is of another format or not what its head says. */
  readonly packed: Uint8Array | undefined;
}

export interface KafkaRecord {
  readonly offsetDelta: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [name: Uint8Array | null, value: Uint8Array | null])[];
  /** The memory that it takes, with its share of what was unpacked. */
  readonly cost: number;
}

/** From the first offset to the records. */
const headBytes = 61;
/** From the first offset to what the length counts. */
const lengthBytes = 12;
const format = 2;
/** About what an object for a record costs beside its bytes. */
const recordCost = 256;

/** The whole batches of a fetched piece: the broker cuts the last one off where it is full. */
export function readBatches(bytes: Uint8Array): PackedBatch[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const batches: PackedBatch[] = [];
  for (let at = 0; at + headBytes <= bytes.length; ) {
    const end = at + lengthBytes + view.getInt32(at + 8);
    if (end > bytes.length || end < at + lengthBytes) break;
    const isWhole = view.getInt8(at + 16) === format && end >= at + headBytes;
    batches.push({
      firstOffset: view.getBigInt64(at),
      partitionLeaderEpoch: view.getInt32(at + 12),
      attributes: view.getInt16(at + 21),
      lastOffsetDelta: isWhole ? Math.max(0, view.getInt32(at + 23)) : 0,
      producerId: view.getBigInt64(at + 43),
      count: view.getInt32(at + 57),
      packed: isWhole ? bytes.subarray(at + headBytes, end) : undefined,
    });
    at = end;
  }
  return batches;
}

/** The records of a batch. Throws TooLargeError where they need more than `maxBytes`, MalformedError where they are none. */
export function unpackRecords({packed, attributes, count}: PackedBatch, maxBytes: number): KafkaRecord[] {
  if (packed === undefined) throw new MalformedError('the record batch is not of message format 2');
  const room = maxBytes - count * recordCost;
  if (room < 0) throw tooLarge(maxBytes);
  const bytes = unpack(packed, attributes & 0b111, room);
  if (bytes.length > room) throw tooLarge(maxBytes);
  const reader = new RecordReader(bytes);
  return Array.from({length: Math.max(0, count)}, () => reader.record());
}

const tooLarge = (maxBytes: number): TooLargeError =>
  new TooLargeError(`a record batch needs more than ${maxBytes} bytes when it is unpacked`, maxBytes);

const remedy = '; see max_decompress_batch_bytes';

function unpack(packed: Uint8Array, algorithm: number, maxBytes: number): Uint8Array {
  switch (algorithm) {
    case 0:
      return packed;
    case 1:
      return inflateWithin('gzip', packed, maxBytes, remedy);
    case 2:
      return unpackSnappy(packed, maxBytes);
    case 3:
      return lz4Decompress(packed, maxBytes);
    case 4:
      return inflateWithin('zstd', packed, maxBytes, remedy);
    default:
      throw new MalformedError(`the record batch is compressed in an unknown way (${algorithm})`);
  }
}

/** What Java's clients put in front: its name, two versions, and then blocks behind their lengths. */
const javaHead = Buffer.from('\x82SNAPPY\0', 'latin1');
const javaHeadBytes = javaHead.length + 8;

function unpackSnappy(packed: Uint8Array, maxBytes: number): Uint8Array {
  if (!javaHead.equals(packed.subarray(0, javaHead.length))) return snappyDecompress(packed, maxBytes);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const blocks: Uint8Array[] = [];
  let length = 0;
  for (let at = javaHeadBytes; at < packed.length; ) {
    const from = at + 4;
    at = from <= packed.length ? from + view.getUint32(at) : Number.POSITIVE_INFINITY;
    if (at > packed.length) throw new MalformedError('the record batch is not valid Snappy');
    const block = snappyDecompress(packed.subarray(from, at), maxBytes - length);
    length += block.length;
    blocks.push(block);
  }
  return Buffer.concat(blocks, length);
}

/** Reads records one after the other; every length is held against what is there. */
class RecordReader {
  private readonly bytes: Uint8Array;
  private at = 0;
  private end = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  record(): KafkaRecord {
    const from = this.at;
    this.end = this.bytes.length;
    const length = this.varint();
    this.end = this.checked(length);
    // The attributes, which mean nothing so far, and the time.
    this.at++;
    this.skipVarint();
    const offsetDelta = this.varint();
    const key = this.nullable();
    const value = this.nullable();
    const count = this.varint();
    // A header has two lengths at least.
    if (count < 0 || 2 * count > this.end - this.at) throw malformed();
    const headers = Array.from({length: count}, () => [this.nullable(), this.nullable()] as const);
    if (this.at > this.end) throw malformed();
    this.at = this.end;
    return {offsetDelta, key, value, headers, cost: recordCost + this.end - from};
  }

  private nullable(): Uint8Array | null {
    const length = this.varint();
    if (length === -1) return null;
    const from = this.at;
    this.at = this.checked(length);
    return this.bytes.subarray(from, this.at);
  }

  /** Where something of this length ends that begins here. */
  private checked(length: number): number {
    if (length < 0 || length > this.end - this.at) throw malformed();
    return this.at + length;
  }

  /** A zigzag number of 32 bits. */
  private varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.next(shift, 28);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
  }

  private skipVarint(): void {
    for (let shift = 0; this.next(shift, 63) >= 0x80; ) shift += 7;
  }

  private next(shift: number, most: number): number {
    if (this.at >= this.end || shift > most) throw malformed();
    return this.bytes[this.at++] as number;
  }
}

const malformed = (): MalformedError => new MalformedError('the records of the batch are not what their lengths say');
