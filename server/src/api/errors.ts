/** How failures become answers: one table of codes and statuses, one translation of what the layers below throw. */
import {QueryError, type QueryErrorReason, RetryableError, TooLargeError} from '../base/index.ts';
import type {ApiError, ApiErrorCode} from './contract.ts';

export const statusOf: Readonly<Record<ApiErrorCode, number>> = {
  bad_request: 400,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  too_large: 413,
  unsupported: 415,
  internal: 500,
  not_implemented: 501,
  unavailable: 503,
  timeout: 504,
};

/** A failure that the API knows how to tell: thrown by routes, turned into an answer in one place. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly code: ApiErrorCode;
  readonly hint: string | undefined;
  readonly parameter: string | undefined;
  /** Instead of the code's own: where a protocol that we speak prescribes another. */
  readonly status: number;

  constructor(code: ApiErrorCode, message: string, more: {hint?: string; parameter?: string; status?: number} = {}) {
    super(message);
    this.code = code;
    this.hint = more.hint;
    this.parameter = more.parameter;
    this.status = more.status ?? statusOf[code];
  }
}

const queryFailures: Readonly<Record<QueryErrorReason, {code: ApiErrorCode; hint?: string}>> = {
  // Their messages say how to ask for less: Jaeger's answers have no place for a hint.
  timeout: {code: 'timeout'},
  too_large: {code: 'too_large'},
  unavailable: {code: 'unavailable', hint: 'GET /ready says what is missing. Received data is kept meanwhile.'},
  cancelled: {code: 'unavailable', hint: 'Ask again.'},
};

/** Statuses with which Fastify refuses a request before a route sees it. */
const frameworkCodes: Readonly<Record<number, ApiErrorCode>> = {
  400: 'bad_request',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'too_large',
  414: 'too_large',
  415: 'unsupported',
  503: 'unavailable',
};

/** Undefined where the error is none that we expect: a defect, to be logged and hidden behind `internal`. */
export function expectedFailure(error: unknown): ApiFailure | undefined {
  if (error instanceof ApiFailure) return error;
  if (error instanceof QueryError) {
    const {code, hint} = queryFailures[error.reason];
    return new ApiFailure(code, error.message, hint === undefined ? {} : {hint});
  }
  if (error instanceof TooLargeError) return new ApiFailure('too_large', error.message);
  if (error instanceof RetryableError) return new ApiFailure('unavailable', error.message);
  if (error instanceof Error && 'statusCode' in error && 'code' in error && String(error.code).startsWith('FST_')) {
    const code = frameworkCodes[Number(error.statusCode)];
    if (code !== undefined) return new ApiFailure(code, error.message);
  }
  return undefined;
}

export const internalFailure = (): ApiFailure =>
  new ApiFailure('internal', 'Weft failed to answer this request.', {hint: "The cause is in Weft's log."});

export function errorBody(failure: ApiFailure): ApiError {
  return {
    error: {
      code: failure.code,
      message: failure.message,
      ...(failure.hint === undefined ? {} : {hint: failure.hint}),
      ...(failure.parameter === undefined ? {} : {parameter: failure.parameter}),
    },
  };
}
