import {type Context, context, trace} from '@opentelemetry/api';
import {guarded} from './odd-values.ts';
import {usableSpanContext} from './span-identity.ts';

/**
 * `trace_id`, `span_id` and `trace_flags` of the active span for a logger that is neither pino nor winston (those two get
 * them by themselves). Empty outside of a span.
 *
 * @example console.log(JSON.stringify({msg: 'paid', ...logFields()}));
 */
export function logFields(from: Context = context.active()): Record<string, string> {
  const span = guarded('no trace for a log line', () => usableSpanContext(trace.getSpanContext(from)), undefined);
  if (span === undefined) return {};
  return {
    trace_id: span.traceId,
    span_id: span.spanId,
    trace_flags: span.traceFlags.toString(16).padStart(2, '0'),
  };
}
