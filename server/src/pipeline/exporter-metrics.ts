/** What an exporter counts, by the Collector's names (exporterhelper); `reason` is Weft's own addition. */
import type {Batch, Consumer, Signal} from '../model/index.ts';
import {errorStatus} from '../net/index.ts';
import type {Settings} from './component.ts';
import {itemNoun} from './receiver-metrics.ts';

/** `send`, counted. */
export function countExports<B extends Batch>(settings: Settings, signal: Signal, send: Consumer<B>): Consumer<B> {
  const {meter, id} = settings;
  const noun = itemNoun[signal];
  const sent = meter
    .counter(`otelcol_exporter_sent_${noun}`, 'Number of items successfully sent to destination.')
    .with({exporter: id});
  const failed = meter.counter(
    `otelcol_exporter_send_failed_${noun}`,
    'Number of items in failed attempts to send to destination.',
  );
  return async (batch, context) => {
    const count = batch.items.count;
    try {
      await send(batch, context);
    } catch (error) {
      failed.with({exporter: id, reason: errorStatus(error).reason}).add(count);
      throw error;
    }
    sent.add(count);
  };
}
