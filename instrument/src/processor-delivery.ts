import {TraceFlags} from '@opentelemetry/api';
import type {LogRecordProcessor, ReadableLogRecord} from '@opentelemetry/sdk-logs';
import type {ReadableSpan} from '@opentelemetry/sdk-trace';
import type {Delivery} from './delivery.ts';
import {spanListeners} from './span-tap.ts';
import type {SpanStage} from './tracer-provider.ts';

/**
 * Hands every finished span to whoever listens (see `tapSpans`), and every sampled one to `delivery`.
 */
export function spanDelivery(delivery: Delivery<ReadableSpan> | undefined): SpanStage {
  const listeners = spanListeners();
  return {
    onEnd(span) {
      if (listeners.size > 0) for (const listener of listeners) listener(span);
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) delivery?.add(span);
    },
    forceFlush: async () => delivery?.flush(),
    shutdown: async () => delivery?.shutdown(),
  };
}

/** Hands every log record to `delivery`. */
export function logDelivery(delivery: Delivery<ReadableLogRecord>): LogRecordProcessor {
  return {
    onEmit: (record) => delivery.add(record),
    forceFlush: () => delivery.flush(),
    shutdown: () => delivery.shutdown(),
  };
}
