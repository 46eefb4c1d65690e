/** `probabilistic_sampler` and the policies of `tail_sampling` whose decisions are not left to chance. */
import {createRandom} from '../answers/random.ts';
import {type Case, processor, type Request, type Sent, type Settings} from './case.ts';
import {attributes, bool, double, int, nanos, text} from './inputs.ts';

/** Many traces, some with a randomness of their own, priorities, and thresholds. */
const traces: Sent = (() => {
  const random = createRandom(51);
  const spans = random.list(200, (index) => ({
    traceId: Buffer.from(random.hex(16), 'hex'),
    spanId: Buffer.from(random.hex(8), 'hex'),
    name: `span ${index}`,
    startTimeUnixNano: nanos(index),
    endTimeUnixNano: nanos(index + 1),
    traceState: random.pick([
      '',
      '',
      '',
      'ot=th:8',
      'ot=th:c',
      'ot=rv:f0000000000000',
      'ot=th:8;rv:90000000000000',
      'v=1',
    ]),
    attributes: random.chance(0.2)
      ? attributes({'sampling.priority': random.pick([int(0), int(1), text('1'), text('0'), double(0.5)])})
      : [],
  }));
  return {signal: 'traces', request: {resourceSpans: [{scopeSpans: [{spans}]}]}};
})();

const records: Sent = (() => {
  const random = createRandom(52);
  const logRecords = random.list(200, (index) => ({
    timeUnixNano: nanos(index),
    body: text(`record ${index}`),
    ...(random.chance(0.6)
      ? {traceId: Buffer.from(random.hex(16), 'hex'), spanId: Buffer.from(random.hex(8), 'hex')}
      : {}),
    attributes: attributes({
      id: random.pick([text(random.hex(4)), int(random.below(1000)), double(random())]),
      ...(random.chance(0.3) ? {priority: random.pick([int(0), int(50), int(100), double(12.5), text('80')])} : {}),
    }),
  }));
  return {signal: 'logs', request: {resourceLogs: [{scopeLogs: [{logRecords}]}]}};
})();

const sampled = (what: string, settings: Settings, sent: readonly Sent[] = [traces]): Case =>
  processor('probabilistic_sampler', what, settings, sent);

const modes = ['hash_seed', 'proportional', 'equalizing'];
const shares = [0, 1, 12.5, 50, 99.9, 100];

const probabilistic: readonly Case[] = [
  ...modes.flatMap((mode) => shares.map((share) => sampled(`${mode} ${share} %`, {mode, sampling_percentage: share}))),
  ...modes.map((mode) => sampled(`${mode}, open on faults`, {mode, sampling_percentage: 30, fail_closed: false})),
  sampled('a seed', {sampling_percentage: 25, hash_seed: 22}),
  sampled('another seed', {sampling_percentage: 25, hash_seed: 4_294_967_295}),
  sampled('without a mode', {sampling_percentage: 40}),
  sampled('a precision of thresholds', {mode: 'proportional', sampling_percentage: 33.3, sampling_precision: 2}),
  sampled('records by trace id', {sampling_percentage: 50}, [records]),
  sampled('records by an attribute', {sampling_percentage: 50, attribute_source: 'record', from_attribute: 'id'}, [
    records,
  ]),
  sampled('records with a priority', {sampling_percentage: 15, sampling_priority: 'priority'}, [records]),
  ...modes.map((mode) => sampled(`records, ${mode}`, {mode, sampling_percentage: 30}, [records])),
  sampled('records without ids, open', {sampling_percentage: 50, fail_closed: false, mode: 'proportional'}, [records]),
  sampled('a share below 0', {sampling_percentage: -1}),
  sampled('an unknown mode', {mode: 'random', sampling_percentage: 10}),
];

/** Traces that policies tell apart: of several spans, by duration, status, attributes, tracestate and flags. */
const trees: Sent = (() => {
  const random = createRandom(53);
  const resourceSpans = random.list(60, (index) => {
    const traceId = Buffer.from(random.hex(16), 'hex');
    const size = 1 + random.below(6);
    const spans = random.list(
      size,
      (at): Request => ({
        traceId,
        spanId: Buffer.from(`${(at + 1).toString(16).padStart(16, '0')}`, 'hex'),
        ...(at === 0 ? {} : {parentSpanId: Buffer.from('0000000000000001', 'hex')}),
        name: random.pick(['GET /', 'pay', 'query']),
        kind: 1 + random.below(5),
        startTimeUnixNano: nanos(10 * at),
        endTimeUnixNano: nanos(10 * at + random.pick([1, 50, 600, 5001])),
        status: random.pick([{}, {}, {code: 1}, {code: 2}]),
        traceState: random.pick(['', 'tier=gold', 'tier=silver']),
        flags: random.pick([0, 1]),
        attributes: attributes({
          ...(random.chance(0.5) ? {retries: int(random.below(10))} : {}),
          ...(random.chance(0.4) ? {'http.target': text(random.pick(['/health', '/orders/17', '/pay']))} : {}),
          ...(random.chance(0.3) ? {vip: bool(random.chance(0.5))} : {}),
          ...(random.chance(0.2) ? {load: double(random() * 10)} : {}),
        }),
        events: random.chance(0.2) ? [{timeUnixNano: nanos(1), name: 'exception'}] : [],
      }),
    );
    const service = text(random.pick(['cart', 'checkout']));
    return {
      resource: {attributes: attributes({'service.name': service, index: int(index)})},
      scopeSpans: [{scope: {name: 'lib'}, spans}],
    };
  });
  return {signal: 'traces', request: {resourceSpans}};
})();

const tail = (what: string, ...policies: readonly Settings[]): Case =>
  processor(
    'tail_sampling',
    what,
    {
      decision_wait: '1s',
      num_traces: 1000,
      policies: policies.map((policy, index) => ({name: `p${index}`, ...policy})),
    },
    [trees],
    // What kept spans say of the decision is Weft's own.
    {settle: 5000, ignored: ['traceState', 'tailsampling.policy', 'tailsampling.composite_policy']},
  );

const slow = {type: 'latency', latency: {threshold_ms: 500}};
const failed = {type: 'status_code', status_code: {status_codes: ['ERROR']}};
const health = {type: 'string_attribute', string_attribute: {key: 'http.target', values: ['/health']}};
const named = (name: string, policy: Settings): Settings => ({name, ...policy});

const policies: readonly Case[] = [
  tail('always_sample', {type: 'always_sample'}),
  tail('latency', slow),
  tail('latency up to a bound', {type: 'latency', latency: {threshold_ms: 40, upper_threshold_ms: 700}}),
  tail('numeric_attribute', {
    type: 'numeric_attribute',
    numeric_attribute: {key: 'retries', min_value: 3, max_value: 5},
  }),
  tail('numeric_attribute with a minimum', {
    type: 'numeric_attribute',
    numeric_attribute: {key: 'retries', min_value: 8},
  }),
  tail('numeric_attribute of the resource', {
    type: 'numeric_attribute',
    numeric_attribute: {key: 'index', min_value: 10, max_value: 20},
  }),
  tail('numeric_attribute of doubles', {
    type: 'numeric_attribute',
    numeric_attribute: {key: 'load', min_value: 1, max_value: 5},
  }),
  ...[0, 25, 50, 100].map((share) =>
    tail(`probabilistic ${share} %`, {type: 'probabilistic', probabilistic: {sampling_percentage: share}}),
  ),
  tail('probabilistic with a salt', {
    type: 'probabilistic',
    probabilistic: {sampling_percentage: 50, hash_salt: 'another salt'},
  }),
  tail('status_code ERROR', failed),
  tail('status_code OK and UNSET', {type: 'status_code', status_code: {status_codes: ['OK', 'UNSET']}}),
  tail('string_attribute', health),
  tail('string_attribute by pattern', {
    type: 'string_attribute',
    string_attribute: {key: 'http.target', values: ['^/o', 'pay$'], enabled_regex_matching: true, cache_max_size: 10},
  }),
  tail('string_attribute of the resource', {
    type: 'string_attribute',
    string_attribute: {key: 'service.name', values: ['cart']},
  }),
  tail('trace_state', {type: 'trace_state', trace_state: {key: 'tier', values: ['gold', 'bronze']}}),
  tail('trace_flags', {type: 'trace_flags'}),
  tail('span_count', {type: 'span_count', span_count: {min_spans: 2, max_spans: 4}}),
  tail('span_count with a minimum', {type: 'span_count', span_count: {min_spans: 5}}),
  tail('boolean_attribute', {type: 'boolean_attribute', boolean_attribute: {key: 'vip', value: true}}),
  tail('ottl_condition on spans', {
    type: 'ottl_condition',
    ottl_condition: {error_mode: 'ignore', span: ['attributes["retries"] > 7', 'name == "query" and kind == 3']},
  }),
  tail('ottl_condition on events', {
    type: 'ottl_condition',
    ottl_condition: {error_mode: 'ignore', spanevent: ['name == "exception"']},
  }),
  tail('and', {type: 'and', and: {and_sub_policy: [named('a', slow), named('b', failed)]}}),
  tail('not', {type: 'not', not: {not_sub_policy: named('a', failed)}}),
  tail('drop', {type: 'drop', drop: {drop_sub_policy: [named('a', health)]}}, {type: 'always_sample'}),
  tail('several policies', slow, failed, {type: 'boolean_attribute', boolean_attribute: {key: 'vip', value: true}}),
  tail('composite beyond any rate', {
    type: 'composite',
    composite: {
      max_total_spans_per_second: 1_000_000,
      policy_order: ['slow', 'failed'],
      composite_sub_policy: [named('slow', slow), named('failed', failed)],
      rate_allocation: [
        {policy: 'slow', percent: 50},
        {policy: 'failed', percent: 25},
      ],
    },
  }),
  tail('rate_limiting beyond any rate', {type: 'rate_limiting', rate_limiting: {spans_per_second: 1_000_000}}),
  tail('bytes_limiting beyond any rate', {type: 'bytes_limiting', bytes_limiting: {bytes_per_second: 100_000_000}}),
  tail('an unknown policy', {type: 'sometimes'}),
];

export const samplingCases: readonly Case[] = [...probabilistic, ...policies];
