/** Calls from one service of the shop to another over HTTP with JSON; failures come back as the `ShopError` they left as. */
import {type FailureKind, failures, kindOfHttp, ShopError} from './errors.ts';

export interface CallOptions {
  readonly method?: 'GET' | 'POST';
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds: number;
}

/** Resolves with the parsed body of a 2xx answer. `name` is the service called, for the messages. */
export async function callJson<T>(name: string, url: string, options: CallOptions): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: options.method ?? 'GET',
      headers: {...(options.json === undefined ? {} : {'content-type': 'application/json'}), ...options.headers},
      ...(options.json === undefined ? {} : {body: JSON.stringify(options.json)}),
      signal: AbortSignal.timeout(options.timeoutMilliseconds),
    });
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

function remoteError(name: string, status: number, text: string): ShopError {
  let kind: FailureKind = kindOfHttp(status);
  let message = `${name} answered ${status}`;
  try {
    const {error} = JSON.parse(text) as {error?: {kind?: string; message?: string}};
    if (error?.kind !== undefined && Object.hasOwn(failures, error.kind)) kind = error.kind as FailureKind;
    if (status < 500 && error?.message !== undefined) message = error.message;
  } catch {
    // Not the shop's own error body: the status says enough.
  }
  return new ShopError(kind, message);
}
