/** The shop's manual spans. */
import {type Attributes, type Span, SpanStatusCode, trace} from '@opentelemetry/api';

const tracer = trace.getTracer('weft-shop');

/** Runs `work` in a span of that name; an exception is recorded on it, marks it failed and goes on to the caller. */
export function traced<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T> | T): Promise<T> {
  return tracer.startActiveSpan(name, {attributes}, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      recordFailure(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

export function recordFailure(span: Span, error: unknown): void {
  const failure = error instanceof Error ? error : new Error(String(error));
  span.recordException(failure);
  span.setStatus({code: SpanStatusCode.ERROR, message: failure.message});
}

export const activeTraceId = (): string => trace.getActiveSpan()?.spanContext().traceId ?? '';
