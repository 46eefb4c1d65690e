/** Turns counters that count from their start into what was added since the point before (the Collector's cumulativetodelta). */
import {unixNanoFromMillis} from '../base/index.ts';
import {type ConfigType, duration, integer, list, object, oneOf, optional, text, withDefault} from '../config/index.ts';
import {type Consumer, type Lent, type MetricBatch, metricType, retainItems} from '../model/index.ts';
import {type Processor, type ProcessorFactory, type Settings, takes} from '../pipeline/index.ts';
import {regexpField, type TextSet, textSet} from './match-set.ts';
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

const types = {
  sum: metricType.sum,
  histogram: metricType.histogram,
  exponentialhistogram: metricType.exponentialHistogram,
} as const;

const matchFields = object({
  metrics: withDefault(list(text), [], '[]', 'Names of metrics, or expressions that match them.'),
  match_type: optional(oneOf('strict', 'regexp'), 'Whether `metrics` are names or regular expressions.'),
  regexp: regexpField,
  metric_types: withDefault(
    list(oneOf('sum', 'histogram', 'exponentialhistogram')),
    [],
    '[]',
    'Types of metrics; all that count up where none is named.',
  ),
});

interface Match {
  readonly names: TextSet | undefined;
  readonly types: ReadonlySet<number> | undefined;
}

const match: ConfigType<Match> = {
  label: 'map',
  fields: matchFields.fields,
  read(node, report) {
    const given = matchFields.read(node, report);
    const names = given.metrics ?? [];
    if (names.length > 0 !== (given.match_type !== undefined)) {
      report.fault(node.at, '`metrics` and `match_type` belong together');
    }
    const set = textSet(
      {match_type: given.match_type ?? 'strict', regexp: given.regexp},
      names.map((each) => ({at: node.at, text: each})),
      (at, message) => report.fault(at, message),
    );
    const chosen = (given.metric_types ?? []).map((type) => types[type]);
    return {
      names: names.length === 0 ? undefined : set,
      types: chosen.length === 0 ? undefined : new Set<number>(chosen),
    };
  },
};

const config = object({
  include: optional(match, 'The metrics to convert; without it all that count up.'),
  exclude: optional(match, 'Metrics that stay as they are, also where `include` names them.'),
  max_staleness: withDefault(duration(), 0, '0', 'A series that was not seen for so long is forgotten; 0: never.'),
  initial_value: withDefault(
    oneOf('auto', 'keep', 'drop'),
    'auto',
    'auto',
    "A series' first point: `keep` it, `drop` it, or `auto`: keep it where the series began after Weft did.",
  ),
  max_streams: withDefault(
    integer(1),
    1_000_000,
    '1000000',
    'How many series are remembered; beyond it the one seen longest ago is forgotten.',
  ),
});

export const cumulativeToDeltaProcessor: ProcessorFactory<ReturnType<typeof config.read>> = {
  help: 'Turns sums and histograms that count from their start into deltas.',
  signals: ['metrics'],
  config,
  create: createConverter,
};

interface State {
  readonly value: PointValue;
  readonly time: bigint;
}

type Reason = 'initial' | 'reset' | 'bucket_mismatch';

function createConverter(settings: Settings, options: ReturnType<typeof config.read>, next: Consumer): Processor {
  const {clock, meter, id} = settings;
  const labels = {processor: id};
  const series = new SeriesMap<State>({clock, staleMs: options.max_staleness, maxStreams: options.max_streams});
  const begin = unixNanoFromMillis(clock.now());
  const dropped = meter.counter(
    'otelcol_cumulativetodelta_datapoints_dropped',
    'Points that were dropped, by reason: the first of a series, or one that does not go on from the one before.',
  );
  const evicted = meter
    .counter('weft_processor_evicted_streams', 'Series that were forgotten because there were more than `max_streams`.')
    .with(labels);
  meter
    .gauge('weft_processor_streams', 'Series that a processor remembers.')
    .with(labels)
    .observe(() => series.size);

  const wanted = (batch: MetricBatch, metric: number): boolean => {
    const {columns: m} = batch.metrics;
    const type = m.type.get(metric);
    if (m.temporality.get(metric) !== 2) return false;
    if (type === metricType.sum ? m.monotonic.get(metric) === 0 : !(Object.values(types) as number[]).includes(type))
      return false;
    const fits = ({names, types: chosen}: Match): boolean =>
      (names?.has(batch.heap.bytes, m.name.start(metric), m.name.size(metric)) ?? true) && (chosen?.has(type) ?? true);
    return (options.include === undefined || fits(options.include)) && !(options.exclude && fits(options.exclude));
  };
  return {
    consumer: takes<'metrics'>(async (batch, context) => {
      series.sweep();
      const {columns: p} = batch.points;
      const converts: (boolean | undefined)[] = [];
      const keyOf = seriesKeys(batch as Lent<MetricBatch>);
      const changes = series.transaction();
      const drops = new Map<Reason, number>();
      const keeps = new Uint8Array(batch.points.count).fill(1);
      for (let row = 0; row < batch.points.count; row++) {
        const metric = p.metric.get(row);
        if (!(converts[metric] ??= wanted(batch, metric))) continue;
        const value = readPoint(batch, row);
        // A delta of no value is none.
        if ((p.flags.get(row) & 1) !== 0) {
          keeps[row] = 0;
          continue;
        }
        // NaN says nothing of the point before either.
        if (value === undefined || saysNothing(value)) continue;
        // What began at another time counts from there: it is another series.
        const start = p.start.get(row);
        const key = `${context.tenant}\n${start}\n${keyOf(row)}`;
        const before = series.get(key);
        const time = p.time.get(row);
        if (before === undefined && series.isFull) {
          series.evict();
          evicted.add(1);
        }
        const isFirst = before === undefined || before.value.kind !== value.kind;
        const added = isFirst ? (first(start, time) ?? value) : difference(value, before.value);
        changes.set(key, {value: isFirst || added === 'reset' ? value : withSumOf(value, before.value), time});
        if (typeof added !== 'string') {
          writePoint(batch, row, withoutExtremes(added));
          if (!isFirst) p.start.set(row, before.time);
          continue;
        }
        drops.set(added, (drops.get(added) ?? 0) + 1);
        keeps[row] = 0;
      }
      for (const [metric, isDelta] of converts.entries()) {
        if (isDelta === true) batch.metrics.columns.temporality.set(metric, 1);
      }
      const rest = retainItems(batch, (row) => keeps[row] === 1);
      try {
        if (rest.points.count > 0) await next.consume(rest, context);
      } catch (error) {
        // The sender sends the same again, which must find what was there before.
        changes.undo();
        throw error;
      }
      for (const [reason, points] of drops) dropped.with({...labels, reason}).add(points);
    }),
  };

  /** Why the first point of a series is dropped; undefined where it is kept as it is. */
  function first(start: bigint, time: bigint): Reason | undefined {
    if (options.initial_value === 'keep') return undefined;
    return options.initial_value === 'auto' && start >= begin && start !== time ? undefined : 'initial';
  }
}

const saysNothing = (value: PointValue): boolean => value.kind === 'double' && Number.isNaN(value.value);

/** What was added since `before`; why the point is dropped where it does not go on from there. */
function difference(now: PointValue, before: PointValue): PointValue | Reason {
  if (now.kind === 'int' && before.kind === 'int') {
    return now.value < before.value ? 'reset' : {kind: 'int', value: now.value - before.value};
  }
  if (now.kind === 'double' && before.kind === 'double') {
    return now.value < before.value ? 'reset' : {kind: 'double', value: now.value - before.value};
  }
  if (now.kind === 'histogram' && before.kind === 'histogram') {
    if (!sameBounds(now, before)) return 'bucket_mismatch';
    const counts = now.counts.map((count, index) => count - (before.counts[index] as bigint));
    if (now.count < before.count || counts.some((count) => count < 0n)) return 'reset';
    return {...now, count: now.count - before.count, sum: minus(now.sum, before.sum), counts};
  }
  if (now.kind === 'exponential' && before.kind === 'exponential') return exponentialDifference(now, before);
  return 'reset';
}

function exponentialDifference(now: Exponential, former: Exponential): Exponential | Reason {
  // Over time buckets only get coarser, and the one around zero only wider.
  if (now.count < former.count || now.zeroThreshold < former.zeroThreshold || now.scale > former.scale) return 'reset';
  const before = coarsened(former, now.scale, now.zeroThreshold);
  const zeroCount = now.zeroCount - before.zeroCount;
  const positive = sumOfBuckets(now.positive, before.positive, -1n);
  const negative = sumOfBuckets(now.negative, before.negative, -1n);
  if ([zeroCount, ...positive.values(), ...negative.values()].some((count) => count < 0n)) return 'reset';
  return {...now, count: now.count - before.count, sum: minus(now.sum, before.sum), zeroCount, positive, negative};
}

/** A sum that is NaN was not recorded: it stays NaN, and what cannot be told from one adds nothing. */
function minus(now: number | undefined, before: number | undefined): number | undefined {
  if (now === undefined || Number.isNaN(now)) return now;
  const added = now - (before ?? 0);
  return Number.isNaN(added) ? 0 : added;
}

/** The minimum and maximum are those since the start, and of what was added nobody knows them. */
const withoutExtremes = (value: PointValue): PointValue =>
  'sum' in value ? {...value, min: undefined, max: undefined} : value;

/** What the next point is compared with: where this one has no sum, the last one that was recorded. */
function withSumOf(now: PointValue, before: PointValue): PointValue {
  if (!('sum' in now && 'sum' in before) || !Number.isNaN(now.sum)) return now;
  return {...now, sum: before.sum};
}
