/** Joins pipelines: what ends some of them begins others (the Collector's forward connector). */

import {object} from '../config/index.ts';
import {type ConnectorFactory, handOn} from '../pipeline/index.ts';

export const forwardConnector: ConnectorFactory<object> = {
  help: 'Hands a signal on to the pipelines that have it as their receiver, unchanged.',
  conversions: {traces: ['traces'], metrics: ['metrics'], logs: ['logs']},
  config: object({}),
  create: (_, __, next) => ({consumer: handOn(next)}),
};
