/** Drops what its conditions name (the Collector's filter processor): by OTTL, or by the older `include` and `exclude`. */
import {type Field, ignored, type MapNode, object, type Report, unsupported, withDefault} from '../config/index.ts';
import type {AnyBatch, Signal} from '../model/index.ts';
import {filterFunctions, type OttlContext} from '../ottl/index.ts';
import {allSignals, edits, inspects, itemNoun, type ProcessorFactory} from '../pipeline/index.ts';
import {logMatchFields, metricMatchFields} from './filter-match.ts';
import {dropper} from './filter-rows.ts';
import {checkMatchSignal, type MatchConfig, matchFields} from './match-properties.ts';
import {errorMode} from './ottl-config.ts';
import {conditionGroups, conditionsOf, type OttlGroup} from './ottl-groups.ts';

const conditions = (signal: Signal, context: OttlContext, what: string): Field<readonly OttlGroup[]> =>
  withDefault(
    conditionsOf(signal, context, filterFunctions),
    [],
    '[]',
    `Conditions: ${what} that one of them holds for is dropped.`,
  );

const inferred = (signal: Signal): Field<readonly OttlGroup[]> =>
  withDefault(
    conditionGroups(signal, filterFunctions),
    [],
    '[]',
    `Conditions for ${signal} whose paths say what they are about (\`span.name\`), or groups with \`context\`, \`conditions\` and \`error_mode\`.`,
  );

const profiles = 'no profiles come through here';
const traces = object({
  resource: conditions('traces', 'resource', 'everything of a resource'),
  span: conditions('traces', 'span', 'a span'),
  spanevent: conditions('traces', 'spanevent', 'an event of a span'),
});
const metrics = object({
  ...metricMatchFields,
  regexp: unsupported('`regexp` belongs into `include` or `exclude`'),
  resource: conditions('metrics', 'resource', 'everything of a resource'),
  metric: conditions('metrics', 'metric', 'a metric'),
  datapoint: conditions('metrics', 'datapoint', 'a point'),
});
const logs = object({
  ...logMatchFields,
  resource: conditions('logs', 'resource', 'everything of a resource'),
  log_record: conditions('logs', 'log', 'a log record'),
});

const config = object(
  {
    error_mode: withDefault(
      errorMode,
      'ignore',
      'ignore',
      'What becomes of an error in a condition: logged and taken as false, taken as false silently, or the batch refused.',
    ),
    traces: withDefault(traces, undefined as unknown as ReturnType<typeof traces.read>, '', 'Conditions for traces.'),
    metrics: withDefault(
      metrics,
      undefined as unknown as ReturnType<typeof metrics.read>,
      '',
      'Conditions for metrics.',
    ),
    logs: withDefault(logs, undefined as unknown as ReturnType<typeof logs.read>, '', 'Conditions for logs.'),
    spans: withDefault(object(matchFields), {include: undefined, exclude: undefined}, '', 'The older form for spans.'),
    trace_conditions: inferred('traces'),
    metric_conditions: inferred('metrics'),
    log_conditions: inferred('logs'),
    profiles: ignored(profiles),
    profile_conditions: ignored(profiles),
  },
  oneFormEach,
);
export type FilterConfig = ReturnType<typeof config.read>;

/** As the Collector: a signal has its conditions in one form. */
function oneFormEach(values: unknown, node: MapNode, report: Report): void {
  void values;
  const has = (section: string, ...keys: string[]): string[] => {
    const value = node.entries.get(section)?.value;
    return keys.filter((key) => value?.kind === 'map' && value.entries.has(key)).map((key) => `${section}.${key}`);
  };
  const forms: readonly (readonly [newer: string, ottl: string[], older: string[]])[] = [
    ['trace_conditions', has('traces', 'resource', 'span', 'spanevent'), has('spans', 'include', 'exclude')],
    ['metric_conditions', has('metrics', 'resource', 'metric', 'datapoint'), has('metrics', 'include', 'exclude')],
    ['log_conditions', has('logs', 'resource', 'log_record'), has('logs', 'include', 'exclude')],
  ];
  for (const [newer, ottl, older] of forms) {
    const used = [node.entries.has(newer) ? [newer] : [], ottl, older].filter((form) => form.length > 0);
    if (used.length > 1) {
      const words = used.map((form) => form.map((key) => `\`${key}\``).join(', ')).join(' and ');
      report.fault(node.at, `${words} cannot be used together: write the conditions in one form`);
    }
  }
}

/** What the processor drops of one signal. */
function rulesOf(
  values: FilterConfig,
  signal: Signal,
): {readonly groups: readonly OttlGroup[]; readonly match: MatchConfig} {
  const none: MatchConfig = {include: undefined, exclude: undefined};
  switch (signal) {
    case 'traces': {
      const {resource = [], span = [], spanevent = []} = values.traces ?? {};
      return {groups: [...resource, ...span, ...spanevent, ...values.trace_conditions], match: values.spans};
    }
    case 'metrics': {
      const {resource = [], metric = [], datapoint = [], include, exclude} = values.metrics ?? {};
      return {
        groups: [...resource, ...metric, ...datapoint, ...values.metric_conditions],
        match: {...none, include, exclude},
      };
    }
    case 'logs': {
      const {resource = [], log_record = [], include, exclude} = values.logs ?? {};
      return {groups: [...resource, ...log_record, ...values.log_conditions], match: {...none, include, exclude}};
    }
  }
}

/** The Collector's names: `otelcol_processor_filter_spans_filtered`. */
const nouns: Readonly<Record<Signal, string>> = {traces: 'spans', metrics: 'datapoints', logs: 'logs'};

export const filterProcessor: ProcessorFactory<FilterConfig> = {
  help: 'Drops spans, their events, metrics, points and log records for which a condition of OTTL holds.',
  signals: allSignals,
  config,
  create(settings, values, next, signal) {
    const {groups, match} = rulesOf(values, signal);
    checkMatchSignal(match, signal, settings.id);
    if (groups.length === 0 && match.include === undefined && match.exclude === undefined) {
      return {consumer: inspects(next, () => {})};
    }
    const labels = {filter: settings.id};
    const filtered = settings.meter
      .counter(
        `otelcol_processor_filter_${nouns[signal]}_filtered`,
        `Number of ${itemNoun[signal].replace('_', ' ')} dropped by the filter processor.`,
      )
      .with(labels);
    const events = settings.meter
      .counter('weft_processor_filter_span_events_filtered', 'Number of span events dropped by the filter processor.')
      .with(labels);
    const drop = dropper(settings, groups, match, values.error_mode);
    return {
      consumer: edits(next, (batch) => {
        const {count} = batch.items;
        const rest = drop(batch as AnyBatch, (dropped) => events.add(dropped));
        filtered.add(count - rest.items.count);
        return rest as typeof batch;
      }),
    };
  },
};
