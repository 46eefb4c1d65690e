/** The end of most pipelines: Weft's own store. */

import {object} from '../config/index.ts';
import {allSignals, type ExporterFactory} from '../pipeline/index.ts';

const config = object({});

export const weftExporter: ExporterFactory<object> = {
  help: 'Stores everything in Weft itself; acknowledges what would survive a power cut.',
  signals: allSignals,
  config,
  create: ({sink}) => ({consumer: sink}),
};
