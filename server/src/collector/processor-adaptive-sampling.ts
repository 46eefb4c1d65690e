/** Tells adaptive sampling what arrives (Jaeger's processor of this name); its settings are those of `remote_sampling`. */

import {object} from '../config/index.ts';
import type {SpanBatch} from '../model/index.ts';
import type {ProcessorFactory} from '../pipeline/index.ts';

export const adaptiveSamplingProcessor: ProcessorFactory<object> = {
  help: 'Counts where traces begin, for the rates that `remote_sampling` shows and divides its budget by. Changes and drops nothing.',
  signals: ['traces'],
  mutates: false,
  config: object({}),
  create({sampling}, _config, next) {
    sampling.observes();
    return {
      consume(batch, context) {
        // Counted before it is handed on: what the next part does with the batch is its own business.
        sampling.observe(batch as SpanBatch);
        return next(batch, context);
      },
    };
  },
};
