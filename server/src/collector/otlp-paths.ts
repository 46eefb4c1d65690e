import type {Signal} from '../model/index.ts';

/** `opentelemetry/proto/collector/*\/v1/*_service.proto`. */
export const grpcPaths: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
};
