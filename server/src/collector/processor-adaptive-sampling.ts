/** Tells adaptive sampling what arrives (Jaeger's processor of this name); its settings are those of `remote_sampling`. */

import {object} from '../config/index.ts';
import {inspects, type ProcessorFactory} from '../pipeline/index.ts';

export const adaptiveSamplingProcessor: ProcessorFactory<object> = {
  help: 'Counts where traces begin, for the rates that `remote_sampling` shows and divides its budget by. Changes and drops nothing.',
  signals: ['traces'],
  config: object({}),
  create({sampling}, _config, next) {
    sampling.observes();
    return {consumer: inspects<'traces'>(next, (batch, {tenant}) => sampling.of(tenant).observe(batch))};
  },
};
