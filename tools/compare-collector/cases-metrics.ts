/** The processors of metrics. */
import {type Case, processor, type Request, type Sent, type Settings} from './case.ts';
import {attributes, metrics, nanos, text} from './inputs.ts';

const some = [metrics(41), metrics(42), metrics(43), metrics(44)];

interface Series {
  readonly name?: string;
  readonly type?: 'sum' | 'histogram' | 'exponentialHistogram' | 'gauge' | 'summary';
  readonly temporality?: 1 | 2;
  readonly monotonic?: boolean;
}

/** Points of one metric, each in a request of its own. */
function series({name = 'm', type = 'sum', temporality = 2, monotonic = true}: Series, ...points: Request[]): Sent[] {
  const how = {
    sum: {aggregationTemporality: temporality, isMonotonic: monotonic},
    histogram: {aggregationTemporality: temporality},
    exponentialHistogram: {aggregationTemporality: temporality},
    gauge: {},
    summary: {},
  }[type];
  return points.map((point) => ({
    signal: 'metrics',
    request: {
      resourceMetrics: [
        {
          resource: {attributes: attributes({'service.name': text('shop')})},
          scopeMetrics: [{scope: {name: 'lib'}, metrics: [{name, [type]: {...how, dataPoints: [point]}}]}],
        },
      ],
    },
  }));
}

const at = (second: number, rest: Request, host = 'a', start = 0): Request => ({
  attributes: attributes({host: text(host)}),
  startTimeUnixNano: nanos(start * 1000),
  timeUnixNano: nanos(second * 1000),
  ...rest,
});
const ints = (...values: readonly number[]): Request[] =>
  values.map((value, index) => at(index + 1, {asInt: String(value)}));
const doubles = (...values: readonly number[]): Request[] =>
  values.map((value, index) => at(index + 1, {asDouble: value}));
const buckets = (...rows: readonly (readonly number[])[]): Request[] =>
  rows.map((bucketCounts, index) => {
    const count = bucketCounts.reduce((sum, each) => sum + each, 0);
    return at(index + 1, {count, sum: count * 2.5, bucketCounts, explicitBounds: [1, 5], min: 1, max: 9});
  });
const exponential = (
  ...rows: readonly (readonly [scale: number, offset: number, ...counts: readonly number[]])[]
): Request[] =>
  rows.map(([scale, offset, ...bucketCounts], index) => {
    const count = bucketCounts.reduce((sum, each) => sum + each, 1);
    return at(index + 1, {
      count,
      sum: count * 2.5,
      scale,
      zeroCount: 1,
      positive: {offset, bucketCounts},
      negative: {offset: 0, bucketCounts: []},
    });
  });

/** Counters that grow, begin again, stand still, and are numbers of both kinds; two hosts beside each other. */
const growing: readonly Sent[] = [
  ...series({}, ...ints(10, 15, 15, 3, 8)),
  ...series({name: 'd'}, ...doubles(1.5, 2.25, 0.5, 4)),
  ...series({name: 'up and down', monotonic: false}, ...ints(10, 5, 8)),
  ...series(
    {name: 'two'},
    at(1, {asInt: '1'}),
    at(1, {asInt: '7'}, 'b'),
    at(2, {asInt: '4'}),
    at(2, {asInt: '9'}, 'b'),
  ),
  ...series({name: 'h', type: 'histogram'}, ...buckets([1, 2, 3], [2, 4, 6], [1, 0, 0], [1, 5, 5])),
  ...series({name: 'e', type: 'exponentialHistogram'}, ...exponential([1, 0, 1, 2], [1, 0, 3, 4], [0, 0, 9])),
  ...series({name: 'g', type: 'gauge'}, ...ints(1, 2)),
  ...series({name: 'late'}, at(5, {asInt: '10'}), at(3, {asInt: '5'}), at(6, {asInt: '12'})),
  ...series({name: 'flagged'}, at(1, {asInt: '1'}), at(2, {flags: 1}), at(3, {asInt: '5'})),
  ...series({name: 'started again'}, at(1, {asInt: '9'}), at(5, {asInt: '4'}, 'a', 3), at(6, {asInt: '6'}, 'a', 3)),
];

const toDelta = (what: string, settings: Settings): Case =>
  processor('cumulativetodelta', what, settings, [...growing, ...some]);

const deltas: readonly Sent[] = [
  ...series({temporality: 1}, ...ints(1, 2, 3)),
  ...series({name: 'd', temporality: 1}, ...doubles(0.5, 0.25)),
  ...series({name: 'u', temporality: 1, monotonic: false}, ...ints(5, -3)),
  ...series({name: 'h', type: 'histogram', temporality: 1}, ...buckets([1, 2, 3], [2, 4, 6])),
  ...series({name: 'h2', type: 'histogram', temporality: 1}, ...buckets([1, 2, 3]), {
    ...at(2, {count: 4, sum: 2, bucketCounts: [3, 1], explicitBounds: [2]}),
  }),
  ...series(
    {name: 'e', type: 'exponentialHistogram', temporality: 1},
    ...exponential([1, 0, 1, 2], [1, 2, 3, 4], [0, 0, 9], [2, -3, 1, 1, 1]),
  ),
  ...series({name: 'old', temporality: 1}, at(5, {asInt: '1'}), at(3, {asInt: '2'}), at(6, {asInt: '4'})),
  ...series({name: 'before its start', temporality: 1}, at(5, {asInt: '1'}, 'a', 4), at(9, {asInt: '2'}, 'a', 1)),
  ...series({name: 'cumulative'}, ...ints(1, 2)),
  ...series({name: 'gap', temporality: 1}, at(1, {asInt: '1'}, 'a', 0), at(9, {asInt: '2'}, 'a', 8)),
  ...series({name: 'gauge', type: 'gauge'}, ...ints(1)),
];

const temporalities: readonly Case[] = [
  toDelta('everything', {}),
  toDelta('first values kept', {initial_value: 'keep'}),
  toDelta('first values dropped', {initial_value: 'drop'}),
  toDelta('included names', {include: {match_type: 'strict', metrics: ['m', 'h']}}),
  toDelta('included by pattern', {include: {match_type: 'regexp', metrics: ['^[a-h]$']}, initial_value: 'keep'}),
  toDelta('excluded names', {exclude: {match_type: 'strict', metrics: ['m', 'h']}, initial_value: 'keep'}),
  toDelta('types', {include: {metric_types: ['sum']}, initial_value: 'keep'}),
  toDelta('types of histograms', {include: {metric_types: ['histogram', 'exponentialhistogram']}}),
  toDelta('a pattern without match_type', {include: {metrics: ['m']}}),
  processor('deltatocumulative', 'everything', {}, [...deltas, ...some]),
  processor('deltatocumulative', 'one stream only', {max_streams: 1}, deltas),
  processor('deltatorate', 'sums of deltas', {metrics: ['m', 'd', 'u', 'h', 'cumulative']}, [...deltas, ...some]),
];

const interval = (what: string, settings: Settings, sent: readonly Sent[]): Case =>
  processor('interval', what, {interval: '1s', ...settings}, sent, {settle: 3000, onlyLast: true});

const intervals: readonly Case[] = [
  interval('the last points', {}, [...growing, ...deltas]),
  interval('points of every type', {}, some),
  interval('gauges and summaries pass', {pass_through: {gauge: true, summary: true}}, some),
];

const transformed = (what: string, ...transforms: readonly Settings[]): Case =>
  processor('metricstransform', what, {transforms}, some);
const one = (what: string, transform: Settings): Case =>
  transformed(what, {include: 'latency', action: 'update', ...transform});
const every = {include: '.*', match_type: 'regexp', action: 'update'};
const operation = (what: string, ...operations: readonly Settings[]): Case => transformed(what, {...every, operations});

const transforms: readonly Case[] = [
  one('rename', {new_name: 'duration'}),
  one('insert', {action: 'insert', new_name: 'copied'}),
  one('insert with an operation', {
    action: 'insert',
    new_name: 'copied',
    operations: [{action: 'add_label', new_label: 'l', new_value: 'x'}],
  }),
  transformed('rename by pattern', {...every, include: '^(\\w+)\\.(\\w+)$', new_name: '$2_of_$1'}),
  transformed('rename by a named group', {
    ...every,
    include: '^http\\.(?P<what>.*)$', // biome-ignore lint/suspicious/noTemplateCurlyInString: the group of an expression.
    new_name: 'web.${what}',
  }),
  transformed('combine', {
    include: '^(?P<kind>queue|cpu)\\..*$',
    match_type: 'regexp',
    action: 'combine',
    new_name: 'combined',
    submatch_case: 'upper',
    aggregation_type: 'sum',
  }),
  transformed('combine without an aggregation', {include: 'latency', action: 'combine', new_name: 'combined'}),
  transformed('combine and aggregate', {
    include: '^(queue|cpu)\\..*$',
    match_type: 'regexp',
    action: 'combine',
    new_name: 'combined',
    aggregation_type: 'max',
    operations: [{action: 'aggregate_labels', label_set: ['state'], aggregation_type: 'sum'}],
  }),
  transformed('group', {...every, include: '^http', action: 'group', group_resource_labels: {kind: 'web', 'a.b': 'c'}}),
  operation('add_label', {action: 'add_label', new_label: 'added', new_value: 'yes'}),
  operation('add_label that is there', {action: 'add_label', new_label: 'state', new_value: 'other'}),
  operation('update_label', {action: 'update_label', label: 'state', new_label: 'mode'}),
  operation('update_label with values', {
    action: 'update_label',
    label: 'state',
    value_actions: [{value: 'used', new_value: 'busy'}],
  }),
  operation('update_label with values that are numbers', {
    action: 'update_label',
    label: 'index',
    value_actions: [{value: '0', new_value: 'zero'}],
  }),
  operation('delete_label_value', {action: 'delete_label_value', label: 'state', label_value: 'free'}),
  operation('toggle_scalar_data_type', {action: 'toggle_scalar_data_type'}),
  operation('experimental_scale_value', {action: 'experimental_scale_value', experimental_scale: 1000}),
  operation('experimental_scale_value by a fraction', {action: 'experimental_scale_value', experimental_scale: 0.25}),
  ...['sum', 'mean', 'min', 'max', 'count', 'median'].map((aggregation) =>
    operation(`aggregate_labels by ${aggregation}`, {
      action: 'aggregate_labels',
      label_set: ['state'],
      aggregation_type: aggregation,
    }),
  ),
  ...['sum', 'mean', 'max'].map((aggregation) =>
    operation(`aggregate_label_values by ${aggregation}`, {
      action: 'aggregate_label_values',
      label: 'state',
      aggregated_values: ['used', 'cached'],
      new_value: 'busy',
      aggregation_type: aggregation,
    }),
  ),
  transformed('experimental_match_labels', {
    include: 'latency',
    action: 'update',
    experimental_match_labels: {state: 'used'},
    operations: [{action: 'add_label', new_label: 'matched', new_value: '1'}],
  }),
  transformed('experimental_match_labels by pattern', {
    ...every,
    experimental_match_labels: {state: '^(used|free)$'},
    new_name: 'matched',
  }),
  transformed('insert with experimental_match_labels', {
    include: 'queue.size',
    action: 'insert',
    new_name: 'queue.used',
    experimental_match_labels: {state: 'used'},
  }),
  transformed(
    'several in their order',
    {include: 'latency', action: 'update', new_name: 'a'},
    {include: 'a', action: 'insert', new_name: 'b'},
    {include: 'b', action: 'update', operations: [{action: 'update_label', label: 'index', new_label: 'i'}]},
  ),
  transformed('an unknown action', {include: 'latency', action: 'remove'}),
  transformed('insert without a name', {include: 'latency', action: 'insert'}),
];

export const metricCases: readonly Case[] = [...temporalities, ...intervals, ...transforms];
