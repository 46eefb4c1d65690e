/** Calls from one service of the shop to another over HTTP with JSON; failures come back as the `ShopError` they left as. */
import {context} from '@opentelemetry/api';
import {suppressTracing} from '@opentelemetry/core';
import {type FailureKind, failures, kindOfHttp, ShopError} from './errors.ts';

export interface CallOptions {
  readonly method?: 'GET' | 'POST';
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds: number;
  /** Calls as a client without instrumentation does: no span, and no trace context in the headers. */
  readonly withoutContext?: boolean;
}

/** Resolves with the parsed body of a 2xx answer. `name` is the service called, for the messages. */
export async function callJson<T>(name: string, url: string, options: CallOptions): Promise<T> {
  let response: Response;
  let text: string;
  try {
    const caller = context.active();
    response = await context.with(options.withoutContext === true ? suppressTracing(caller) : caller, () =>
      send(url, options),
    );
    text = await response.text();
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') {
      throw new ShopError('timeout', `${name} did not answer within ${options.timeoutMilliseconds} ms`, {cause: error});
    }
    throw new ShopError('unavailable', `${name} cannot be reached`, {cause: error});
  }
  if (response.ok) return JSON.parse(text) as T;
  throw remoteError(name, response.status, text);
}

function send(url: string, {method = 'GET', json, headers, timeoutMilliseconds}: CallOptions): Promise<Response> {
  return fetch(url, {
    method,
    headers: {...(json === undefined ? {} : {'content-type': 'application/json'}), ...headers},
    ...(json === undefined ? {} : {body: JSON.stringify(json)}),
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
}

function remoteError(name: string, status: number, text: string): ShopError {
  let kind: FailureKind = kindOfHttp(status);
  let message = status === 503 ? `${name} unavailable` : `${name} answered ${status}`;
  try {
    const {error} = JSON.parse(text) as {error?: {kind?: string; message?: string}};
    if (error?.kind !== undefined && Object.hasOwn(failures, error.kind)) kind = error.kind as FailureKind;
    if (status < 500 && error?.message !== undefined) message = error.message;
  } catch {
    // Not the shop's own error body: the status says enough.
  }
  return new ShopError(kind, message);
}
