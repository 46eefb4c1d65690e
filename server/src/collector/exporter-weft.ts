/** The end of most pipelines: Weft's own store. */

import {object} from '../config/index.ts';
import {allSignals, countExports, type ExporterFactory} from '../pipeline/index.ts';

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
