/**
 * Counts the requests between services, and how long they took (the Collector's servicegraph connector): of a client's span and the
 * server's below it, with databases, queues and others that send no spans as nodes of their own. A request of sampled spans counts
 * for as many as it stands for.
 */
import {type ConnectorFactory, type Exporter, reads, type Settings} from '../pipeline/index.ts';
import {createFlusher} from './connector-flush.ts';
import {type ServiceGraphConfig, serviceGraphConfig} from './connector-servicegraph-settings.ts';
import {type GraphEvents, ServiceGraph} from './connector-servicegraph-state.ts';

export const serviceGraphConnector: ConnectorFactory<ServiceGraphConfig> = {
  help: 'Counts the requests between services, databases and queues, and how long they took, scaled by sampling probability.',
  conversions: {traces: ['metrics']},
  config: serviceGraphConfig,
  create(settings, config, {metrics: next}): Exporter {
    if (next === undefined) return {consumer: reads(async () => {})};
    const {clock} = settings;
    const state = new ServiceGraph(
      config,
      graphEvents(settings, () => state),
    );
    const flusher = createFlusher(settings, config.metrics_flush_interval, next, (now) => state.flush(now));
    const timers: NodeJS.Timeout[] = [];
    return {
      consumer: reads<'traces'>(async (batch, {tenant}) => {
        state.add(batch, tenant, clock.now());
        if (config.metrics_flush_interval === 0) await flusher.flush();
      }),
      async start() {
        timers.push(setInterval(() => state.expire(clock.now()), config.store_expiration_loop));
        timers.push(setInterval(() => state.clean(clock.now()), config.cache_loop));
        await flusher.start();
      },
      async stop() {
        for (const timer of timers) clearInterval(timer);
        state.expire(clock.now());
        await flusher.stop();
      },
    };
  },
};

/** The Collector's names where it has them. */
function graphEvents({meter, id}: Settings, state: () => ServiceGraph): GraphEvents {
  const labels = {connector: id};
  meter
    .gauge('weft_connector_series', 'Series that a connector keeps.')
    .with(labels)
    .observe(() => state().series);
  meter
    .gauge('weft_connector_servicegraph_waiting_spans', 'Spans that wait for the other end of their request.')
    .with(labels)
    .observe(() => state().pairing.store.count);
  const counter = (name: string, help: string) =>
    meter.counter(`otelcol_connector_servicegraph_${name}`, help).with(labels);
  const total = counter('total_edges', 'Total number of unique edges.');
  const expired = counter('expired_edges', 'Number of edges that expired before finding its matching span.');
  const dropped = counter('dropped_spans', 'Number of spans dropped when trying to add edges.');
  const uncounted = meter.counter(
    'weft_connector_uncounted_spans',
    'Spans that a connector did not count in a series of their own, by reason.',
  );
  return {
    waits: () => total.add(1),
    expired: () => expired.add(1),
    dropped: () => dropped.add(1),
    uncounted: (reason) => uncounted.with({...labels, reason}).add(1),
  };
}
