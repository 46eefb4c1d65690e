import {type Span, SpanStatusCode} from '@opentelemetry/api';
import {readProperty, textOf} from './odd-values.ts';

/**
 * The kind of a failure, of which there are few: the code that Node or a database gives (`ECONNREFUSED`, `40P01`), where there is
 * one, else the name of the error's class.
 */
export function errorType(error: unknown): string {
  try {
    if (!(error instanceof Error)) return '_OTHER';
    const {code, name, cause} = error as {readonly code?: unknown; readonly name: unknown; readonly cause?: unknown};
    // Node wraps what `AbortSignal.timeout` aborts with.
    if (code === 'ABORT_ERR' && cause instanceof Error && cause.name === 'TimeoutError') return cause.name;
    if (typeof code === 'string' && /^[A-Z0-9_]{3,64}$/.test(code)) return code;
    return typeof name === 'string' && name !== '' ? name : 'Error';
  } catch {
    return '_OTHER'; // A getter that throws, a proxy that was revoked.
  }
}

/** Marks `span` as failed by `error`: exception event, `error.type`, status with the message. Never throws. */
export function recordFailure(span: Span, error: unknown): void {
  let message = '';
  try {
    const failure = error instanceof Error ? error : new Error(textOf(error));
    span.recordException(failure);
    ({message} = failure);
  } catch {
    message = 'an error that cannot be read';
  }
  span.setAttribute('error.type', errorType(error));
  span.setStatus({code: SpanStatusCode.ERROR, message});
}

/**
 * Runs `work` and ends `span` when it is done: at once for a plain value, when it settles for a promise.
 * The error that `work` throws or rejects with is recorded and passed on unchanged.
 */
export function endWith<T>(span: Span, work: () => T): T {
  let result: T;
  try {
    result = work();
  } catch (error) {
    recordFailure(span, error);
    span.end();
    throw error;
  }
  if (!isPromise(result)) {
    span.end();
    return result;
  }
  return result.then(
    (value) => {
      span.end();
      return value;
    },
    (error: unknown) => {
      recordFailure(span, error);
      span.end();
      throw error;
    },
  ) as T;
}

/** A program may return anything, also what cannot be asked whether it is a promise. */
const isPromise = (value: unknown): value is Promise<unknown> => typeof readProperty(value, 'then') === 'function';
