/** Joins pipelines: what ends some of them begins others (the Collector's forward connector). */

import {object} from '../config/index.ts';
import type {ConnectorFactory} from '../pipeline/index.ts';

export const forwardConnector: ConnectorFactory<object> = {
  help: 'Hands a signal on to the pipelines that have it as their receiver, unchanged.',
  conversions: {traces: ['traces'], metrics: ['metrics'], logs: ['logs']},
  // What follows may edit, and it gets the batch itself.
  mutates: true,
  config: object({}),
  create: (_, __, next) => ({consumers: next}),
};
