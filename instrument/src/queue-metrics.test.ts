import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {expect, test} from 'vitest';
import {createQueueBudget} from './queue-budget.ts';
import {measureQueues} from './queue-metrics.ts';

test('queue metrics: items by outcome, bytes over all signals', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({exporter, exportIntervalMillis: 3_600_000});
  const provider = new MeterProvider({readers: [reader]});
  const budget = createQueueBudget(1_000);
  budget.take(700);
  const counts = {queued: 1, sent: 2, refused: 3, queueFull: 4, bytesFull: 5, gaveUp: 6};
  measureQueues(provider.getMeter('m'), budget, [{signal: 'span', delivery: {counts}, capacity: 9}]);
  await reader.forceFlush();
  const points = exporter
    .getMetrics()[0]!
    .scopeMetrics[0]!.metrics.flatMap(({descriptor, dataPoints}) =>
      dataPoints.map(({attributes, value}) => [descriptor.name, attributes['error.type'] ?? '', value]),
    );
  expect(points).toEqual([
    ['otel.sdk.processor.span.queue.size', '', 1],
    ['otel.sdk.processor.span.queue.capacity', '', 9],
    ['otel.sdk.processor.span.processed', '', 11],
    ['otel.sdk.processor.span.processed', 'queue_full', 4],
    ['otel.sdk.processor.span.processed', 'queue_bytes_full', 5],
    ['otel.sdk.exporter.span.exported', '', 2],
    ['otel.sdk.exporter.span.exported', 'refused', 3],
    ['otel.sdk.exporter.span.exported', 'gave_up', 6],
    ['weft.queue.bytes', '', 700],
    ['weft.queue.bytes.limit', '', 1_000],
  ]);
  await provider.shutdown();
});
