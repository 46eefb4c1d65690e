import {TraceFlags} from '@opentelemetry/api';
import type {LogRecordProcessor, ReadableLogRecord} from '@opentelemetry/sdk-logs';
import type {ReadableSpan, SpanProcessor} from '@opentelemetry/sdk-trace';
import type {Delivery} from './delivery.ts';

/** Hands every finished, sampled span to `delivery`. */
export function spanDelivery(delivery: Delivery<ReadableSpan>): SpanProcessor {
  return {
    onStart() {},
    onEnd(span) {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) delivery.add(span);
    },
    forceFlush: () => delivery.flush(),
    shutdown: () => delivery.shutdown(),
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
