import {
  type Attributes,
  type Exception,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import {suppressTracing} from '@opentelemetry/core';
import {resourceFromAttributes} from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SamplingDecision,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import {describe, expect, test} from 'vitest';
import {createIdGenerator} from './id-generator.ts';
import {emptyContext, withSpan} from './program-context.ts';
import {defaultLimits} from './span-attributes.ts';
import {createSpanClock, hrTimeOf} from './span-clock.ts';
import {createTracerProvider} from './tracer-provider.ts';

const resource = resourceFromAttributes({'service.name': 'test'});
const remote = {traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true};
const link = (number: number, attributes?: Attributes) => ({
  context: {...remote, spanId: String(number).padStart(16, '1')},
  ...(attributes === undefined ? {} : {attributes}),
});
const extra: Sampler = {
  shouldSample: () => ({
    decision: SamplingDecision.RECORD_AND_SAMPLED,
    attributes: {'sampler.says': 'kept', given: 'replaced'},
  }),
  toString: () => 'extra',
};
const many = Object.fromEntries(Array.from({length: 200}, (_, index) => [`key.${index}`, index]));

function both(sampler: Sampler, limits = defaultLimits): {readonly tracer: Tracer; readonly ended: ReadableSpan[]}[] {
  const recorder = (): {readonly processor: SpanProcessor; readonly ended: ReadableSpan[]} => {
    const ended: ReadableSpan[] = [];
    const nothing = async () => {};
    return {
      ended,
      processor: {
        onStart: (span) => void span.setAttribute('seen.at.start', span.name),
        onEnding: (span) => void span.setAttribute('seen.at.end', true),
        onEnd: (span) => void ended.push(span),
        forceFlush: nothing,
        shutdown: nothing,
      },
    };
  };
  const [ours, theirs] = [recorder(), recorder()];
  const ids = createIdGenerator();
  const provider = createTracerProvider({resource, sampler, ids, limits, stages: [ours.processor]});
  const sdk = new TracerProvider({
    resource,
    sampler,
    spanProcessors: [theirs.processor],
    spanLimits: {
      ...limits.span,
      eventCountLimit: limits.events,
      linkCountLimit: limits.links,
      attributePerEventCountLimit: limits.event.attributeCountLimit,
      attributePerLinkCountLimit: limits.link.attributeCountLimit,
    },
  });
  return [
    {tracer: provider.getTracer('test', '1.2.3'), ended: ours.ended},
    {tracer: sdk.getTracer('test', '1.2.3'), ended: theirs.ended},
  ];
}

/** Everything a processor or exporter can see of a span, but for random ids and times of the clock. */
function seen(span: ReadableSpan, given: readonly string[]) {
  const {traceFlags, traceState} = span.spanContext();
  return {
    name: span.name,
    kind: span.kind,
    parent: span.parentSpanContext,
    traceFlags,
    traceState,
    attributes: span.attributes,
    events: span.events.map(({time, ...event}) => (given.includes('events') ? {...event, time} : event)),
    links: span.links,
    status: span.status,
    ended: span.ended,
    dropped: [span.droppedAttributesCount, span.droppedEventsCount, span.droppedLinksCount],
    scope: span.instrumentationScope.name + span.instrumentationScope.version,
    resource: span.resource,
    start: given.includes('start') ? span.startTime : undefined,
    end: given.includes('end') ? span.endTime : undefined,
    duration: given.includes('duration') ? span.duration : undefined,
  };
}

describe('a span is what the SDK’s would be', () => {
  const same = (
    title: string,
    act: (tracer: Tracer) => void,
    given: readonly string[] = [],
    sampler: Sampler = new ParentBasedSampler({root: new AlwaysOnSampler()}),
    limits = defaultLimits,
  ) =>
    test(title, () => {
      const [ours, theirs] = both(sampler, limits).map(({tracer, ended}) => {
        act(tracer);
        return ended.map((span) => seen(span, given));
      });
      expect(ours).toEqual(theirs);
    });
  const span = (title: string, act: (span: Span) => void, given: readonly string[] = []) =>
    same(title, (tracer) => act(tracer.startSpan('work')), given);
  const odd = {text: 'a', none: undefined, empty: null, list: [1, 2], mixed: ['a', 1], deep: {a: {b: 1}}, '': 'no key'};

  span('plain', (it) => it.end());
  span('attributes', (it) => it.setAttribute('a', 1).setAttributes({b: 'two', c: true, a: Number.NaN}).end());
  span('odd attributes', (it) => it.setAttributes(odd as unknown as Attributes).end());
  span('invalid attributes', (it) =>
    it.setAttributes({when: new Date(0), call: () => 1, big: 1n} as unknown as Attributes).end(),
  );
  span('200 attributes', (it) => it.setAttributes(many).setAttribute('key.3', 'again').setAttribute('more', 1).end());
  span('the same attribute 200 times', (it) => {
    for (let index = 0; index < 200; index++) it.setAttribute('same', index);
    it.setAttribute('other', 1).end();
  });
  span('events', (it) =>
    it
      .addEvent('a')
      .addEvent('b', {c: 1})
      .addEvent('d', {deep: {e: 1}} as never)
      .end(),
  );
  span(
    'times of events',
    (it) =>
      it.addEvent('a', [5, 6]).addEvent('b', {c: 1}, new Date(7_000)).addEvent('c', 1_700_000_000_123, [8, 9]).end(),
    ['events'],
  );
  span('130 events', (it) => {
    for (let index = 0; index < 130; index++) it.addEvent(`event ${index}`);
    it.end();
  });
  span('130 links', (it) => {
    for (let index = 0; index < 130; index++) it.addLink(link(index));
    it.addLinks([link(900, {why: 'last'})]).end();
  });
  span('status', (it) => it.setStatus({code: SpanStatusCode.ERROR, message: 'bad'}).end());
  span('unset is no status', (it) =>
    it.setStatus({code: SpanStatusCode.ERROR}).setStatus({code: SpanStatusCode.UNSET}).end(),
  );
  span('ok is final, without a message', (it) =>
    it.setStatus({code: SpanStatusCode.OK, message: 'no'}).setStatus({code: SpanStatusCode.ERROR}).end(),
  );
  span('a message that is none', (it) => it.setStatus({code: SpanStatusCode.ERROR, message: 7 as never}).end());
  span('a name', (it) => it.updateName('other').end());
  const failing = (exception: Exception) => (it: Span) => {
    it.recordException(exception);
    it.end();
  };
  const failure = Object.assign(new TypeError('broken'), {stack: 'stack'});
  span('an exception', failing(failure));
  span('an exception with a code', failing({code: 42, message: 'm'}));
  span('an exception as text', failing('text'));
  span('an exception of nothing', failing({} as Error));
  span('nothing after the end', (it) => {
    it.end();
    it.setAttribute('late', 1)
      .addEvent('late')
      .addLink(link(1))
      .setStatus({code: SpanStatusCode.ERROR})
      .updateName('late');
    it.recordException('late');
    it.end();
  });
  same('kind, attributes and links from the start', (tracer) =>
    tracer
      .startSpan('a', {kind: SpanKind.CLIENT, attributes: odd as never, links: [link(1), link(2, odd as never)]})
      .end(),
  );
  same('200 attributes and 130 links from the start', (tracer) =>
    tracer.startSpan('a', {attributes: many, links: Array.from({length: 130}, (_, index) => link(index))}).end(),
  );
  same('attributes of the sampler', (tracer) => tracer.startSpan('a', {attributes: {given: 1}}).end(), [], extra);
  const few = {attributeCountLimit: 2, attributeValueLengthLimit: 3};
  for (const most of [2, 0]) {
    same(
      `with limits of its own, at most ${most} events and links`,
      (tracer) => {
        const attributes = {long: 'longer', list: ['longer', 'a'], c: 1, d: true};
        const it = tracer.startSpan('a', {attributes, links: [1, 2, 3].map((number) => link(number, attributes))});
        it.setAttribute('late', 'later').addEvent('a', attributes).addEvent('b').addEvent('c', attributes);
        it.addLink(link(4)).end();
      },
      [],
      extra,
      {span: few, event: few, link: few, events: most, links: most},
    );
  }
  same('given times', (tracer) => tracer.startSpan('a', {startTime: [10, 5]}).end([12, 1]), [
    'start',
    'end',
    'duration',
  ]);
  same('dates', (tracer) => tracer.startSpan('a', {startTime: new Date(1_000)}).end(new Date(3_500)), [
    'start',
    'end',
    'duration',
  ]);
  same('times that contradict', (tracer) => tracer.startSpan('a', {startTime: [10, 5]}).end([9, 1]), [
    'start',
    'end',
    'duration',
  ]);
  same('a remote parent', (tracer) => tracer.startSpan('a', {}, trace.setSpanContext(ROOT_CONTEXT, remote)).end());
  same('a parent that was not sampled', (tracer) =>
    tracer.startSpan('a', {}, trace.setSpanContext(ROOT_CONTEXT, {...remote, traceFlags: 0})).end(),
  );
  same('an invalid parent', (tracer) =>
    tracer.startSpan('a', {}, trace.setSpanContext(ROOT_CONTEXT, {...remote, spanId: 'x'})).end(),
  );
  same('a root in spite of a parent', (tracer) =>
    tracer.startSpan('a', {root: true}, trace.setSpanContext(ROOT_CONTEXT, remote)).end(),
  );
  same('suppressed', (tracer) => tracer.startSpan('a', {}, suppressTracing(ROOT_CONTEXT)).end());
  same('startActiveSpan in all its forms', (tracer) => {
    tracer.startActiveSpan('a', (it) => it.end());
    tracer.startActiveSpan('b', {attributes: {b: 1}}, (it) => it.end());
    tracer.startActiveSpan('c', {kind: SpanKind.SERVER}, trace.setSpanContext(ROOT_CONTEXT, remote), (it) => it.end());
    tracer.startActiveSpan('d', undefined as never, undefined as never, (it: Span) => it.end());
  });
});

test('an exception whose code is a number is named by its class, where the SDK says 23', () => {
  const [ours, theirs] = both(new AlwaysOnSampler());
  for (const {tracer} of [ours!, theirs!]) {
    const it = tracer.startSpan('work');
    it.recordException(AbortSignal.abort(new DOMException('late', 'TimeoutError')).reason as DOMException);
    it.end();
  }
  const types = [ours!, theirs!].map(({ended}) => ended[0]!.events[0]!.attributes?.['exception.type']);
  expect(types).toEqual(['TimeoutError', '23']);
});

describe('times', () => {
  test('a span lasts as long as it took, between its start and its end', () => {
    const [{tracer, ended}] = both(new AlwaysOnSampler()) as [{tracer: Tracer; ended: ReadableSpan[]}];
    const before = Date.now() - 2;
    const span = tracer.startSpan('a') as unknown as ReadableSpan & Span;
    expect([span.endTime, span.duration, span.ended]).toEqual([[0, 0], [-1, -1], false]);
    span.end();
    const nanos = ([seconds, rest]: readonly [number, number]) => BigInt(seconds) * 1_000_000_000n + BigInt(rest);
    expect(nanos(ended[0]!.endTime) - nanos(ended[0]!.startTime)).toBe(nanos(ended[0]!.duration));
    expect(nanos(span.startTime)).toBeGreaterThan(BigInt(before) * 1_000_000n);
    expect(nanos(span.endTime)).toBeLessThan(BigInt(Date.now() + 2) * 1_000_000n);
  });

  test('to the nanosecond, across a full second', () => {
    expect(hrTimeOf(1_700_000_000_999, 0.000001)).toEqual([1_700_000_000, 999_000_001]);
    expect(hrTimeOf(1_700_000_000_999, 1.5)).toEqual([1_700_000_001, 500_000]);
    expect(hrTimeOf(1_700_000_000_000, 86_400_000.25)).toEqual([1_700_086_400, 250_000]);
  });

  test('the clock keeps its offset until the wall clock is set', () => {
    let [monotonic, wall] = [100, 5_100];
    const clock = createSpanClock(
      () => monotonic,
      () => wall,
      5_000.4,
    );
    const later = (millis: number) => {
      monotonic += millis;
      wall += millis;
      return clock.offsetAt(monotonic);
    };
    expect([later(0), later(1_500), later(60_000)]).toEqual([5_000.4, 5_000.4, 5_000.4]);
    wall += 3_600_000;
    expect(later(10)).toBe(5_000.4); // Not looked at before a second has passed.
    expect(later(1_500)).toBe(3_605_000.5);
  });
});

describe('contexts', () => {
  const [one, two] = [Symbol('one'), Symbol('two')];
  const it = trace.wrapSpanContext(remote);

  test('hold values and the span, and never change', () => {
    const context = emptyContext.setValue(one, 1).setValue(two, 2);
    const spanned = trace.setSpan(context, it);
    expect([trace.getSpan(spanned), spanned.getValue(one), spanned.getValue(two)]).toEqual([it, 1, 2]);
    expect(trace.getSpan(context)).toBeUndefined();
    expect(trace.getSpan(trace.deleteSpan(spanned))).toBeUndefined();
    expect(trace.deleteSpan(spanned).getValue(one)).toBe(1);
    expect(spanned.deleteValue(one).getValue(one)).toBeUndefined();
    expect([spanned.getValue(one), emptyContext.getValue(one)]).toEqual([1, undefined]);
  });

  test('take a span into the API’s own contexts too', () => {
    const theirs = ROOT_CONTEXT.setValue(one, 1);
    expect([trace.getSpan(withSpan(theirs, it)), withSpan(theirs, it).getValue(one)]).toEqual([it, 1]);
    expect(trace.getSpan(withSpan(ROOT_CONTEXT, it))).toBe(it);
    expect(trace.getSpan(ROOT_CONTEXT)).toBeUndefined();
  });
});
