import {type Attributes, context, type Span, SpanStatusCode, trace} from '@opentelemetry/api';
import {describeFailure} from './driver-errors.ts';

/** The first word of a statement, in capitals: what it does, and nothing of whom. Undefined where it is no word. */
export const operationOf = (sql: string): string | undefined =>
  /^(?:\s|--[^\n]*\n|\/\*(?:(?!\/\*)[\s\S])*?\*\/|[;(])*([A-Za-z]{1,24})(?![\w$\u0080-\uffff])/
    .exec(sql)?.[1]
    ?.toUpperCase();

/** Ends the span of a database operation, with the failure's kind where it failed. Only the first call counts. */
export function queryEnd(span: Span, measure: (failed: Attributes) => void): (error?: unknown) => void {
  let ended = false;
  return (error) => {
    if (ended) return;
    ended = true;
    const failed: Attributes = {};
    if (error !== undefined && error !== null) {
      const {type, message} = describeFailure(error);
      failed['error.type'] = type;
      span.setAttribute('error.type', type);
      const {code} = error as {code?: unknown};
      if (type === code) span.setAttribute('db.response.status_code', type);
      if (error instanceof Error) span.recordException(error);
      span.setStatus({code: SpanStatusCode.ERROR, message});
    }
    measure(failed);
    span.end();
  };
}

type Callback = (this: unknown, error: unknown, ...results: unknown[]) => unknown;

/** `callback` as it was, in the context of whoever asked, with the span ended before. */
export function endingCallback(callback: Callback, end: (error?: unknown) => void): Callback {
  const asked = context.active();
  const inContext = trace.getSpan(asked) === undefined ? callback : context.bind(asked, callback);
  return function ended(error, ...results) {
    end(error);
    return inContext.call(this, error, ...results);
  };
}
