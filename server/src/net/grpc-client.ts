/** Unary gRPC calls over node:http2, one connection that is made again when it is gone. The counterpart of `grpc-server.ts`. */
import * as http2 from 'node:http2';
import type {SecureContextOptions} from 'node:tls';
import {errorMessage} from '../base/index.ts';
import {grpcCode} from './error-status.ts';
import {frame, GrpcError} from './grpc-status.ts';

export interface GrpcClient {
  /**
   * The reply's message. Throws GrpcError with the status that the other side gave, or UNAVAILABLE where it cannot be
   * reached, or DEADLINE_EXCEEDED.
   */
  unary(path: string, message: Uint8Array, headers: http2.OutgoingHttpHeaders, timeoutMs: number): Promise<Uint8Array>;
  close(): void;
}

/** An answer to an export is a few bytes; more than this is not read. */
const maxReplyBytes = 4 << 20;

/** `origin` is `http://host:port` or `https://host:port`. A message that is already compressed names it in `grpc-encoding`. */
export function createGrpcClient(origin: string, tls: SecureContextOptions): GrpcClient {
  let session: http2.ClientHttp2Session | undefined;
  const connect = (): http2.ClientHttp2Session => {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    const fresh = http2.connect(origin, {...tls, settings: {enablePush: false}});
    const forget = (): void => {
      if (session === fresh) session = undefined;
    };
    fresh.on('error', forget).on('goaway', forget).on('close', forget);
    fresh.unref();
    session = fresh;
    return fresh;
  };
  return {
    unary(path, message, headers, timeoutMs) {
      const {promise, resolve, reject} = Promise.withResolvers<Uint8Array>();
      const stream = connect().request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc+proto',
        te: 'trailers',
        'grpc-timeout': `${Math.min(99_999_999, Math.ceil(timeoutMs))}m`,
        'user-agent': 'weft',
        ...headers,
      });
      const fail = (code: number, text: string, details?: Uint8Array): void =>
        reject(new GrpcError({code, message: text, details}));
      const deadline = setTimeout(() => {
        fail(grpcCode.deadlineExceeded, `no answer within ${timeoutMs} ms`);
        stream.close(http2.constants.NGHTTP2_CANCEL);
      }, timeoutMs);
      const chunks: Buffer[] = [];
      let received = 0;
      let answer: http2.IncomingHttpHeaders = {};
      stream.on('response', (got) => (answer = {...answer, ...got}));
      stream.on('trailers', (got) => (answer = {...answer, ...got}));
      stream.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received <= maxReplyBytes) chunks.push(chunk);
        else stream.close(http2.constants.NGHTTP2_CANCEL);
      });
      stream.on('error', (error) => fail(grpcCode.unavailable, `the connection failed: ${errorMessage(error)}`));
      stream.on('close', () => {
        clearTimeout(deadline);
        const status = answer['grpc-status'];
        if (status === undefined) {
          const http = Number(answer[':status'] ?? 0);
          fail(codeOfHttp(http), `no gRPC answer (HTTP status ${http === 0 ? 'none' : http})`);
        } else if (status === '0') resolve(Buffer.concat(chunks).subarray(5));
        else {
          const details = answer['grpc-status-details-bin'];
          const text = unescapeMessage(String(answer['grpc-message'] ?? ''));
          fail(Number(status), text, details === undefined ? undefined : Buffer.from(String(details), 'base64'));
        }
      });
      stream.end(frame(message, headers['grpc-encoding'] !== undefined));
      return promise;
    },
    close() {
      session?.close();
    },
  };
}

/** https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md */
function codeOfHttp(status: number): number {
  if (status === 0) return grpcCode.unavailable;
  if (status === 401) return grpcCode.unauthenticated;
  if (status === 403) return grpcCode.permissionDenied;
  if (status === 404) return grpcCode.unimplemented;
  if (status === 429 || (status >= 502 && status <= 504)) return grpcCode.unavailable;
  return status === 400 ? grpcCode.internal : grpcCode.unknown;
}

function unescapeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
