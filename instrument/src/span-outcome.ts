import {type Span, SpanStatusCode} from '@opentelemetry/api';

/** Marks `span` as failed by `error`: exception event, `error.type`, status with the message. */
export function recordFailure(span: Span, error: unknown): void {
  const failure = error instanceof Error ? error : new Error(String(error));
  span.recordException(failure);
  span.setAttribute('error.type', failure.name);
  span.setStatus({code: SpanStatusCode.ERROR, message: failure.message});
}

/**
 * Runs `work` and ends `span` when it is done: at once for a plain value, when it settles for a promise.
 * What it throws or rejects with is recorded and passed on unchanged.
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

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as {then?: unknown} | undefined | null)?.then === 'function';
