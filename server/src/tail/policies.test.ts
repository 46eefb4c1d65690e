/** The Collector's own cases for each policy, and Weft's beside them. */
import {describe, expect, test} from 'vitest';
import {compilePattern, type Pattern} from '../regexp/index.ts';
import {
  alwaysSample,
  and,
  booleanAttribute,
  bytesLimiting,
  composite,
  drop,
  latency,
  not,
  numericAttribute,
  type Policy,
  rateLimiting,
  spanConditions,
  spanCount,
  statusCode,
  stringAttribute,
  traceFlags,
  traceState,
} from './index.ts';
import {roundOf, type TestSpan} from './testing.ts';
import {decision} from './verdict.ts';

const span = (more: Partial<TestSpan> = {}): TestSpan => ({trace: 1, span: 1, ...more});

/** What a policy says of one trace of these spans. */
function verdict(policy: Policy, spans: readonly TestSpan[], now = 0): string {
  const round = roundOf(spans, now);
  policy.prepare?.(round);
  const of = policy.evaluate(round, 0, false).decision;
  policy.settle?.();
  return Object.entries(decision).find(([, value]) => value === of)?.[0] ?? 'unknown';
}

const wish = (values: readonly string[], inverted = false, patterns?: readonly string[]) => ({
  key: 'example',
  values,
  ...(patterns !== undefined && {patterns: patterns.map((each) => compilePattern(each) as Pattern)}),
  cacheSize: 128,
  inverted,
});
const onResource = (value: string | number | boolean, key = 'example'): TestSpan => span({resource: {[key]: value}});
const onSpan = (value: string | number | boolean, key = 'example'): TestSpan => span({attributes: {[key]: value}});
const health = 'grpc.health.v1.HealthCheck';

describe('string_attribute', () => {
  const cases: readonly (readonly [what: string, spans: TestSpan, policy: Policy, expected: string])[] = [
    [
      'another key of the resource',
      onResource('value', 'non_matching'),
      stringAttribute(wish(['value'])),
      'notSampled',
    ],
    ['another value of the resource', onResource('non_matching'), stringAttribute(wish(['value'])), 'notSampled'],
    ['a value of the resource', onResource('value'), stringAttribute(wish(['value'])), 'sampled'],
    ['another key of the span', onSpan('value', 'nonmatching'), stringAttribute(wish(['value'])), 'notSampled'],
    ['another value of the span', onSpan('nonmatching'), stringAttribute(wish(['value'])), 'notSampled'],
    ['a value of the span', onSpan('value'), stringAttribute(wish(['value'])), 'sampled'],
    ['a pattern', onSpan(health), stringAttribute(wish([], false, ['v[0-9]+.HealthCheck$'])), 'sampled'],
    ['another pattern', onSpan(health), stringAttribute(wish([], false, ['v[a-z]+.HealthCheck$'])), 'notSampled'],
    ['a plain pattern', onResource('value'), stringAttribute(wish([], false, ['value'])), 'sampled'],
    ['no pattern', onSpan(health), stringAttribute(wish([], false, [])), 'notSampled'],
    ['a number', onSpan(7), stringAttribute(wish(['7'])), 'notSampled'],
    ['an empty text of a span and a pattern', onSpan(''), stringAttribute(wish([], false, ['.*'])), 'notSampled'],
    ['inverted, another key', onResource('value', 'other'), stringAttribute(wish(['value'], true)), 'invertSampled'],
    ['inverted, another value', onResource('other'), stringAttribute(wish(['a', 'value'], true)), 'invertSampled'],
    ['inverted, the value', onResource('value'), stringAttribute(wish(['a', 'value'], true)), 'invertNotSampled'],
    ['inverted, the value of a span', onSpan('value'), stringAttribute(wish(['value'], true)), 'invertNotSampled'],
    [
      'inverted, one of the patterns',
      onSpan(health),
      stringAttribute(wish([], true, ['^http', 'v[0-9]+.HealthCheck$', 'metrics$'])),
      'invertNotSampled',
    ],
    [
      'inverted, none of the patterns',
      onSpan(health),
      stringAttribute(wish([], true, ['^http', 'v[a-z]+.HealthCheck$', 'metrics$'])),
      'invertSampled',
    ],
    ['inverted, no pattern', onSpan(health), stringAttribute(wish([], true, [])), 'invertSampled'],
  ];
  test.each(cases)('string_attribute: %s', (_, spans, policy, expected) => {
    expect(verdict(policy, [spans])).toBe(expected);
  });

  test('string_attribute: more texts than are remembered are judged all the same', () => {
    const policy = stringAttribute({...wish([], false, ['7$']), cacheSize: 2});
    const of = Array.from({length: 20}, (_, i) => verdict(policy, [onSpan(`text ${i}`)]));
    expect(of.flatMap((each, i) => (each === 'sampled' ? [i] : []))).toEqual([7, 17]);
  });
});

describe('numeric_attribute', () => {
  const int32 = {key: 'example', min: -(2 ** 31), max: 2 ** 31 - 1, inverted: false};
  const cases: readonly (readonly [what: string, spans: TestSpan, expected: string, inverted: string])[] = [
    ['another key', onSpan(-(2 ** 31), 'non_matching'), 'notSampled', 'invertSampled'],
    ['the lower limit', onSpan(-(2 ** 31)), 'sampled', 'invertNotSampled'],
    ['the upper limit', onSpan(2 ** 31 - 1), 'sampled', 'invertNotSampled'],
    ['below', onSpan(-(2 ** 31) - 1), 'notSampled', 'invertSampled'],
    ['above', onSpan(2 ** 31), 'notSampled', 'invertSampled'],
    ['of the resource', onResource(8), 'sampled', 'invertNotSampled'],
    ['a fraction', onSpan(0.5), 'sampled', 'invertNotSampled'],
    ['a text', onSpan('8'), 'notSampled', 'invertSampled'],
  ];
  test.each(cases)('numeric_attribute: %s', (_, spans, expected, inverted) => {
    expect(verdict(numericAttribute(int32), [spans])).toBe(expected);
    expect(verdict(numericAttribute({...int32, inverted: true}), [spans])).toBe(inverted);
  });
  test('numeric_attribute: one bound alone', () => {
    const atLeast = numericAttribute({...int32, min: 400, max: Number.POSITIVE_INFINITY});
    expect(verdict(atLeast, [onSpan(2 ** 40)])).toBe('sampled');
    expect(verdict(atLeast, [onSpan(399)])).toBe('notSampled');
  });
});

test('boolean_attribute: the value itself, on a span or a resource', () => {
  const policy = booleanAttribute({key: 'example', value: true, inverted: false});
  expect(verdict(policy, [onSpan(true)])).toBe('sampled');
  expect(verdict(policy, [onResource(true)])).toBe('sampled');
  expect(verdict(policy, [onSpan(false)])).toBe('notSampled');
  expect(verdict(policy, [onSpan(true, 'non_matching')])).toBe('notSampled');
  const inverted = booleanAttribute({key: 'example', value: true, inverted: true});
  expect(verdict(inverted, [onSpan(true)])).toBe('invertNotSampled');
  expect(verdict(inverted, [onSpan(false)])).toBe('invertSampled');
});

describe('latency', () => {
  const lasting = (ms: number, start = 1000): TestSpan => span({start, end: start + ms});
  test('latency: from the first start to the last end, longer than the threshold', () => {
    const policy = latency(5000, 0);
    expect(verdict(policy, [lasting(4500)])).toBe('notSampled');
    expect(verdict(policy, [lasting(5000)])).toBe('notSampled');
    expect(verdict(policy, [lasting(5001)])).toBe('sampled');
    expect(verdict(policy, [lasting(3000), {...lasting(3000, 3500), span: 2}])).toBe('sampled');
    expect(verdict(policy, [{...lasting(3000, 3500), span: 2}, lasting(3000)])).toBe('sampled');
  });
  test('latency: no longer than the upper bound', () => {
    const policy = latency(5000, 10_000);
    for (const [ms, expected] of [
      [4500, 'notSampled'],
      [5000, 'notSampled'],
      [5001, 'sampled'],
      [10_000, 'sampled'],
      [10_001, 'notSampled'],
    ] as const) {
      expect(verdict(policy, [lasting(ms)])).toBe(expected);
    }
    // Whatever the order: the trace as a whole is too long.
    expect(verdict(policy, [lasting(6000), {...lasting(6000, 6000), span: 2}])).toBe('notSampled');
  });
  test('latency: a trace that passes a multiple of 2^32 nanoseconds', () => {
    expect(verdict(latency(100, 0), [lasting(200, 4294.9)])).toBe('sampled');
    expect(verdict(latency(300, 0), [lasting(200, 4294.9)])).toBe('notSampled');
  });
});

test('status_code: one span has one of the codes', () => {
  expect(verdict(statusCode([2, 0]), [span({status: 1})])).toBe('notSampled');
  expect(verdict(statusCode([2]), [span({status: 1}), span({span: 2, status: 2})])).toBe('sampled');
  expect(verdict(statusCode([0]), [span()])).toBe('sampled');
});

test('span_count: within both bounds', () => {
  const of = (count: number): TestSpan[] => Array.from({length: count}, (_, i) => span({span: i + 1}));
  const policy = spanCount(3, 20);
  expect([1, 3, 20, 21].map((count) => verdict(policy, of(count)))).toEqual([
    'notSampled',
    'sampled',
    'sampled',
    'notSampled',
  ]);
  expect(verdict(spanCount(3, 0), of(21))).toBe('sampled');
});

test('trace_flags: a span is sampled by its flag', () => {
  expect(verdict(traceFlags(), [span(), span({span: 2, flags: 0x101})])).toBe('sampled');
  expect(verdict(traceFlags(), [span({flags: 0x100}), span({span: 2, flags: 2})])).toBe('notSampled');
});

test.each([
  ['another key', 'non_matching=value', ['value'], 'notSampled'],
  ['another value', 'example=non_matching', ['value'], 'notSampled'],
  ['the value', 'example=value', ['value'], 'sampled'],
  ['no values', 'example=value', [], 'notSampled'],
  ['the value under another key', 'example=non_matching,non_matching=value', ['value'], 'notSampled'],
  ['one of several members', 'other=x, example=value', ['value'], 'sampled'],
  ['one of several values', 'example=value1', ['value1', 'value2'], 'sampled'],
  ['no tracestate', '', ['value', ''], 'notSampled'],
] as const)('trace_state: %s', (_, state, values, expected) => {
  expect(verdict(traceState('example', values), [span({traceState: state})])).toBe(expected);
});

describe('rate_limiting', () => {
  const of = (count: number): TestSpan[] => Array.from({length: count}, (_, i) => span({span: i + 1}));
  test('rate_limiting: a full bucket lets pass what it holds', () => {
    const policy = rateLimiting('r', 3, 3);
    expect(verdict(policy, of(3))).toBe('sampled');
    expect(verdict(policy, of(1))).toBe('notSampled');
  });
  test('rate_limiting: a trace of more spans than the bucket holds never passes', () => {
    const policy = rateLimiting('r', 3, 2);
    expect(verdict(policy, of(3))).toBe('notSampled');
    expect(verdict(policy, of(3), 60_000)).toBe('notSampled');
    expect(verdict(policy, of(2), 60_000)).toBe('sampled');
  });
  test('rate_limiting: tokens come back with time', () => {
    const policy = rateLimiting('r', 10, 10);
    expect(verdict(policy, of(10))).toBe('sampled');
    expect(verdict(policy, of(5), 400)).toBe('notSampled');
    expect(verdict(policy, of(5), 500)).toBe('sampled');
  });
  test('bytes_limiting: the bytes of the trace are what it takes', () => {
    // A trace has 100 bytes a span here.
    const policy = bytesLimiting('b', 200, 300);
    expect(verdict(policy, of(4))).toBe('notSampled');
    expect(verdict(policy, of(2))).toBe('sampled');
    expect(verdict(policy, of(2))).toBe('notSampled');
    expect(verdict(policy, of(2), 500)).toBe('sampled');
  });
});

describe('composite', () => {
  const tagged = (value: number): TestSpan[] => [span({attributes: {tag: value}})];
  const tag = (min: number, max: number): Policy => numericAttribute({key: 'tag', min, max, inverted: false});
  const parts = (first: Policy, second: Policy, allowance: number, other = allowance) => [
    {name: 'n1', policy: first, spansPerSecond: allowance},
    {name: 'n2', policy: second, spansPerSecond: other},
  ];
  test('composite: no part matches', () => {
    expect(verdict(composite('c', parts(tag(0, 100), tag(200, 300), 100), 1000), [span()])).toBe('notSampled');
  });
  test('composite: the second part matches', () => {
    expect(verdict(composite('c', parts(tag(0, 100), alwaysSample(), 100), 1000), [span()])).toBe('sampled');
  });
  test('composite: a part that has spent its allowance does not leave the trace to the next', () => {
    const policy = composite('c', parts(tag(0, 100), alwaysSample(), 1), 3);
    expect([10, 11, 1001].map((value) => verdict(policy, tagged(value)))).toEqual(['sampled', 'notSampled', 'sampled']);
  });
  test('composite: an inverted match counts as one', () => {
    const foo = (inverted: boolean): Policy => stringAttribute({...wish(['foo'], inverted), key: 'tag'});
    const policy = composite('c', parts(foo(false), foo(true), 20), 10);
    expect(verdict(policy, [span()])).toBe('sampled');
  });
  test('composite: allowances come back with the next second', () => {
    const policy = composite('c', [{name: 'all', policy: alwaysSample(), spansPerSecond: 10}], 10);
    const second = (now: number): string[] => Array.from({length: 20}, () => verdict(policy, [span()], now));
    const expected = [...new Array(10).fill('sampled'), ...new Array(10).fill('notSampled')];
    expect(second(0)).toEqual(expected);
    expect(second(1000)).toEqual(expected);
  });
  test('composite: all parts together keep to the total', () => {
    const policy = composite('c', parts(tag(0, 100), alwaysSample(), 8), 10);
    const of = [1, 1001].flatMap((value) => Array.from({length: 8}, () => verdict(policy, tagged(value))));
    expect(of.filter((each) => each === 'sampled')).toHaveLength(10);
  });
});

describe('policies of policies', () => {
  const [yes, no] = [alwaysSample(), spanCount(2, 0)];
  const inverted = (value: string): Policy => stringAttribute(wish([value], true));
  test('and: all match, inverted ones by not matching', () => {
    expect(verdict(and([yes, yes]), [span()])).toBe('sampled');
    expect(verdict(and([yes, no]), [span()])).toBe('notSampled');
    expect(verdict(and([yes, inverted('value')]), [onSpan('other')])).toBe('sampled');
    expect(verdict(and([yes, inverted('value')]), [onSpan('value')])).toBe('notSampled');
  });
  test('and: a limiter behind a policy that does not match spends nothing', () => {
    const policy = and([numericAttribute({key: 'example', min: 1, max: 1, inverted: false}), rateLimiting('r', 1, 1)]);
    expect([2, 2, 1, 1].map((value) => verdict(policy, [onSpan(value)]))).toEqual([
      'notSampled',
      'notSampled',
      'sampled',
      'notSampled',
    ]);
  });
  test('not: the opposite', () => {
    expect(verdict(not(yes), [span()])).toBe('notSampled');
    expect(verdict(not(no), [span()])).toBe('sampled');
  });
  test('drop: dropped where all match', () => {
    expect(verdict(drop([yes, yes]), [span()])).toBe('dropped');
    expect(verdict(drop([yes, no]), [span()])).toBe('notSampled');
    expect(verdict(drop([inverted('value')]), [onSpan('value')])).toBe('notSampled');
  });
});

test('ottl_condition: a span, or an event with the span that it is of', () => {
  const seen: (readonly number[])[] = [];
  const policy = spanConditions({
    spans: [(_, row) => row === 5],
    events: [
      (batch, event, parent) => {
        seen.push([event, parent as number]);
        return batch.events.columns.name.size(event) === 4;
      },
    ],
  });
  const events = [{name: 'retry'}, {name: 'fail'}];
  expect(verdict(policy, [span(), span({span: 2, events})])).toBe('sampled');
  expect(seen).toEqual([
    [0, 1],
    [1, 1],
  ]);
  expect(verdict(policy, [span({events: [{name: 'retry'}]})])).toBe('notSampled');
});
