/** The shop's Prometheus metrics: rate, errors and duration per route, each bucket with the trace of an example. */
import {trace} from '@opentelemetry/api';
import {Counter, collectDefaultMetrics, Gauge, Histogram, type OpenMetricsContentType, Registry} from 'prom-client';
import type {HttpReply} from './http-service.ts';

type RouteLabels = 'method' | 'route' | 'status';

export interface Metrics {
  readonly registry: Registry<OpenMetricsContentType>;
  /** Counts one answered request; `seconds` is how long it took. Called while its span is active, for the exemplar. */
  observe(labels: Readonly<Record<RouteLabels, string | number>>, seconds: number): void;
  counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L>;
  gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L>;
}

export function createMetrics(service: string): Metrics {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  registry.setDefaultLabels({service});
  collectDefaultMetrics({register: registry});
  const duration = new Histogram({
    name: 'shop_request_duration_seconds',
    help: 'How long requests took, by route.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    enableExemplars: true,
    registers: [registry],
  });
  return {
    registry,
    observe(labels, seconds) {
      const context = trace.getActiveSpan()?.spanContext();
      // The library's types want the exemplar's labels to be the metric's; its code, and OpenMetrics, do not.
      const exemplarLabels = (
        context === undefined ? {} : {trace_id: context.traceId, span_id: context.spanId}
      ) as object;
      duration.observe({labels, value: seconds, exemplarLabels});
    },
    counter: (name, help, labelNames) => new Counter({name, help, labelNames, registers: [registry]}),
    gauge: (name, help, labelNames) => new Gauge({name, help, labelNames, registers: [registry]}),
  };
}

export async function metricsText({registry}: Metrics): Promise<HttpReply> {
  return {text: await registry.metrics(), headers: {'content-type': registry.contentType}};
}
