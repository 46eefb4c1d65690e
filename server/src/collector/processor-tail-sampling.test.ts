import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {defaultTenant, type TenantId} from '../base/index.ts';
import {object} from '../config/index.ts';
import type {AnyBatch} from '../model/index.ts';
import {allSignals, type Intake, type ReceiverFactory} from '../pipeline/index.ts';
import {namesOf} from '../pipeline/testing.ts';
import {spansOf, type TestSpan} from '../tail/testing.ts';
import {tailSamplingProcessor} from './processor-tail-sampling.ts';
import {registry} from './registry.ts';
import {startTestCollector} from './testing.ts';
import {configFaults} from './testing-processor.ts';

const faults = (yaml: string): string[] =>
  configFaults(tailSamplingProcessor, yaml).map((each) => each.replace(/^[\d:]*:? ?(`\w+`: )?/, ''));

describe('tail_sampling: configuration', () => {
  it('tail_sampling: every type of the Collector is configured as there', () => {
    expect(
      faults(`
decision_wait: 10s
num_traces: 100
expected_new_traces_per_sec: 10
block_on_overflow: true
maximum_trace_size_bytes: 1048576
sample_on_first_match: false
decision_cache: {sampled_cache_size: 100_000, non_sampled_cache_size: 100_000}
policies:
  [
    {name: p1, type: always_sample},
    {name: p2, type: latency, latency: {threshold_ms: 5000, upper_threshold_ms: 10000}},
    {name: p3, type: numeric_attribute, numeric_attribute: {key: key1, min_value: 50, max_value: 100}},
    {name: p4, type: probabilistic, probabilistic: {sampling_percentage: 10}},
    {name: p5, type: status_code, status_code: {status_codes: [ERROR, UNSET]}},
    {name: p6, type: string_attribute, string_attribute: {key: key2, values: [value1, value2]}},
    {name: p7, type: string_attribute, string_attribute: {key: key2, values: [value1, val*], enabled_regex_matching: true, cache_max_size: 10}},
    {name: p8, type: rate_limiting, rate_limiting: {spans_per_second: 35, burst_capacity: 50}},
    {name: p9, type: bytes_limiting, bytes_limiting: {bytes_per_second: 1024000, burst_capacity: 2048000}},
    {name: p10, type: span_count, span_count: {min_spans: 2, max_spans: 20}},
    {name: p11, type: trace_state, trace_state: {key: key3, values: [value1, value2]}},
    {name: p12, type: boolean_attribute, boolean_attribute: {key: key4, value: true}},
    {
      name: p13,
      type: ottl_condition,
      ottl_condition: {
        error_mode: ignore,
        span: ['attributes["test_attr_key_1"] == "test_attr_val_1"', 'attributes["test_attr_key_2"] != "test_attr_val_1"'],
        spanevent: ['name != "test_span_event_name"', 'attributes["test_event_attr_key_2"] != "test_event_attr_val_1"'],
      },
    },
    {name: p14, type: trace_flags},
    {
      name: and-policy-1,
      type: and,
      and: {
        and_sub_policy: [
          {name: s1, type: numeric_attribute, numeric_attribute: {key: key1, min_value: 50, max_value: 100}},
          {name: s2, type: string_attribute, string_attribute: {key: key2, values: [value1, value2]}},
        ],
      },
    },
    {name: not-policy-1, type: not, not: {not_sub_policy: {name: s1, type: latency, latency: {threshold_ms: 100}}}},
    {
      name: drop-policy-1,
      type: drop,
      drop: {drop_sub_policy: [{name: s1, type: string_attribute, string_attribute: {key: url.path, values: ['/health', '/metrics'], enabled_regex_matching: true}}]},
    },
    {
      name: composite-policy-1,
      type: composite,
      composite: {
        max_total_spans_per_second: 1000,
        policy_order: [c1, c2, c3],
        composite_sub_policy: [
          {name: c1, type: numeric_attribute, numeric_attribute: {key: key1, min_value: 50}},
          {name: c2, type: string_attribute, string_attribute: {key: key2, values: [value1, value2]}},
          {name: c3, type: always_sample},
        ],
        rate_allocation: [{policy: c1, percent: 50}, {policy: c2, percent: 25}],
      },
    },
    {name: adaptive, type: adaptive, adaptive: {traces_per_second: 50}},
  ]
`),
    ).toEqual([]);
  });

  it.each([
    [
      '{}',
      ['`policies` is required: What to keep. A trace is kept where one of them says so and no policy `drop` does.'],
    ],
    ['policies: []', ['`policies` must name one at least']],
    ['policies: [{name: a, type: always_sample}, {name: a, type: trace_flags}]', ['two policies have the name `a`']],
    [
      'policies: [{name: a, type: numeric_attribute, numeric_attribute: {key: k}}]',
      ['set `min_value`, `max_value` or both'],
    ],
    [
      'policies: [{name: a, type: numeric_attribute, numeric_attribute: {key: k, min_value: 2, max_value: 1}}]',
      ['`min_value` must not be greater than `max_value`'],
    ],
    [
      'policies: [{name: a, type: status_code, status_code: {status_codes: []}}]',
      ['`status_codes` must name one at least'],
    ],
    [
      'policies: [{name: a, type: ottl_condition, ottl_condition: {}}]',
      ['expected a condition in `span` or `spanevent`'],
    ],
    [
      'policies: [{name: a, type: string_attribute, string_attribute: {key: k, values: ["(a"], enabled_regex_matching: true}}]',
      ['a `(` without its `)`, in "(a"'],
    ],
    [
      'policies: [{name: a, type: and, and: {and_sub_policy: [{name: b, type: drop, drop: {drop_sub_policy: []}}]}}]',
      [expect.stringContaining('unknown key `drop`'), expect.stringContaining('found "drop"')],
    ],
    [
      'policies: [{name: a, type: composite, composite: {max_total_spans_per_second: 9, composite_sub_policy: [{name: b, type: always_sample}], policy_order: [c]}}]',
      ['`c` is none of its policies'],
    ],
    [
      '{policies: [{name: a, type: always_sample}, {name: b, type: rate_limiting, rate_limiting: {spans_per_second: 1}}], sampling_strategy: span-ingest}',
      ['`span-ingest` judges requests by themselves, and the policy `b` needs whole traces or counts them'],
    ],
    [
      '{policies: [{name: a, type: and, and: {and_sub_policy: [{name: b, type: span_count, span_count: {max_spans: 9}}]}}], sampling_strategy: span-ingest}',
      ['`span-ingest` judges requests by themselves, and the policy `a` needs whole traces or counts them'],
    ],
    ['{policies: [{name: a, type: latency, latency: {threshold_ms: 9}}], sampling_strategy: span-ingest}', []],
    ['{policies: [{name: a, type: always_sample}], maximum_bytes: 1000}', ['`maximum_bytes` must be 1MiB at least']],
    [
      '{policies: [{name: a, type: always_sample}], tail_storage: x}',
      [
        'an experiment of the Collector; what waits is on disk anyway (`durable`), and `maximum_bytes` bounds the memory',
      ],
    ],
  ])('tail_sampling: a fault is told: %s', (yaml, expected) => {
    expect(faults(yaml)).toEqual(expected);
  });
});

/** A collector whose receiver is the test. */
async function collecting(yaml: string, directory?: string) {
  const intakes = new Map<string, Intake>();
  const test: ReceiverFactory<object> = {
    help: '',
    signals: allSignals,
    config: object({}),
    create({id}, _, intake) {
      intakes.set(id, intake);
      return {};
    },
  };
  const collector = await startTestCollector({
    yaml,
    registry: {...registry, receivers: {test: async () => test}},
    ...(directory !== undefined && {directory}),
  });
  return {
    collector,
    names: () => collector.traces.flatMap(namesOf).toSorted(),
    send: (receiver: string, ...spans: readonly TestSpan[]): Promise<void> =>
      intakes.get(receiver)!.deliver({
        batch: spansOf(spans) as AnyBatch,
        context: {tenant: defaultTenant as TenantId},
        transport: 'test',
      }),
  };
}

const pipelines = (wait: string, more = ''): string => `
receivers: {test/a: , test/b: }
processors:
  tail_sampling:
    decision_wait: ${wait}
    policies: [{name: 'fails', type: ottl_condition, ottl_condition: {span: ['status.code == STATUS_CODE_ERROR']}}]
    ${more}
exporters: {weft: }
service:
  pipelines:
    traces/a: {receivers: [test/a], processors: [tail_sampling], exporters: [weft]}
    traces/b: {receivers: [test/b], processors: [tail_sampling], exporters: [weft]}
`;

describe('tail_sampling: in a collector', () => {
  it('tail_sampling: with `span-ingest` a request that a policy wants keeps its trace long before it is due', async () => {
    const at = await collecting(pipelines('1h', 'sampling_strategy: span-ingest'));
    await at.send('test/a', {trace: 1, span: 1, name: 'first'}, {trace: 2, span: 2, name: 'fine'});
    await at.send('test/a', {trace: 1, span: 3, name: 'failed', status: 2});
    await expect.poll(() => at.names().toSorted()).toEqual(['failed', 'first']);
    await at.collector.stop();
  });

  it('tail_sampling: a restart takes up what waited, each pipeline its own', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'weft-tail-'));
    const first = await collecting(pipelines('1h'), directory);
    await first.send('test/a', {trace: 1, span: 1, name: 'of a'});
    await first.send('test/b', {trace: 1, span: 2, name: 'of b', status: 2});
    await first.collector.stop();
    expect(first.names()).toEqual([]);
    const second = await collecting(pipelines('10ms'), directory);
    await expect.poll(second.names).toEqual(['of b']);
    // The trace of the other pipeline is another trace.
    await expect
      .poll(() => second.collector.count('otelcol_processor_tail_sampling_global_count_traces_sampled'))
      .toBe(2);
    await second.collector.stop();
    rmSync(directory, {recursive: true});
  });

  it('tail_sampling: where a reload takes it out, what waited is decided at once', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'weft-tail-'));
    const at = await collecting(pipelines('1h'), directory);
    await at.send('test/a', {trace: 1, span: 1, name: 'failed', status: 2}, {trace: 2, span: 2, name: 'fine'});
    await at.collector.change(pipelines('1h').replace('[test/a], processors: [tail_sampling]', '[test/a]'));
    await expect.poll(at.names).toEqual(['failed']);
    await at.send('test/a', {trace: 2, span: 3, name: 'unsampled'});
    expect(at.names()).toEqual(['failed', 'unsampled']);
    await at.collector.stop();
    const kept = readdirSync(directory, {recursive: true}).filter((each) => String(each).endsWith('.records'));
    expect(kept).toEqual([]);
    rmSync(directory, {recursive: true});
  });

  it('tail_sampling: where a reload changes it, what waited goes on waiting in its successor', async () => {
    const at = await collecting(pipelines('1h'));
    await at.send('test/a', {trace: 1, span: 1, name: 'first'});
    await at.collector.change(pipelines('2h', 'pending_on_shutdown: decide'));
    await at.send('test/a', {trace: 1, span: 2, name: 'second', status: 2});
    expect(at.names()).toEqual([]);
    await at.collector.stop();
    expect(at.names()).toEqual(['first', 'second']);
  });
});
