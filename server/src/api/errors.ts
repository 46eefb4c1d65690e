/** How failures become answers: one table of codes and statuses, one translation of what the layers below throw. */
import {QueryError, type QueryErrorReason, RetryableError, TooLargeError} from '../base/index.ts';
import type {ApiError, ApiErrorCode, ApiFault} from './contract.ts';
import {type FailureReason, type FailureValue, type FailureValues, failureTexts, say} from './failure-texts.ts';

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
export class ApiFailure<R extends FailureReason = FailureReason> extends Error {
  override readonly name = 'ApiFailure';
  readonly code: ApiErrorCode;
  readonly reason: R;
  readonly values: Readonly<Record<string, FailureValue>>;
  readonly hint: string | undefined;
  readonly parameter: string | undefined;
  readonly status: number;
  /** What else is wrong with the same request. */
  others: readonly ApiFailure[] = [];

  constructor(reason: R, values: FailureValues<R>, parameter?: string) {
    const {code, message, hint}: {code: ApiErrorCode; message: string; hint?: string} = failureTexts[reason];
    super(say(message, values));
    this.code = code;
    this.reason = reason;
    this.values = values;
    this.hint = hint === undefined ? undefined : say(hint, values);
    this.parameter = parameter;
    this.status = statusOf[code];
  }
}

/** As much of what was sent as a failure repeats. */
export const shorten = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);

/** Runs every check and throws the first of their `ApiFailure`s, with the others in it: whoever asked can mend all of them at once. */
export function allOf<Checks extends readonly (() => unknown)[]>(
  ...checks: Checks
): {readonly [K in keyof Checks]: Checks[K] extends () => infer T ? T : never} {
  const failures: ApiFailure[] = [];
  const results = checks.map((check) => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      failures.push(error, ...error.others);
      return undefined;
    }
  });
  throwAll(failures);
  return results as never;
}

/** Throws the first with the others in it, where there is any. */
export function throwAll(failures: readonly ApiFailure[]): void {
  const [first, ...others] = failures;
  if (first === undefined) return;
  first.others = others;
  throw first;
}

/** A failure in the words and with the status that another's protocol prescribes. */
export class ForeignFailure extends Error {
  override readonly name = 'ForeignFailure';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const queryFailures = {
  // Their messages say how to ask for less: Jaeger's answers have no place for a hint.
  timeout: 'query_timeout',
  too_large: 'query_too_large',
  unavailable: 'query_unavailable',
  cancelled: 'query_cancelled',
} as const satisfies Readonly<Record<QueryErrorReason, FailureReason>>;

/** Statuses with which Fastify refuses a request before a route sees it. */
const frameworkFailures = {
  400: 'request_malformed',
  404: 'request_lost',
  405: 'request_method',
  413: 'request_large',
  414: 'request_large',
  415: 'request_unsupported',
  503: 'busy',
} as const satisfies Readonly<Record<number, FailureReason>>;

/** Undefined where the error is none that we expect: a defect, to be logged and hidden behind `internal`. */
export function expectedFailure(error: unknown): ApiFailure | ForeignFailure | undefined {
  if (error instanceof ApiFailure || error instanceof ForeignFailure) return error;
  if (error instanceof QueryError) {
    const {message, told} = error;
    if (told !== undefined && Object.hasOwn(failureTexts, told.reason))
      return new ApiFailure(told.reason as FailureReason, told.values as never);
    return new ApiFailure(queryFailures[error.reason], {message});
  }
  if (error instanceof TooLargeError) return new ApiFailure('request_large', {message: error.message});
  if (error instanceof RetryableError) return new ApiFailure('busy', {message: error.message});
  if (error instanceof Error && 'statusCode' in error && 'code' in error && String(error.code).startsWith('FST_')) {
    const status = Number(error.statusCode);
    if (Object.hasOwn(frameworkFailures, status))
      return new ApiFailure(frameworkFailures[status as keyof typeof frameworkFailures], {message: error.message});
  }
  return undefined;
}

export const internalFailure = (): ApiFailure => new ApiFailure('internal', {});

export function errorBody(failure: ApiFailure | ForeignFailure): ApiError {
  if (failure instanceof ForeignFailure) return {error: {code: 'internal', message: failure.message}};
  const others = failure.others.map(fault);
  return {error: {code: failure.code, ...fault(failure), ...(others.length === 0 ? {} : {others})}};
}

const fault = ({reason, values, message, hint, parameter}: ApiFailure): ApiFault => ({
  reason,
  values,
  message,
  ...(hint === undefined ? {} : {hint}),
  ...(parameter === undefined ? {} : {parameter}),
});
