import type {HrTime} from '@opentelemetry/api';
import type {ReadableSpan} from '@opentelemetry/sdk-trace';
import type {StartOptions} from '../config.ts';
import {tapSpans} from '../span-tap.ts';
import {start} from '../start.ts';
import {type CapturedSpan, spanKinds, spanStatuses} from './captured.ts';
import {createSpanStore, type SpanStore} from './span-store.ts';

export type Capture = SpanStore & {
  /** Stops capturing. The instrumentation itself stays: it cannot be undone within a process. */
  stop(): void;
};

/**
 * Captures the spans of this process. Starts the instrumentation (without exporting) unless it runs already, so call it
 * before the code under test is loaded: `const capture = captureSpans(); const {app} = await import('./app.js');`
 */
export function captureSpans(options: StartOptions = {}): Capture {
  start({serviceName: 'test', exporters: {traces: 'none', logs: 'none', metrics: 'none'}, ...options});
  const store = createSpanStore();
  const stop = tapSpans((span) => store.add(captured(span)));
  return Object.assign(store, {stop});
}

const nanos = ([seconds, rest]: HrTime): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(rest);

function captured(span: ReadableSpan): CapturedSpan {
  const {traceId, spanId, traceState} = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    name: span.name,
    kind: spanKinds[span.kind] ?? 'internal',
    start: nanos(span.startTime),
    end: nanos(span.endTime),
    attributes: {...span.attributes},
    events: span.events.map(({name, attributes}) => ({name, attributes: {...attributes}})),
    links: span.links.map(({context}) => ({traceId: context.traceId, spanId: context.spanId})),
    status: spanStatuses[span.status.code] ?? 'unset',
    statusMessage: span.status.message ?? '',
    traceState: traceState?.serialize() ?? '',
    scope: span.instrumentationScope.name,
    service: String(span.resource.attributes['service.name'] ?? ''),
    resource: span.resource.attributes,
  };
}
