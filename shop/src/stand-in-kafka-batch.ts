/**
 * Record batches of format 2, as far as a broker reads them: the header, the checksum, and timestamps of records. The
 * records themselves pass through as they came, compressed or not. Source: Apache Kafka's documentation, "Message Format".
 */
import {gunzipSync, zstdDecompressSync} from 'node:zlib';
import {kafkaError} from './stand-in-kafka-errors.ts';
import {KafkaReader} from './stand-in-kafka-wire.ts';

/** Where the fields of the header stand; records follow at `records`. */
const at = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  checksum: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const;
/** The bytes before those that `length` counts. */
const prefix = 12;
const flags = {codec: 0x07, transactional: 0x10, control: 0x20} as const;
export const zstd = 4;
const codecs: Readonly<Record<number, (bytes: Buffer) => Buffer>> = {
  0: (bytes) => bytes,
  1: (bytes) => gunzipSync(bytes, {maxOutputLength: maximumDecompressed}),
  [zstd]: (bytes) => zstdDecompressSync(bytes, {maxOutputLength: maximumDecompressed}),
};
const maximumDecompressed = 16 * 1024 * 1024;
/** Kafka's default for `message.max.bytes`. */
export const maximumBatchBytes = 1_048_588;

export interface BatchHeader {
  readonly codec: number;
  readonly count: number;
  readonly baseTimestamp: bigint;
  readonly maxTimestamp: bigint;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

/** Reads the one batch of a produced record set, or gives the error code that Kafka answers to it. */
export function readBatch(bytes: Buffer | undefined): BatchHeader | number {
  if (bytes === undefined || bytes.length < at.records) return kafkaError.invalidRecord;
  if (bytes.length > maximumBatchBytes) return kafkaError.messageTooLarge;
  if (bytes.readInt8(at.magic) !== 2) return kafkaError.invalidRecord;
  const size = prefix + bytes.readInt32BE(at.length);
  if (size !== bytes.length) return kafkaError.invalidRecord;
  if (bytes.readUInt32BE(at.checksum) !== crc32c(bytes, at.attributes)) return kafkaError.corruptMessage;
  const attributes = bytes.readInt16BE(at.attributes);
  if ((attributes & flags.transactional) !== 0) return kafkaError.invalidTxnState;
  const count = bytes.readInt32BE(at.count);
  const isControl = (attributes & flags.control) !== 0;
  if (isControl || count < 1 || bytes.readInt32BE(at.lastOffsetDelta) !== count - 1) return kafkaError.invalidRecord;
  return {
    codec: attributes & flags.codec,
    count,
    baseTimestamp: bytes.readBigInt64BE(at.baseTimestamp),
    maxTimestamp: bytes.readBigInt64BE(at.maxTimestamp),
    producerId: bytes.readBigInt64BE(at.producerId),
    producerEpoch: bytes.readInt16BE(at.producerEpoch),
    baseSequence: bytes.readInt32BE(at.baseSequence),
  };
}

/** Numbers a batch as a broker does: the first record's offset and the leader's epoch, which the checksum leaves out. */
export function numberBatch(bytes: Buffer, baseOffset: bigint): void {
  bytes.writeBigInt64BE(baseOffset, at.baseOffset);
  bytes.writeInt32BE(0, at.leaderEpoch);
}

/**
 * The place in the batch (0 for its first record) and the time of the first record that fits. Inside batches of snappy
 * and LZ4, which Node does not read, and inside what is no valid content, it is the first record: early, never late.
 */
export function findRecord(
  bytes: Buffer,
  {codec, baseTimestamp}: BatchHeader,
  fits: (timestamp: bigint) => boolean,
): {readonly delta: number; readonly timestamp: bigint} {
  const first = {delta: 0, timestamp: baseTimestamp};
  const decompress = codecs[codec];
  if (decompress === undefined) return first;
  try {
    const content = new KafkaReader(decompress(bytes.subarray(at.records)));
    for (let left = bytes.readInt32BE(at.count); left > 0; left--) {
      const record = new KafkaReader(content.view(zigzag(content.varint())));
      record.int8();
      const timestamp = baseTimestamp + record.varlong();
      const delta = zigzag(record.varint());
      if (fits(timestamp)) return {delta, timestamp};
    }
  } catch {
    // No broker's business: consumers meet the damage themselves.
  }
  return first;
}
const zigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

/** CRC-32C (Castagnoli), reflected. */
const table = Uint32Array.from({length: 256}, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f6_3b78 : value >>> 1;
  return value >>> 0;
});
function crc32c(data: Buffer, start: number): number {
  let value = 0xffff_ffff;
  for (let index = start; index < data.length; index++)
    value = (value >>> 8) ^ (table[(value ^ (data[index] as number)) & 0xff] as number);
  return ~value >>> 0;
}
