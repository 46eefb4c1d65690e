/** The configuration of the connector `spanmetrics`, with the names and defaults of the Collector's. */

import {
  always,
  anyLength,
  bool,
  type ConfigType,
  compileGlob,
  duration,
  ignored,
  integer,
  list,
  object,
  oneOf,
  optional,
  type Report,
  required,
  text,
  withDefault,
} from '../config/index.ts';
import {noPattern, type Pattern} from '../regexp/index.ts';

const glob: ConfigType<Pattern> = {
  label: 'pattern of names',
  read(node, report) {
    const pattern = text.read(node, report);
    const compiled = compileGlob(pattern, '.');
    if (typeof compiled !== 'string') return compiled;
    report.fault(node.at, `${compiled}, in "${pattern}"`);
    return noPattern;
  },
};

const dimensionFields = {
  name: required(text, 'The attribute: of the span, or else of its resource.'),
  default: optional(text, 'The value where neither has it; without it, the label is left out.'),
};
export const dimension = object(dimensionFields);
export type DimensionConfig = ReturnType<typeof dimension.read>;

const nameOrGlob = object(
  {
    ...dimensionFields,
    name: withDefault(text, '', '', dimensionFields.name.help),
    glob: optional(
      glob,
      'Instead of `name`: every attribute whose name matches is a label. `*` stands for any text without a dot, `**` for any text.',
    ),
  },
  ({name, default: fallback, glob: pattern}, node, report) => {
    if ((name === '') === (pattern === undefined)) report.fault(node.at, 'set either `name` or `glob`');
    if (pattern !== undefined && fallback !== undefined)
      report.fault(node.at, '`default` goes with `name`, not with `glob`');
  },
);
export type GlobDimensionConfig = DimensionConfig & {readonly glob?: Pattern | undefined};
const dimensions = (help: string) => withDefault(list(nameOrGlob), [], '[]', help);

export const defaultBuckets = [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000];
/** Labels that every series has; `dimensions` may not name them. */
const reserved = ['service.name', 'span.name', 'span.kind', 'status.code'];

const histogram = object(
  {
    disable: withDefault(bool, false, 'false', 'Count calls only.'),
    unit: withDefault(oneOf('ms', 's'), 'ms', 'ms', 'The unit of durations.'),
    explicit: optional(
      object({
        buckets: withDefault(
          list(duration(0, anyLength)),
          defaultBuckets,
          '[2ms, 4ms, 6ms, 8ms, 10ms, 50ms, 100ms, 200ms, 400ms, 800ms, 1s, 1400ms, 2s, 5s, 10s, 15s]',
          'Upper bounds, ascending.',
        ),
      }),
      'A histogram with these bounds; it is what there is without `exponential`.',
    ),
    exponential: optional(
      object({max_size: withDefault(integer(2, 16_384), 160, '160', 'The most buckets of a series.')}),
      'An exponential histogram instead.',
    ),
    dimensions: dimensions('Labels of the histogram only.'),
  },
  ({explicit, exponential}, node, report) => {
    if (explicit !== undefined && exponential !== undefined) {
      report.fault(node.at, 'use either `explicit` or `exponential`');
    }
    const {buckets = []} = explicit ?? {};
    if (buckets.some((bound, i) => i > 0 && bound <= (buckets[i - 1] as number))) {
      report.fault(node.entries.get('explicit')?.at ?? node.at, '`buckets` must ascend');
    }
  },
);

export const spanMetricsConfig = object(
  {
    histogram: always(histogram, 'The metric of durations.'),
    dimensions: dimensions('Labels of all metrics beside service.name, span.name, span.kind and status.code.'),
    calls_dimensions: dimensions('Labels of the metric of calls only.'),
    exclude_dimensions: withDefault(
      list(text),
      [],
      '[]',
      'Labels to leave out of the default ones, `collector.instance.id` among them.',
    ),
    exemplars: always(
      object({
        enabled: withDefault(bool, false, 'false', 'Name spans beside the points that they counted in.'),
        max_per_data_point: withDefault(integer(1, 100), 5, '5', 'The most of them a point.'),
      }),
      'Examples of spans.',
    ),
    events: always(
      object({
        enabled: withDefault(bool, false, 'false', 'Count the events of spans too.'),
        dimensions: dimensions(
          "Labels of that metric: of the span, or else of the event, or else of the span's resource.",
        ),
      }),
      'The metric of events.',
    ),
    resource_metrics_key_attributes: withDefault(
      list(text),
      [],
      '[]',
      'Resources with the same values of these attributes count as one; empty: of all their attributes.',
    ),
    resource_metrics_cache_size: withDefault(
      integer(1),
      1000,
      '1000',
      'How many resources are remembered from flush to flush; those seen longest ago begin again.',
    ),
    aggregation_cardinality_limit: withDefault(
      integer(),
      0,
      '0',
      'Series of one metric and resource; further ones are counted together, labelled `otel.metric.overflow`. 0: as many as `max_series` allows.',
    ),
    max_series: withDefault(
      integer(1),
      100_000,
      '100000',
      "Series of one metric, over all resources and tenants; Weft's own bound on memory. Further ones count in the overflow series of their resource.",
    ),
    aggregation_temporality: withDefault(
      oneOf('AGGREGATION_TEMPORALITY_CUMULATIVE', 'AGGREGATION_TEMPORALITY_DELTA'),
      'AGGREGATION_TEMPORALITY_CUMULATIVE',
      'AGGREGATION_TEMPORALITY_CUMULATIVE',
      'Whether points count from the start, or since the last flush.',
    ),
    metrics_flush_interval: withDefault(duration(1), 60_000, '60s', 'How often the metrics are handed on.'),
    metrics_expiration: withDefault(
      duration(0, anyLength),
      0,
      '0',
      'Forget a resource of which no span came for so long; 0: never.',
    ),
    series_expiration: withDefault(
      duration(0, anyLength),
      0,
      '0',
      'Forget a series of which no span came for so long; 0: never.',
    ),
    metric_timestamp_cache_size: withDefault(
      integer(1),
      1000,
      '1000',
      'With delta temporality, how many series keep the time of their last point while nothing comes for them.',
    ),
    namespace: withDefault(text, 'traces.span.metrics', 'traces.span.metrics', 'What the names of metrics begin with.'),
    include_instrumentation_scope: withDefault(
      list(text),
      [],
      '[]',
      'Scopes whose name and version become the labels `span.instrumentation.scope.name` and `.version`.',
    ),
    enable_metrics_sampling_method: withDefault(
      bool,
      false,
      'false',
      'Add the label `sampling.method`: `extrapolated` where the tracestate says with which probability the span was kept, else `counted`.',
    ),
    add_resource_attributes: ignored(
      'the attributes of resources are always kept, as they are with the feature gate connector.spanmetrics.excludeResourceMetrics at its default',
    ),
    dimensions_cache_size: ignored('it is deprecated; `aggregation_cardinality_limit` bounds series'),
  },
  (config, node, report) => {
    const check = (key: string, lists: readonly (readonly GlobDimensionConfig[])[]): void =>
      checkNames(lists.flat(), node.entries.get(key)?.at ?? node.at, report, ['collector.instance.id']);
    check('dimensions', [config.dimensions]);
    check('calls_dimensions', [config.dimensions, config.calls_dimensions]);
    check('histogram', [config.dimensions, config.histogram.dimensions]);
    if (config.events.enabled) {
      check('events', [config.dimensions, config.events.dimensions]);
      if (config.events.dimensions.length === 0) {
        report.fault(node.entries.get('events')?.at ?? node.at, '`events` needs `dimensions`');
      }
    }
  },
);
export type SpanMetricsConfig = ReturnType<typeof spanMetricsConfig.read>;

/** `more` are further labels that every series has. */
export function checkNames(
  all: readonly GlobDimensionConfig[],
  at: Parameters<Report['fault']>[0],
  report: Report,
  more: readonly string[] = [],
): void {
  const names = [...reserved, ...more, ...all.filter(({name}) => name !== '').map(({name}) => name)];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) report.fault(at, `the label \`${twice}\` is there already`);
  for (const {glob: pattern} of all) {
    const also = names.find((name) => pattern?.test(name));
    if (also !== undefined) report.fault(at, `the label \`${also}\` is there already, and a \`glob\` matches it too`);
  }
}
