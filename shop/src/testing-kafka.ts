/** Raw requests to a Kafka broker, for tests of what no client would send. Layouts are written by hand, not by the stand-in's. */
import {connect, type Socket} from 'node:net';

export type Outcome = Buffer | 'closed';

export const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
export const int8 = (value: number): Buffer => Buffer.from(Int8Array.of(value).buffer);
export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/** A request of header version 1 with correlation id 7; newer versions want `body` to begin with their tagged fields. */
export const request = (key: number, version: number, ...body: readonly Buffer[]): Buffer =>
  Buffer.concat([int16(key), int16(version), int32(7), text('raw'), ...body]);
export const frame = (content: Buffer): Buffer => Buffer.concat([int32(content.length), content]);

/** Sends bytes on a connection of their own; resolves with the first answer's frame, or when the broker closes. */
export async function exchange(brokers: string, bytes: Buffer): Promise<Outcome> {
  const [host = '', port] = brokers.split(':');
  const socket: Socket = connect(Number(port), host);
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      let received = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        if (received.length >= 4 && received.length >= 4 + received.readInt32BE(0))
          resolve(received.subarray(4, 4 + received.readInt32BE(0)));
      });
      socket.on('close', () => resolve('closed'));
      socket.on('error', (error: NodeJS.ErrnoException) => {
        // The broker may close while the rest of the request is on its way.
        if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve('closed');
        else reject(error);
      });
      socket.write(bytes);
    });
  } finally {
    socket.destroy();
  }
}

/** A record batch of format 2 with one record; `sequence` makes it an idempotent producer's. */
export function recordBatch({sequence = -1, producer = -1n, epoch = -1, checksum = 0} = {}): Buffer {
  const record = Buffer.from([0, 0, 0, 1, 2, 0x61, 0]);
  const after = Buffer.concat([
    int16(0),
    int32(0),
    int64(1_000n),
    int64(1_000n),
    int64(producer),
    int16(epoch),
    int32(sequence),
    int32(1),
    int8(record.length * 2),
    record,
  ]);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE((crc32c(after) ^ checksum) >>> 0);
  return Buffer.concat([int64(0n), int32(9 + after.length), int32(-1), int8(2), crc, after]);
}
/** CRC-32C bit by bit, as its definition says. */
function crc32c(bytes: Buffer): number {
  let value = 0xffff_ffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f6_3b78 : value >>> 1;
  }
  return ~value >>> 0;
}
