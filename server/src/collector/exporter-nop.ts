/** Takes everything and forgets it: for tests of what stands before it (the Collector's nop exporter). */
import {object} from '../config/index.ts';
import {allSignals, type ExporterFactory, reads} from '../pipeline/index.ts';

export const nopExporter: ExporterFactory<object> = {
  help: 'Takes everything and keeps nothing.',
  signals: allSignals,
  config: object({}),
  create: () => ({consumer: reads(async () => {})}),
};
