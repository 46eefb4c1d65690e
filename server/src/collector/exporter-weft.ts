/** The end of most pipelines: Weft's own store. */
import type {Batch, Consumer, Signal} from '../model/index.ts';
import {allSignals, type BatchOf, type ExporterFactory, type Settings} from './component.ts';
import {object} from './config-schema.ts';
import {countExports} from './exporter-metrics.ts';

const config = object({});

export const weftExporter: ExporterFactory<object> = {
  help: 'Stores everything in Weft itself; acknowledges what would survive a power cut.',
  signals: allSignals,
  // The store reads a batch and keeps nothing of it once it has resolved.
  mutates: false,
  config,
  create: (settings) => ({
    consumers: {
      traces: stored(settings, 'traces'),
      metrics: stored(settings, 'metrics'),
      logs: stored(settings, 'logs'),
    },
  }),
};

function stored<S extends Signal>(settings: Settings, signal: S): Consumer<BatchOf[S]> {
  const sink = settings.sink[signal] as Consumer<BatchOf[S]>;
  return countExports(settings, signal, sink as Consumer<Batch>) as Consumer<BatchOf[S]>;
}
