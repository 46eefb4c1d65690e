import type {Meter} from '@opentelemetry/api';
import type {Delivery} from './delivery.ts';
import type {QueueBudget} from './queue-budget.ts';

/** A queue and the names of its metrics: OpenTelemetry's conventions have them by signal. */
export type MeasuredQueue = {
  readonly signal: 'span' | 'log';
  readonly delivery: Pick<Delivery<unknown>, 'counts'>;
  readonly capacity: number;
};

const ours = {'otel.component.type': 'weft_queue'};

/**
 * The package's queues as metrics: OpenTelemetry's names for items ("SDK metrics"), and names of its own for bytes, which the
 * conventions do not know. Read when metrics are collected: no span or record pays for it.
 */
export function measureQueues(meter: Meter, budget: QueueBudget, queues: readonly MeasuredQueue[]): void {
  for (const {signal, delivery, capacity} of queues) {
    const unit = signal === 'span' ? '{span}' : '{log_record}';
    const size = {unit, description: 'Items that wait for the collector.'};
    meter
      .createObservableUpDownCounter(`otel.sdk.processor.${signal}.queue.size`, size)
      .addCallback((result) => result.observe(delivery.counts.queued, ours));
    meter
      .createObservableUpDownCounter(`otel.sdk.processor.${signal}.queue.capacity`, {
        unit,
        description: 'Items that may wait for the collector.',
      })
      .addCallback((result) => result.observe(capacity, ours));
    meter
      .createObservableCounter(`otel.sdk.processor.${signal}.processed`, {
        unit,
        description: 'Items that left the queue, or, with an error.type, were dropped before it.',
      })
      .addCallback((result) => {
        const {sent, refused, gaveUp, queueFull, bytesFull} = delivery.counts;
        result.observe(sent + refused + gaveUp, ours);
        result.observe(queueFull, {...ours, 'error.type': 'queue_full'});
        result.observe(bytesFull, {...ours, 'error.type': 'queue_bytes_full'});
      });
    meter
      .createObservableCounter(`otel.sdk.exporter.${signal}.exported`, {
        unit,
        description: 'Items that the collector took, or, with an error.type, did not.',
      })
      .addCallback((result) => {
        const {sent, refused, gaveUp} = delivery.counts;
        result.observe(sent, ours);
        result.observe(refused, {...ours, 'error.type': 'refused'});
        result.observe(gaveUp, {...ours, 'error.type': 'gave_up'});
      });
  }
  meter
    .createObservableUpDownCounter('weft.queue.bytes', {
      unit: 'By',
      description: 'Bytes that wait for the collector, of all signals.',
    })
    .addCallback((result) => result.observe(budget.used));
  meter
    .createObservableUpDownCounter('weft.queue.bytes.limit', {
      unit: 'By',
      description: 'Bytes that may wait for the collector, of all signals.',
    })
    .addCallback((result) => result.observe(budget.limit));
}
