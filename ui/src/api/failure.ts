import type {ApiErrorCode, FailureValue} from '@weft/server/api-types';

/** What is wrong with a request. */
export interface Fault {
  /** Of the API's reasons, or one that a newer Weft has. */
  readonly reason?: string;
  readonly values?: Readonly<Record<string, FailureValue>>;
  readonly message: string;
  readonly hint?: string;
  readonly parameter?: string;
}

/** Why a request brought no answer. */
export type Failure =
  | ({
      readonly kind: 'refused';
      readonly status: number;
      readonly code: ApiErrorCode;
      /** What else is wrong with the same request. */
      readonly others?: readonly Fault[];
    } & Fault)
  /** The question is longer than an address may be, for Weft or for a proxy before it. */
  | {readonly kind: 'long'; readonly status: number; readonly message: string}
  /** Nothing answered: Weft is not running or not reachable. */
  | {readonly kind: 'unreachable'; readonly message: string}
  /** Something answered that is not Weft's API. */
  | {readonly kind: 'foreign'; readonly status: number; readonly message: string};

/** The only error that the client throws, other than an abort. */
export class RequestError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'RequestError';
    this.failure = failure;
  }
}

/** The failure in anything thrown by a query. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RequestError) return error.failure;
  return {kind: 'foreign', status: 0, message: error instanceof Error ? error.message : String(error)};
}

const codes: readonly string[] = [
  'bad_request',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'too_large',
  'unsupported',
  'internal',
  'not_implemented',
  'unavailable',
  'timeout',
] satisfies ApiErrorCode[];

/** Reads an error body of the API; anything else than the API's own shape is `foreign`, whoever sent it. */
export function readFailure(status: number, body: string): Failure {
  const foreign = {kind: 'foreign', status, message: body.slice(0, 300) || `HTTP ${status}`} as const;
  // https://www.rfc-editor.org/rfc/rfc9110#name-414-uri-too-long, https://www.rfc-editor.org/rfc/rfc6585#section-5
  if (status === 414 || status === 431) return {...foreign, kind: 'long'};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return foreign;
  }
  if (!isRecord(parsed) || !isRecord(parsed.error)) return foreign;
  const {code, others} = parsed.error;
  const fault = readFault(parsed.error);
  if (typeof code !== 'string' || !codes.includes(code) || fault === undefined) return foreign;
  const more = Array.isArray(others) ? others.flatMap((one: unknown) => readFault(one) ?? []) : [];
  return {
    kind: 'refused',
    status,
    code: code as ApiErrorCode,
    ...fault,
    ...(more.length > 0 ? {others: more} : {}),
  };
}

/** Tempo's API says in plain words what is wrong. */
export function readText(
  {status, headers}: Pick<Response, 'status'> & {readonly headers: Pick<Headers, 'get'>},
  body: string,
): Failure {
  const isOwn = headers.get('content-type')?.startsWith('text/plain') === true && status >= 400 && status < 600;
  if (!isOwn || status === 414 || status === 431) return readFailure(status, body);
  const code = status < 500 ? 'bad_request' : status === 504 ? 'timeout' : status === 503 ? 'unavailable' : 'internal';
  return {kind: 'refused', status, code, message: body};
}

/** Prometheus's API says in its own form what is wrong. */
export function readPrometheus(status: number, body: string): Failure {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return readFailure(status, body);
  }
  if (!isRecord(parsed) || parsed.status !== 'error' || typeof parsed.error !== 'string')
    return readFailure(status, body);
  const code =
    parsed.errorType === 'timeout'
      ? 'timeout'
      : status < 500
        ? 'bad_request'
        : status === 503
          ? 'unavailable'
          : 'internal';
  return {kind: 'refused', status, code, message: parsed.error};
}

function readFault(error: unknown): Fault | undefined {
  if (!isRecord(error)) return undefined;
  const {reason, values, message, hint, parameter} = error;
  if (typeof message !== 'string') return undefined;
  return {
    ...(typeof reason === 'string' ? {reason} : {}),
    ...(isRecord(values) ? {values: values as Readonly<Record<string, FailureValue>>} : {}),
    message,
    ...(typeof hint === 'string' ? {hint} : {}),
    ...(typeof parameter === 'string' ? {parameter} : {}),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
