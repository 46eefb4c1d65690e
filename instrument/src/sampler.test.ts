import {createTraceState, propagation, ROOT_CONTEXT, SamplingDecision, SpanKind, trace} from '@opentelemetry/api';
import {AlwaysOnSampler, ParentBasedSampler, type Sampler} from '@opentelemetry/sdk-trace';
import {describe, expect, test} from 'vitest';
import {consistent, type SamplingRule} from './sampler.ts';
import {overridable, samplerFromEnv} from './sampler-build.ts';
import {rateLimit} from './sampler-rate.ts';
import {alwaysOff, alwaysOn, parentBased, ratio, rules} from './sampler-rules.ts';
import {probabilityOf, thresholdOf} from './sampling-threshold.ts';

/** A seeded generator (mulberry32): a failure can be repeated. */
function randomly(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const random = randomly(20261121);
const hex = (digits: number): string =>
  Array.from({length: digits}, () => Math.floor(random() * 16).toString(16)).join('');

type Asked = {
  traceId?: string;
  name?: string;
  kind?: SpanKind;
  attributes?: Record<string, string>;
  context?: typeof ROOT_CONTEXT;
};
const ask = (
  sampler: Sampler,
  {traceId = hex(32), name = 'op', kind = SpanKind.SERVER, attributes = {}, context = ROOT_CONTEXT}: Asked = {},
) => {
  const result = sampler.shouldSample(context, traceId, name, kind, attributes, []);
  return {kept: result.decision === SamplingDecision.RECORD_AND_SAMPLED, ot: result.traceState?.get('ot'), ...result};
};
const kept = (rule: SamplingRule, asked?: Asked): boolean => ask(consistent(rule), asked).kept;
const caller = (flags: number, state?: string, traceId = hex(32)) =>
  trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: hex(16),
    traceFlags: flags,
    isRemote: true,
    ...(state === undefined ? {} : {traceState: createTraceState(state)}),
  });

describe('thresholds (OpenTelemetry specification, tracestate probability sampling)', () => {
  test.each([
    [1, '0'],
    [0.5, '8'],
    [0.25, 'c'],
    [0.1, 'e666'],
    [1 / 3, 'aaab'],
    [0.01, 'fd70a'],
    [0.001, 'ffbe77'],
  ])('%d is th:%s', (probability, th) => {
    expect(thresholdOf(probability)).toBe(th);
    expect(probabilityOf(th)).toBeCloseTo(probability, 4);
  });
});

describe('ratio', () => {
  test.each([0.5, 0.1, 0.01])('keeps its share: %d', (probability) => {
    const sampler = consistent(ratio(probability));
    const n = 20_000;
    let hits = 0;
    for (let index = 0; index < n; index++) if (ask(sampler).kept) hits++;
    const sigma = Math.sqrt(n * probability * (1 - probability));
    expect(Math.abs(hits - n * probability)).toBeLessThan(5 * sigma);
  });

  test('writes the probability of what it keeps', () => {
    const traceId = `${'0'.repeat(18)}ffffffffffffff`;
    expect(ask(consistent(ratio(0.1)), {traceId}).ot).toBe('th:e666');
    expect(ask(consistent(alwaysOn), {traceId}).ot).toBe('th:0');
    expect(ask(consistent(ratio(0.1)), {traceId: '0'.repeat(31).padStart(32, '1')}).ot).toBeUndefined();
  });

  test('is consistent: what a smaller share keeps, a larger one keeps too', () => {
    for (let index = 0; index < 2_000; index++) {
      const traceId = hex(32);
      if (kept(ratio(0.05), {traceId})) expect(kept(ratio(0.2), {traceId})).toBe(true);
    }
  });

  test('uses explicit randomness where the caller gives it, and hands it on', () => {
    const context = caller(0, 'ot=rv:ffffffffffffff;x:1', '1'.padEnd(32, '0'));
    const {kept: hit, ot} = ask(consistent(ratio(0.001)), {context, traceId: '1'.padEnd(32, '0')});
    expect([hit, ot]).toEqual([true, 'th:ffbe77;rv:ffffffffffffff;x:1']);
  });

  test.each([-1, 2, Number.NaN])('refuses %d', (probability) => expect(() => ratio(probability)).toThrow(RangeError));
});

describe('parentBased', () => {
  const sampler = consistent(parentBased(ratio(0.1)));
  test('keeps what the caller kept, with the caller’s probability', () => {
    const traceId = `${hex(18)}f0000000000000`;
    expect(ask(sampler, {context: caller(1, 'a=b,ot=th:c', traceId), traceId})).toMatchObject({kept: true, ot: 'th:c'});
  });
  test('keeps what the caller kept without saying why, and claims no probability', () => {
    const traceId = '1'.padEnd(32, '0');
    expect(ask(sampler, {context: caller(1, undefined, traceId), traceId})).toMatchObject({kept: true, ot: undefined});
  });
  test('drops what the caller dropped', () => {
    const traceId = 'f'.repeat(32);
    expect(ask(sampler, {context: caller(0, undefined, traceId), traceId}).kept).toBe(false);
  });
  test('decides itself without a caller', () => {
    expect(ask(sampler, {traceId: 'f'.repeat(32)}).ot).toBe('th:e666');
  });
});

describe('rules', () => {
  const rule = rules(
    [
      {when: {attributes: {priority: 'high'}}, use: alwaysOn},
      {when: {baggage: {tier: /^gold|platinum$/}}, use: alwaysOn},
      {when: {kind: SpanKind.SERVER, route: 'GET /static/*'}, use: alwaysOff},
      {when: {route: '/orders/:id'}, use: alwaysOn},
      {when: {name: /^cron/}, use: alwaysOn},
    ],
    alwaysOff,
  );
  const gold = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage({tier: {value: 'gold'}}));
  test.each<[string, Asked, boolean]>([
    ['an attribute', {attributes: {priority: 'high'}}, true],
    ['another value', {attributes: {priority: 'low'}}, false],
    ['baggage', {context: gold}, true],
    [
      'the first match wins',
      {attributes: {priority: 'high', 'url.path': '/static/a.js', 'http.request.method': 'GET'}},
      true,
    ],
    ['a route', {attributes: {'url.path': '/orders/42', 'http.request.method': 'POST'}}, true],
    ['a longer path is no match', {attributes: {'url.path': '/orders/42/items'}}, false],
    ['a name', {name: 'cron.daily', kind: SpanKind.INTERNAL}, true],
    ['nothing', {}, false],
  ])('%s', (_what, asked, expected) => expect(kept(rule, asked)).toBe(expected));
});

describe('rateLimit', () => {
  const drive = (rule: SamplingRule, clock: {now: number}, perSecond: number, seconds: number): number => {
    let hits = 0;
    let represented = 0;
    for (let index = 0; index < perSecond * seconds; index++) {
      clock.now += 1_000 / perSecond;
      const {kept: hit, ot} = ask(consistent(rule));
      if (!hit) continue;
      hits++;
      represented += 1 / probabilityOf(ot?.slice(3) ?? '0');
    }
    // Counts scaled by the written probability add up to the traffic.
    expect(represented / (perSecond * seconds)).toBeGreaterThan(0.8);
    expect(represented / (perSecond * seconds)).toBeLessThan(1.2);
    return hits;
  };

  test('keeps everything below the limit', () => {
    const clock = {now: 0};
    expect(
      drive(
        rateLimit(100, () => clock.now),
        clock,
        20,
        10,
      ),
    ).toBe(200);
  });

  test('keeps about the limit above it, and counts still scale back', () => {
    const clock = {now: 0};
    const rule = rateLimit(50, () => clock.now);
    drive(rule, clock, 2_000, 3);
    const hits = drive(rule, clock, 2_000, 20);
    expect(hits / 20).toBeGreaterThan(40);
    expect(hits / 20).toBeLessThan(60);
  });

  test('holds a sudden burst to twice the limit', () => {
    const clock = {now: 60_000};
    const rule = rateLimit(10, () => clock.now);
    let hits = 0;
    for (let index = 0; index < 10_000; index++) if (ask(consistent(rule)).kept) hits++;
    expect(hits).toBeLessThanOrEqual(20);
    expect(hits).toBeGreaterThan(0);
  });
});

describe('OTEL_TRACES_SAMPLER', () => {
  test.each([
    ['always_on', undefined, 1],
    ['always_off', undefined, 0],
    ['traceidratio', '0.25', 0.25],
    ['parentbased_traceidratio', '0.25', 0.25],
    ['parentbased_always_off', undefined, 0],
    [undefined, undefined, 1],
  ])('%s %s', (name, argument, share) => {
    const sampler = samplerFromEnv(name, argument, 'svc');
    let hits = 0;
    for (let index = 0; index < 4_000; index++) if (ask(sampler).kept) hits++;
    expect(Math.abs(hits / 4_000 - share)).toBeLessThan(0.04);
  });
  test.each([
    ['traceidratio', 'many'],
    ['traceidratio', '7'],
    ['rate_limiting', '0'],
  ])('%s refuses %s', (name, argument) => expect(() => samplerFromEnv(name, argument, 'svc')).toThrow(RangeError));
});

test.each([
  ['no parent', undefined],
  ['a sampled parent', {traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1}],
  ['a parent that is not', {traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0}],
  ['an invalid parent that is not', {traceId: 'a', spanId: 'b', traceFlags: 0}],
  ['an invalid sampled parent', {traceId: 'a', spanId: 'b', traceFlags: 1}],
])('the sampler without a name decides as the SDK’s for %s', (_what, parent) => {
  const theirs = new ParentBasedSampler({root: new AlwaysOnSampler()});
  const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  const [ours, expected] = [samplerFromEnv(undefined, undefined, 'svc'), theirs].map(
    (sampler) => sampler.shouldSample(context, 'a'.repeat(32), 'name', SpanKind.INTERNAL, {}, []).decision,
  );
  expect(ours).toBe(expected);
});

test('an override takes over for new traces and gives back', () => {
  const sampler = overridable(consistent(alwaysOff));
  expect(ask(sampler).kept).toBe(false);
  sampler.override(1);
  expect(ask(sampler)).toMatchObject({kept: true, ot: 'th:0'});
  expect(ask(sampler, {context: caller(0)}).kept).toBe(false);
  sampler.override(undefined);
  expect(ask(sampler).kept).toBe(false);
});
