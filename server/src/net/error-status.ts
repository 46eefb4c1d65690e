/**
 * The one table from Weft's errors to what a sender is told, for OTLP over gRPC and HTTP and every receiver like them
 * (OTLP specification, "Failures", "OTLP/gRPC Throttling", "OTLP/HTTP Throttling").
 */
import {errorMessage, MalformedError, PermanentError, RetryableError, TooLargeError} from '../base/index.ts';

/** https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
export const grpcCode = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

export interface ErrorStatus {
  readonly grpc: number;
  readonly http: number;
  readonly message: string;
  /** A short stable word for counters. */
  readonly reason: string;
  /** Set exactly where the sender should send the same again: RetryInfo in gRPC, Retry-After in HTTP. */
  readonly retryAfterMs: number | undefined;
  /** Nobody foresaw it: worth an error line with its stack. */
  readonly unforeseen: boolean;
}

/** A permanent error that has a code of its own: `unauthenticated`, `unsupported_media_type` … */
const permanentByReason: Readonly<Record<string, {readonly grpc: number; readonly http: number}>> = {
  unsupported_encoding: {grpc: grpcCode.unimplemented, http: 415},
  unauthenticated: {grpc: grpcCode.unauthenticated, http: 401},
  forbidden: {grpc: grpcCode.permissionDenied, http: 403},
  signal_not_received: {grpc: grpcCode.unimplemented, http: 404},
};

export function errorStatus(error: unknown): ErrorStatus {
  const message = errorMessage(error);
  if (error instanceof RetryableError) {
    // UNAVAILABLE rather than RESOURCE_EXHAUSTED: every client retries it, even one that does not read RetryInfo.
    const {reason, retryAfterMs} = error;
    return {grpc: grpcCode.unavailable, http: 503, message, reason, retryAfterMs, unforeseen: false};
  }
  if (error instanceof TooLargeError) {
    // Without RetryInfo, RESOURCE_EXHAUSTED is final.
    return permanent(grpcCode.resourceExhausted, 413, message, error.reason);
  }
  if (error instanceof MalformedError) return permanent(grpcCode.invalidArgument, 400, message, error.reason);
  if (error instanceof PermanentError) {
    const codes = Object.hasOwn(permanentByReason, error.reason) ? permanentByReason[error.reason] : undefined;
    return permanent(codes?.grpc ?? grpcCode.invalidArgument, codes?.http ?? 400, message, error.reason);
  }
  // Not foreseen: a disk error, a defect. As in the Collector, the sender keeps the data and tries again.
  return {
    grpc: grpcCode.unavailable,
    http: 503,
    message: 'an unexpected error on the server; see its log',
    reason: 'unexpected',
    retryAfterMs: 1000,
    unforeseen: true,
  };
}

/** A refusal that HTTP has a status for and no error of the pipeline stands behind: 404, 405, 415. */
export const httpRefusal = (http: number, message: string, reason: string): ErrorStatus =>
  permanent(grpcCode.unimplemented, http, message, reason);

function permanent(grpc: number, http: number, message: string, reason: string): ErrorStatus {
  return {grpc, http, message, reason, retryAfterMs: undefined, unforeseen: false};
}
