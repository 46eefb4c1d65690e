/** Adds deltas up to counters that count from the first of them (the Collector's deltatocumulative). */
import {duration, integer, object, withDefault} from '../config/index.ts';
import type {MetricBatch} from '../model/index.ts';
import {type Consumer, type Lent, metricType, retainItems} from '../model/index.ts';
import {type Processor, type ProcessorFactory, type Settings, takes} from '../pipeline/index.ts';
import {SeriesMap, seriesKeys} from './metric-series.ts';
import {sumOf} from './metric-sum.ts';
import {type PointValue, readPoint, writePoint} from './metric-value.ts';

const config = object({
  max_stale: withDefault(duration(), 300_000, '5m', 'A series that gets no point for so long is forgotten; 0: never.'),
  max_streams: withDefault(
    integer(),
    1_000_000,
    '1000000',
    'How many series are remembered; points of further ones are dropped and counted. 0: no limit.',
  ),
});

export const deltaToCumulativeProcessor: ProcessorFactory<ReturnType<typeof config.read>> = {
  help: 'Adds deltas of sums and histograms up.',
  signals: ['metrics'],
  config,
  create: createAdder,
};

interface State {
  readonly value: PointValue;
  readonly start: bigint;
  readonly time: bigint;
}

/** The Collector's words. */
type Refusal = 'limit' | 'delta.ErrOlderStart' | 'delta.ErrOutOfOrder';

const addable: ReadonlySet<number> = new Set([metricType.sum, metricType.histogram, metricType.exponentialHistogram]);

function createAdder(settings: Settings, options: ReturnType<typeof config.read>, next: Consumer): Processor {
  const {clock, meter, id} = settings;
  const labels = {processor: id};
  const maxStreams = options.max_streams === 0 ? Number.POSITIVE_INFINITY : options.max_streams;
  const series = new SeriesMap<State>({clock, staleMs: options.max_stale, maxStreams});
  const seen = meter.counter(
    'otelcol_deltatocumulative_datapoints',
    'Points that were looked at; with an `error` where they were dropped.',
  );
  const gauge = (name: string, help: string, read: () => number): void =>
    meter.gauge(`otelcol_deltatocumulative_streams_${name}`, help).with(labels).observe(read);
  gauge('tracked', 'Series that are remembered.', () => series.size);
  gauge('limit', 'The most series that are remembered.', () => maxStreams);
  gauge('max_stale', 'Seconds after which a series is forgotten.', () => options.max_stale / 1000);

  return {
    consumer: takes<'metrics'>(async (batch, context) => {
      series.sweep();
      const {columns: p} = batch.points;
      const {columns: m} = batch.metrics;
      const keyOf = seriesKeys(batch as Lent<MetricBatch>);
      const changes = series.transaction();
      const keeps = new Uint8Array(batch.points.count).fill(1);
      const outcomes = new Map<Refusal | '', number>();
      const adds: boolean[] = [];
      for (let row = 0; row < batch.points.count; row++) {
        const metric = p.metric.get(row);
        adds[metric] ??= m.temporality.get(metric) === 1 && addable.has(m.type.get(metric));
        if (!adds[metric]) continue;
        const value = readPoint(batch, row);
        if (value === undefined) continue;
        const key = `${context.tenant}\n${keyOf(row)}`;
        const added = add(series.get(key), {value, start: p.start.get(row), time: p.time.get(row)}, series.isFull);
        const outcome = typeof added === 'string' ? added : '';
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (typeof added === 'string') {
          keeps[row] = 0;
          continue;
        }
        changes.set(key, added);
        writePoint(batch, row, added.value);
        p.start.set(row, added.start);
      }
      for (const [metric, isAdded] of adds.entries()) if (isAdded) m.temporality.set(metric, 2);
      const rest = retainItems(batch, (row) => keeps[row] === 1);
      try {
        if (rest.points.count > 0) await next.consume(rest, context);
      } catch (error) {
        // The sender sends the same again, which must not be added twice.
        changes.undo();
        throw error;
      }
      for (const [error, points] of outcomes) seen.with(error === '' ? labels : {...labels, error}).add(points);
    }),
  };
}

function add(before: State | undefined, point: State, isFull: boolean): State | Refusal {
  if (before === undefined) return isFull ? 'limit' : point;
  if (point.start < before.start) return 'delta.ErrOlderStart';
  if (point.time <= before.time) return 'delta.ErrOutOfOrder';
  const value = sumOf(before.value, point.value);
  // Buckets of another kind cannot be added: the series begins again.
  return value === undefined ? point : {value, start: before.start, time: point.time};
}
