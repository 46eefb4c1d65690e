/** Statuses and headers of gRPC over HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
import type {OutgoingHttpHeaders} from 'node:http2';
import {utf8Bytes} from '../base/index.ts';

export interface GrpcStatus {
  /** One of `grpcCode`. */
  readonly code: number;
  readonly message: string;
  /** An encoded google.rpc.Status for `grpc-status-details-bin`. */
  readonly details?: Uint8Array | undefined;
}

/** Thrown by a method that must answer with just this status. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly status: GrpcStatus;
  constructor(status: GrpcStatus) {
    super(status.message);
    this.status = status;
  }
}

export function trailers(status: GrpcStatus): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {'grpc-status': String(status.code)};
  if (status.message !== '') headers['grpc-message'] = percentEncode(status.message);
  if (status.details !== undefined) {
    headers['grpc-status-details-bin'] = Buffer.from(status.details).toString('base64').replace(/=+$/, '');
  }
  return headers;
}

/** Clients limit trailers, often to 8 KiB; a message is for people and says what it has to within this. */
const maxMessageBytes = 2048;

/** Printable ASCII except `%` as it is, every other byte of the UTF-8 as `%XX`. */
export function percentEncode(message: string): string {
  let text = '';
  for (const byte of utf8Bytes(message).subarray(0, maxMessageBytes)) {
    text +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

const unitMillis: Readonly<Record<string, number>> = {H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6};

/** Milliseconds of a `grpc-timeout` header; undefined where it is none. */
export function parseGrpcTimeout(text: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (unitMillis[match[2] as string] as number);
}

/** A length-prefixed message: one byte of flags, four of length, the bytes. */
export function frame(message: Uint8Array, compressed = false): Buffer {
  const bytes = Buffer.allocUnsafe(5 + message.length);
  bytes[0] = compressed ? 1 : 0;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, 5);
  return bytes;
}
