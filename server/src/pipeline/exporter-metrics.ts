/** The counters of every exporter, by the names and with the words of the Collector's exporterhelper. */
import type {Counter, Family, Meter} from '../base/index.ts';
import type {Signal} from '../model/index.ts';
import {itemNoun} from './receiver-metrics.ts';

/** By `exporter`. */
export const sentItems = (meter: Meter, signal: Signal): Family<Counter> =>
  meter.counter(`otelcol_exporter_sent_${itemNoun[signal]}`, 'Number of items successfully sent to destination.');

/** By `exporter` and, which is Weft's own addition, `reason`. */
export const failedItems = (meter: Meter, signal: Signal): Family<Counter> =>
  meter.counter(
    `otelcol_exporter_send_failed_${itemNoun[signal]}`,
    'Number of items in failed attempts to send to destination.',
  );

/** Likewise. */
export const refusedItems = (meter: Meter, signal: Signal): Family<Counter> =>
  meter.counter(
    `otelcol_exporter_enqueue_failed_${itemNoun[signal]}`,
    'Number of items failed to be added to the sending queue.',
  );
