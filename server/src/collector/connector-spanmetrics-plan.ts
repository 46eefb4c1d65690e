/** Which metrics the connector `spanmetrics` makes, and of which series. */
import type {NewMetric} from '../model/index.ts';
import type {DurationShape} from '../red/index.ts';
import {durationType} from './connector-durations.ts';
import {createLabels, type Labels} from './connector-spanmetrics-labels.ts';
import {SeriesTable} from './connector-spanmetrics-series.ts';
import {defaultBuckets, type GlobDimensionConfig, type SpanMetricsConfig} from './connector-spanmetrics-settings.ts';

/** Series with the same labels, and the metrics that they are written as. */
export interface Counted {
  readonly labels: Labels;
  readonly table: SeriesTable;
  /** Series of each group, by its number; without those for overflow. */
  readonly perGroup: number[];
  readonly metrics: readonly {readonly metric: NewMetric; readonly value: 'count' | 'durations'}[];
}

export interface Plan {
  /** What every span is counted in. */
  readonly spans: readonly Counted[];
  /** What every event is counted in, if any. */
  readonly events: Counted | undefined;
  readonly all: readonly Counted[];
}

export function createPlan(config: SpanMetricsConfig, instance: string): Plan {
  const labels = (more: readonly GlobDimensionConfig[]): Labels => createLabels(config, instance, more);
  const spans = spanSeries(config, labels);
  if (!config.events.enabled) return {spans, events: undefined, all: spans};
  const events = counted(config, labels(config.events.dimensions), {kind: 'none'}, [callsOf(config, 'events')]);
  return {spans, events, all: [...spans, events]};
}

/** Where calls and durations have the same labels, they are the same series. */
function spanSeries(
  config: SpanMetricsConfig,
  labelsOf: (more: readonly GlobDimensionConfig[]) => Labels,
): readonly Counted[] {
  const calls = labelsOf(config.calls_dimensions);
  if (config.histogram.disable) return [counted(config, calls, {kind: 'none'}, [callsOf(config, 'calls')])];
  const durations = labelsOf(config.histogram.dimensions);
  const shape = shapeOf(config);
  const metric: NewMetric = {
    name: nameOf(config, 'duration'),
    unit: config.histogram.unit,
    type: durationType(shape),
    temporality: temporalityOf(config),
  };
  const durationMetric = {metric, value: 'durations'} as const;
  if (calls.signature === durations.signature) {
    return [counted(config, calls, shape, [callsOf(config, 'calls'), durationMetric])];
  }
  return [
    counted(config, calls, {kind: 'none'}, [callsOf(config, 'calls')]),
    counted(config, durations, shape, [durationMetric]),
  ];
}

const counted = (
  config: SpanMetricsConfig,
  labels: Labels,
  durations: DurationShape,
  metrics: Counted['metrics'],
): Counted => ({
  labels,
  table: new SeriesTable({
    durations,
    exemplars: config.exemplars.enabled ? config.exemplars.max_per_data_point : 0,
    maxSeries: config.max_series,
  }),
  perGroup: [],
  metrics,
});

const callsOf = (config: SpanMetricsConfig, name: string) =>
  ({
    metric: {name: nameOf(config, name), type: 'sum', temporality: temporalityOf(config), monotonic: true},
    value: 'count',
  }) as const;

const nameOf = ({namespace}: SpanMetricsConfig, name: string): string =>
  namespace === '' ? name : `${namespace}.${name}`;

const temporalityOf = ({aggregation_temporality}: SpanMetricsConfig) =>
  aggregation_temporality === 'AGGREGATION_TEMPORALITY_DELTA' ? 'delta' : 'cumulative';

function shapeOf({histogram: {explicit, exponential, unit}}: SpanMetricsConfig): DurationShape {
  if (exponential !== undefined) return {kind: 'exponential', maxSize: exponential.max_size};
  const millis = explicit?.buckets ?? defaultBuckets;
  return {kind: 'explicit', bounds: Float64Array.from(millis, (bound) => (unit === 's' ? bound / 1000 : bound))};
}
