/** The services' access to the active span. */
import {trace} from '@opentelemetry/api';

export const activeTraceId = (): string => trace.getActiveSpan()?.spanContext().traceId ?? '';
