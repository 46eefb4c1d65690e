/** Gives each batch to the next of its pipelines in turn (the Collector's roundrobin connector). */
import {bug} from '../base/index.ts';
import {object} from '../config/index.ts';
import type {Consumer, Signal} from '../model/index.ts';
import {type ConnectorFactory, takes} from '../pipeline/index.ts';

export const roundRobinConnector: ConnectorFactory<object> = {
  help: 'Gives each batch to one of the pipelines behind it, in turn.',
  conversions: {traces: ['traces'], metrics: ['metrics'], logs: ['logs']},
  config: object({}),
  create(_, __, ___, pipelines) {
    const of = (signal: Signal) => ({
      consumers: [...pipelines].filter(([id]) => id.split('/', 1)[0] === signal).map(([, consumer]) => consumer),
      turn: 0,
    });
    const targets = {traces: of('traces'), metrics: of('metrics'), logs: of('logs')};
    return {
      consumer: takes(async (batch, context) => {
        const own = targets[batch.signal];
        const next: Consumer | undefined = own.consumers[own.turn++ % own.consumers.length];
        await (next ?? bug(`no pipeline takes the ${batch.signal} of a connector`)).consume(batch, context);
      }),
    };
  },
};
