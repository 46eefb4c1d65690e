/** Adds deltas up to counters that count from the first of them (the Collector's deltatocumulative). */
import {duration, integer, object, withDefault} from '../config/index.ts';
import type {MetricBatch} from '../model/index.ts';
import {type Consumer, type Lent, metricType, retainItems} from '../model/index.ts';
import {type Processor, type ProcessorFactory, type Settings, takes} from '../pipeline/index.ts';
import {SeriesMap, seriesKeys} from './metric-series.ts';
import {
  coarsened,
  type Exponential,
  type PointValue,
  readPoint,
  sameBounds,
  sumOfBuckets,
  writePoint,
} from './metric-value.ts';

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

function sumOf(a: PointValue, b: PointValue): PointValue | undefined {
  if (a.kind === 'int' && b.kind === 'int') return {kind: 'int', value: a.value + b.value};
  if (a.kind === 'double' && b.kind === 'double') return {kind: 'double', value: a.value + b.value};
  if (a.kind === 'histogram' && b.kind === 'histogram') {
    if (!sameBounds(a, b)) return undefined;
    return {
      ...b,
      count: a.count + b.count,
      sum: plus(a.sum, b.sum),
      counts: a.counts.map((count, index) => count + (b.counts[index] as bigint)),
    };
  }
  return a.kind === 'exponential' && b.kind === 'exponential' ? merged(a, b) : undefined;
}

/** More buckets than this and the scale goes down, as in the SDKs. */
const maxBuckets = 160;

function merged(a: Exponential, b: Exponential): Exponential {
  const threshold = Math.max(a.zeroThreshold, b.zeroThreshold);
  let scale = Math.min(a.scale, b.scale);
  for (;;) {
    const [x, y] = [coarsened(a, scale, threshold), coarsened(b, scale, threshold)];
    const positive = sumOfBuckets(x.positive, y.positive);
    const negative = sumOfBuckets(x.negative, y.negative);
    if (spread(positive) <= maxBuckets && spread(negative) <= maxBuckets) {
      return {
        kind: 'exponential',
        count: a.count + b.count,
        sum: plus(a.sum, b.sum),
        scale,
        zeroThreshold: threshold,
        zeroCount: x.zeroCount + y.zeroCount,
        positive,
        negative,
      };
    }
    scale--;
  }
}

function spread(buckets: ReadonlyMap<number, bigint>): number {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const index of buckets.keys()) [from, to] = [Math.min(from, index), Math.max(to, index)];
  return buckets.size === 0 ? 0 : to - from + 1;
}

const plus = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;
