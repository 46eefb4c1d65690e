/** The end of most pipelines: Weft's own store. */
import {allSignals, type ExporterFactory} from './component.ts';
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
      traces: countExports(settings, 'traces', settings.sink.traces),
      metrics: countExports(settings, 'metrics', settings.sink.metrics),
      logs: countExports(settings, 'logs', settings.sink.logs),
    },
  }),
};
