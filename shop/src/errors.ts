/** The shop's expected failures and, in one table, the status of each in HTTP and in gRPC. */

/** The numbers of gRPC's status codes; written out, as only two of the processes load a gRPC library. */
const grpcStatus = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export const failures = {
  bad_request: {http: 400, grpc: grpcStatus.INVALID_ARGUMENT},
  unauthorized: {http: 401, grpc: grpcStatus.UNAUTHENTICATED},
  payment_declined: {http: 402, grpc: grpcStatus.ABORTED},
  not_found: {http: 404, grpc: grpcStatus.NOT_FOUND},
  out_of_stock: {http: 409, grpc: grpcStatus.FAILED_PRECONDITION},
  rate_limited: {http: 429, grpc: grpcStatus.RESOURCE_EXHAUSTED},
  internal: {http: 500, grpc: grpcStatus.INTERNAL},
  unavailable: {http: 503, grpc: grpcStatus.UNAVAILABLE},
  timeout: {http: 504, grpc: grpcStatus.DEADLINE_EXCEEDED},
} as const satisfies Record<string, {http: number; grpc: number}>;

export type FailureKind = keyof typeof failures;

export class ShopError extends Error {
  readonly kind: FailureKind;
  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ShopError';
    this.kind = kind;
  }
}

/** The kind of a failure; an open circuit counts as its service being away. */
export function failureKind(error: unknown): FailureKind {
  if (error instanceof ShopError) return error.kind;
  return error instanceof Error && error.name === 'CircuitOpenError' ? 'unavailable' : 'internal';
}

const kinds = Object.keys(failures) as FailureKind[];
export const kindOfHttp = (status: number): FailureKind =>
  kinds.find((kind) => failures[kind].http === status) ?? 'internal';
export const kindOfGrpc = (code: number): FailureKind =>
  kinds.find((kind) => failures[kind].grpc === code) ?? 'internal';
