import {diag} from '@opentelemetry/api';
import {type ExportResult, ExportResultCode} from '@opentelemetry/core';
import {AggregationTemporality, type PushMetricExporter, type ResourceMetrics} from '@opentelemetry/sdk-metrics';
import type {Send} from './otlp-sender.ts';
import type {QueueBudget} from './queue-budget.ts';

/**
 * Sends each collection once: metrics are cumulative, so what one export lost the next one carries. That goes for one that finds
 * the queue full too.
 */
export function metricExporter(
  send: Send,
  encode: (metrics: ResourceMetrics) => Uint8Array,
  budget: QueueBudget,
): PushMetricExporter {
  let last: Promise<unknown> = Promise.resolve();
  return {
    export(metrics, done: (result: ExportResult) => void) {
      const body = encode(metrics);
      if (!budget.take(body.length)) {
        diag.info(`metrics not sent: ${body.length} bytes more than WEFT_QUEUE_BYTES allows`);
        return done({code: ExportResultCode.SUCCESS});
      }
      last = send(body).then((result) => {
        budget.correct(-body.length);
        if (result.kind === 'accepted') return done({code: ExportResultCode.SUCCESS});
        diag.info(`metrics not sent: ${result.reason}`);
        done({code: ExportResultCode.SUCCESS}); // An error here is printed by the SDK each time, as a crash would be.
      });
    },
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
    forceFlush: async () => void (await last),
    shutdown: async () => void (await last),
  };
}
