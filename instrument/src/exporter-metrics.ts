import {diag} from '@opentelemetry/api';
import {type ExportResult, ExportResultCode} from '@opentelemetry/core';
import {AggregationTemporality, type PushMetricExporter} from '@opentelemetry/sdk-metrics';
import type {Exemplars} from './exemplars.ts';
import {encodeMetrics} from './otlp-metrics.ts';
import type {Send} from './otlp-sender.ts';

/** Sends each collection once: metrics are cumulative, so what one export lost the next one carries. */
export function metricExporter(send: Send, exemplars: Exemplars): PushMetricExporter {
  let last: Promise<unknown> = Promise.resolve();
  return {
    export(metrics, done: (result: ExportResult) => void) {
      last = send(encodeMetrics(metrics, exemplars)).then((result) => {
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
