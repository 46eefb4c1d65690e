/**
 * Counts spans, how long they took and their events, by service, name, kind, status and further labels (the Collector's spanmetrics
 * connector). A sampled span counts for as many as it stands for (`ot=th:` in its tracestate).
 */
import {randomUUID} from 'node:crypto';
import {type ConnectorFactory, type Exporter, reads, type Settings} from '../pipeline/index.ts';
import {createFlusher} from './connector-flush.ts';
import {type SpanMetricsConfig, spanMetricsConfig} from './connector-spanmetrics-settings.ts';
import {SpanMetrics, type Uncounted} from './connector-spanmetrics-state.ts';

export const spanMetricsConnector: ConnectorFactory<SpanMetricsConfig> = {
  help: 'Counts spans and their durations by service, operation, kind and status, scaled by their sampling probability.',
  conversions: {traces: ['metrics']},
  config: spanMetricsConfig,
  create(settings, config, {metrics: next}): Exporter {
    if (next === undefined) return {consumer: reads(async () => {})};
    const count = createCounters(settings);
    const state = new SpanMetrics(config, randomUUID(), count.uncounted);
    count.series.observe(() => state.series);
    const flusher = createFlusher(settings, config.metrics_flush_interval, next, (now) => state.flush(now));
    return {
      start: flusher.start,
      stop: flusher.stop,
      consumer: reads<'traces'>(async (batch, {tenant}) => state.add(batch, tenant, settings.clock.now())),
    };
  },
};

function createCounters({meter, id}: Settings) {
  const uncounted = meter.counter(
    'weft_connector_uncounted_spans',
    'Spans that a connector did not count in a series of their own, by reason.',
  );
  return {
    series: meter.gauge('weft_connector_series', 'Series that a connector keeps.').with({connector: id}),
    uncounted: (reason: Uncounted, spans: number): void => uncounted.with({connector: id, reason}).add(spans),
  };
}
