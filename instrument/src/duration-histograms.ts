import {
  type Attributes,
  diag,
  type Histogram,
  type HrTime,
  type Meter,
  type MeterProvider,
  type MetricOptions,
  ValueType,
} from '@opentelemetry/api';
import {hrTime} from '@opentelemetry/core';
import type {Resource} from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type HistogramMetricData,
  type MetricProducer,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import {seriesKey} from './exemplars.ts';

/** Histograms that the metrics SDK reads at each collection instead of keeping them itself. */
export type DurationHistograms = {
  /** `provider`, with the durations of requests kept here; every other instrument is the provider's own. */
  wrap(provider: MeterProvider): MeterProvider;
  readonly producer: MetricProducer;
};

const kept = new Set(['http.server.request.duration', 'http.client.request.duration']);
/** As in the SDK: series beyond are counted together under `otel.metric.overflow`. */
const maxSeries = 1_999;
const maxAliases = 8_000;

/**
 * The SDK finds a measurement's series by sorting its attributes and making JSON of them, which costs more than all else
 * of it; here a joined text finds it. The export is the same. Hot path: see bench/instrument.ts.
 */
export function createDurationHistograms(resource: Resource): DurationHistograms {
  const scopes = new Map<string, {readonly scope: ScopeMetrics['scope']; readonly series: Map<string, Durations>}>();

  const histogram = (scope: ScopeMetrics['scope'], name: string, options: MetricOptions): Histogram => {
    const key = `${scope.name}@${scope.version ?? ''}`;
    let known = scopes.get(key);
    if (known === undefined) scopes.set(key, (known = {scope, series: new Map()}));
    let durations = known.series.get(name);
    if (durations === undefined) known.series.set(name, (durations = new Durations(name, options)));
    return durations;
  };

  return {
    wrap: (provider) => ({
      getMeter(name, version, scopeOptions) {
        const inner = provider.getMeter(name, version, scopeOptions);
        const meter = Object.create(inner) as Meter;
        const scope = {name, ...(version === undefined ? {} : {version})};
        meter.createHistogram = ((title, options) =>
          kept.has(title) && options?.advice?.explicitBucketBoundaries !== undefined
            ? histogram(scope, title, options)
            : inner.createHistogram(title, options)) as Meter['createHistogram'];
        return meter;
      },
    }),
    producer: {
      async collect() {
        const now = hrTime();
        const scopeMetrics = [...scopes.values()].flatMap(({scope, series}): ScopeMetrics[] => {
          const metrics = [...series.values()].flatMap((durations) => durations.collect(now));
          return metrics.length === 0 ? [] : [{scope, metrics}];
        });
        return {resourceMetrics: {resource, scopeMetrics}, errors: []};
      },
    },
  };
}

type Series = {
  readonly attributes: Attributes;
  readonly since: HrTime;
  readonly counts: number[];
  count: number;
  sum: number;
  min: number;
  max: number;
};

/** One histogram: cumulative, with the boundaries its instrumentation advises. */
class Durations implements Histogram {
  readonly #name: string;
  readonly #options: MetricOptions;
  readonly #boundaries: number[];
  readonly #series = new Map<string, Series>();
  /** The joined text of attributes as they came → their series. The same set in another order is another text. */
  readonly #aliases = new Map<string, Series>();

  constructor(name: string, options: MetricOptions) {
    this.#name = name;
    this.#options = options;
    this.#boundaries = [...(options.advice?.explicitBucketBoundaries ?? [])];
  }

  record(value: number, attributes: Attributes = {}): void {
    if (typeof value !== 'number' || value < 0) {
      diag.warn(`${this.#name}: a duration cannot be ${value}`);
      return;
    }
    if (Number.isNaN(value)) return;
    let text = '';
    for (const key in attributes) {
      const of = attributes[key];
      text += typeof of === 'string' ? `${key}"${of}\0` : `${key}=${String(of)}\0`;
    }
    const series = this.#aliases.get(text) ?? this.#find(text, attributes);
    series.count++;
    series.sum += value;
    if (value < series.min) series.min = value;
    if (value > series.max) series.max = value;
    const boundaries = this.#boundaries;
    let bucket = 0;
    while (bucket < boundaries.length && value > boundaries[bucket]!) bucket++;
    series.counts[bucket]!++;
  }

  collect(now: HrTime): HistogramMetricData[] {
    if (this.#series.size === 0) return [];
    const {description = '', unit = ''} = this.#options;
    const dataPoints = [...this.#series.values()].map(({attributes, since, counts, count, sum, min, max}) => ({
      attributes,
      startTime: since,
      endTime: now,
      value: {buckets: {boundaries: this.#boundaries, counts: [...counts]}, count, sum, min, max},
    }));
    return [
      {
        descriptor: {name: this.#name, description, unit, valueType: ValueType.DOUBLE},
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints,
      },
    ];
  }

  #find(text: string, given: Attributes): Series {
    let attributes = given;
    let key = seriesKey(attributes);
    if (!this.#series.has(key) && this.#series.size >= maxSeries) {
      attributes = {'otel.metric.overflow': true};
      key = seriesKey(attributes);
    }
    let series = this.#series.get(key);
    if (series === undefined) {
      const counts = Array.from({length: this.#boundaries.length + 1}, () => 0);
      const [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      this.#series.set(key, (series = {attributes, since: hrTime(), counts, count: 0, sum: 0, min, max}));
    }
    if (this.#aliases.size >= maxAliases) this.#aliases.clear();
    this.#aliases.set(text, series);
    return series;
  }
}
