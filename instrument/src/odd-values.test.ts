/**
 * Odd values over the whole API, against a running pipeline and a real receiver: nothing throws, what the program gave to
 * run runs, and everything beside the odd value arrives. `WEFT_SEED=N` repeats a run.
 */
import {
  type Attributes,
  type Context,
  context,
  logs,
  metrics,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {
  allBaggage,
  consume,
  consumeBatch,
  extractHeaders,
  getBaggage,
  injectHeaders,
  logFields,
  packContext,
  publish,
  type Running,
  recordFailure,
  runInContext,
  setBaggage,
  start,
  Traced,
  traced,
  unpackContext,
  withBaggage,
} from './index.ts';
import {cleanValue, unusable} from './odd-values.ts';
import {type Receiver, receiveOtlp} from './testing/index.ts';

const seed = Number(process.env.WEFT_SEED ?? 1);

/** Mulberry32. */
function randomOf(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const random = randomOf(seed);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

const fail = (): never => {
  throw new Error('hostile');
};
const throwingProxy = (): unknown =>
  new Proxy(function hostile() {}, {
    get: fail,
    has: fail,
    set: fail,
    ownKeys: fail,
    getPrototypeOf: fail,
    getOwnPropertyDescriptor: fail,
    apply: fail,
  });
const revoked = (target: object): unknown => {
  const {proxy, revoke} = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
const circle = (): unknown => {
  const self: Record<string, unknown> = {a: 1};
  self.self = self;
  return self;
};
const deep = (levels: number): unknown => {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : {value};
  return value;
};
/** Twice as much at each level, and only as many objects as levels. */
const doubling = (): unknown => {
  let value: unknown = ['laugh'];
  for (let level = 0; level < 40; level++) value = [value, value];
  return value;
};
const detached = (): unknown => {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, {transfer: [bytes.buffer]});
  return bytes;
};
const changing = (): unknown => {
  let reads = 0;
  return {
    get value() {
      return reads++ === 0 ? 'text' : revoked({});
    },
  };
};

/** By name, so that a failure says which. */
const oddValues: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  NaN: () => Number.NaN,
  infinity: () => Number.NEGATIVE_INFINITY,
  negative: () => -7.5,
  huge: () => 1e300,
  whole: () => 42,
  true: () => true,
  bigint: () => 10n,
  symbol: () => Symbol('odd'),
  empty: () => '',
  digits: () => '123456789',
  zeros: () => '0'.repeat(32),
  surrogate: () => 'a\ud800b',
  control: () => '\u0000\r\n',
  long: () => 'ü'.repeat(20_000),
  proto: () => JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'),
  bare: () => Object.create(null),
  circle,
  'deep, just': () => deep(29),
  'too deep': () => deep(60),
  'far too deep': () => deep(20_000),
  doubling,
  changing,
  holes: () => Object.assign(Array(5), {3: 'a'}),
  function: () => () => 'never called',
  class: () => new (class Odd {})(),
  map: () => new Map([['a', 1]]),
  date: () => new Date(Number.NaN),
  error: () => Object.assign(new Error('odd'), {name: 7, message: {}, stack: null, code: Symbol('code')}),
  bytes: () => new Uint8Array(3),
  detached,
  thenable: () => Object.defineProperty({}, 'then', {get: fail}),
  'no text': () => ({toString: fail, valueOf: fail, toJSON: fail, [Symbol.toPrimitive]: fail}),
  getter: () => ({
    good: 'here',
    get bad() {
      return fail();
    },
  }),
  frozen: () => Object.freeze({a: Object.freeze([1])}),
  revoked: () => revoked({}),
  'revoked list': () => revoked([]),
  'throwing proxy': throwingProxy,
  'wrong time': () => [Number.NaN, -1],
  list: () => [{}, [], 'a'],
};

type Odd = {readonly name: string; readonly value: unknown};
const odd = (): Odd => {
  const name = pick(Object.keys(oddValues));
  return {name, value: oddValues[name]!()};
};

let received: Receiver;
let running: Running;
beforeAll(async () => {
  received = await receiveOtlp();
  process.env.OTEL_LOG_LEVEL = 'none'; // Each odd value is told of; here there are thousands.
  running = start({
    serviceName: 'odd',
    endpoint: received.url,
    resourceAttributes: {hostile: revoked({}) as string, deep: deep(60) as string},
    metricIntervalMillis: 60_000,
    shutdownTimeoutMillis: 30_000,
    disableInstrumentations: ['http'], // Or the receiver's own requests would be traced, and so on.
    spanProcessors: [{onStart: fail, onEnd: fail, forceFlush: async () => {}, shutdown: async () => {}}],
  });
});
afterAll(async () => {
  await running.shutdown();
  await received.stop();
});

/** The arguments of a call, drawn again for each: an odd value where the test is for, a good one elsewhere. */
const any = (value: unknown): never => value as never;
const half = <T>(value: unknown, good: T): T => (random() < 0.5 ? (value as T) : good);
const remote = (value: unknown) => ({
  traceId: half(value, 'a'.repeat(32)),
  spanId: half(value, 'b'.repeat(16)),
  traceFlags: half(value, 1),
  traceState: half(value, undefined),
  isRemote: half(value, true),
});
const odds = (value: unknown): Attributes => ({odd: value as never, good: 'here', list: [value] as never});

/** Uses of a span; none may cost the span. */
const spanUses: Readonly<Record<string, (span: Span, value: unknown) => void>> = {
  'setAttribute, value': (span, value) => span.setAttribute('odd', any(value)),
  'setAttribute, key': (span, value) => span.setAttribute(any(value), 'x'),
  'setAttributes, values': (span, value) => span.setAttributes(odds(value)),
  setAttributes: (span, value) => span.setAttributes(any(value)),
  'addEvent, name': (span, value) => span.addEvent(any(value)),
  'addEvent, attributes': (span, value) => span.addEvent('event', half(any(value), odds(value))),
  'addEvent, time': (span, value) => span.addEvent('event', {}, any(value)),
  'addLink, context': (span, value) =>
    span.addLink({context: half(any(value), any(remote(value))), attributes: {a: 1}}),
  'addLink, attributes': (span, value) =>
    span.addLink({
      context: {...remote(undefined), traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1} as never,
      attributes: odds(value),
    }),
  addLink: (span, value) => span.addLink(any(value)),
  addLinks: (span, value) => span.addLinks(half(any(value), [any(value)])),
  setStatus: (span, value) => span.setStatus(any(value)),
  'setStatus, parts': (span, value) =>
    span.setStatus({code: half(any(value), SpanStatusCode.ERROR), message: any(value)}),
  updateName: (span, value) => span.updateName(any(value)),
  recordException: (span, value) =>
    span.recordException(
      half(any(value), any({message: value, name: value, stack: value, code: value})),
      half(any(value), undefined),
    ),
  recordFailure: (span, value) => recordFailure(span, value),
  end: (span, value) => span.end(any(value)),
};

/** Ways to start a span; each ends it and must send one. */
const starts: Readonly<Record<string, (value: unknown) => unknown>> = {
  'startSpan, name': (value) => tracer().startSpan(any(value)).end(),
  'startSpan, options': (value) => tracer().startSpan('start', any(value)).end(),
  'startSpan, parts': (value) =>
    tracer()
      .startSpan('start', {
        kind: half(any(value), 1),
        attributes: half(any(value), odds(value)),
        links: half(any(value), [{context: any(remote(value)), attributes: odds(value)}, any(value)]),
        startTime: half(any(value), 5),
        root: half(any(value), true),
      })
      .end(),
  'startSpan, context': (value) => tracer().startSpan('start', {}, any(value)).end(),
  'startSpan, parent': (value) =>
    tracer()
      .startSpan('start', {}, trace.setSpanContext(ROOT_CONTEXT, any(remote(value))))
      .end(),
  startActiveSpan: (value) =>
    ran((done) => tracer().startActiveSpan('start', any(value), any(value), (span: Span) => done(span.end()))),
  getTracer: (value) =>
    trace
      .getTracerProvider()
      .getTracer(half(any(value), 'name'), half(any(value), '1'), half(any(value), {schemaUrl: value as string}))
      .startSpan('start')
      .end(),
  'traced, name': (value) => ran((done) => traced(any(value), done)),
  'traced, settings': (value) =>
    ran((done) =>
      traced(
        'start',
        half(any(typeof value === 'function' ? {} : value), {
          attributes: odds(value),
          links: any(value),
          parent: any(value),
          kind: any(value),
        }),
        done,
      ),
    ),
  'traced, lazy attributes': (value) =>
    ran((done) => traced('start', {attributes: half(fail, () => any(value))}, done)),
  'traced, what it returns': (value) => expect(traced('start', () => value)).toBe(value),
  'traced, what it throws': (value) => {
    let caught: unknown = 'nothing';
    try {
      traced('start', () => {
        throw value;
      });
    } catch (error) {
      caught = error;
    }
    expect(Object.is(caught, value)).toBe(true);
  },
  Traced: (value) =>
    ran((done) => Traced(any(typeof value === 'function' ? undefined : value))(() => done('')).call(any(value))),
  publish: (value) =>
    ran((done) =>
      publish(
        half(any(value), {system: any(value), destination: any(value), headers: any(value), attributes: any(value)}),
        done,
      ),
    ),
  consume: (value) =>
    ran((done) =>
      consume(
        half(any(value), {
          system: 'x',
          destination: any(value),
          headers: half(any(value), {traceparent: value, baggage: value}),
          relation: any(value),
        }),
        done,
      ),
    ),
  consumeBatch: (value) =>
    ran((done) =>
      consumeBatch(
        {system: 'x', destination: 'y', messages: half(any(value), [{headers: any(value)}, any(value)])},
        done,
      ),
    ),
};

/** Everything else; must not throw, and must run what it is given. */
const others: Readonly<Record<string, (value: unknown) => unknown>> = {
  'logger, parts': (value) =>
    logs.getLogger('odd').emit({
      body: any(value),
      attributes: odds(value),
      severityNumber: half(any(value), 9),
      severityText: any(value),
      timestamp: half(any(value), undefined),
      observedTimestamp: half(any(value), undefined),
      eventName: any(value),
      context: half(any(value), any(trace.setSpanContext(ROOT_CONTEXT, any(remote(value))))),
    } as never),
  'logger, exception': (value) =>
    logs.getLogger('odd').emit({body: 'x', exception: half(value, {message: value, stack: value, name: value})}),
  logger: (value) => logs.getLogger(any(value), any(value), any(value)).emit(any(value)),
  counter: (value) => metrics.getMeter('odd').createCounter('odd.counter').add(any(value), {odd: 'value'}),
  'counter, attributes': (value) =>
    metrics
      .getMeter('odd')
      .createCounter('odd.counter')
      .add(1, half(any(value), odds(value)), any(value)),
  'up-down counter': (value) => metrics.getMeter('odd').createUpDownCounter('odd.updown').add(any(value)),
  histogram: (value) =>
    metrics
      .getMeter('odd')
      .createHistogram('odd.histogram')
      .record(
        half(any(value), 1),
        half(any(value), odds(value)),
        half(any(value), trace.setSpanContext(ROOT_CONTEXT, any(remote(value)))),
      ),
  'known histogram': (value) =>
    metrics
      .getMeter('odd')
      .createHistogram('http.server.request.duration', {advice: {explicitBucketBoundaries: [1]}})
      .record(half(any(value), 1), odds(value)),
  gauge: (value) => metrics.getMeter('odd').createGauge('odd.gauge').record(any(value), odds(value)),
  instruments: (value) => {
    const meter = metrics.getMeter(half(any(value), 'odd'), any(value), any(value));
    for (const create of ['createCounter', 'createHistogram', 'createObservableGauge'] as const) {
      meter[create](any(value), any(value));
      meter[create](
        'odd.options',
        any({
          description: value,
          unit: value,
          valueType: value,
          advice: half(value, {explicitBucketBoundaries: value}),
        }),
      );
    }
  },
  observables: (value) => {
    const gauge = metrics.getMeter('odd').createObservableGauge('odd.observed');
    gauge.addCallback((result) => result.observe(any(value), any(value)));
    gauge.addCallback(any(value));
    metrics
      .getMeter('odd')
      .addBatchObservableCallback((result) => result.observe(any(value), any(value)), [gauge, any(value)]);
  },
  'context.with': (value) => ran((done) => context.with(any(value), () => done(tracer().startSpan('inside').end()))),
  'context.bind': (value) => ran((done) => context.bind(any(value), done as () => void)()),
  withBaggage: (value) =>
    ran((done) =>
      withBaggage(half(any(value), {'odd.key': any(value), good: 'here'}), () => {
        expect(getBaggage('good') ?? 'here').toBe('here');
        done('');
      }),
    ),
  setBaggage: (value) => [
    setBaggage({good: 'here'}, any(value)),
    getBaggage(any(value)),
    getBaggage('good', any(value)),
    allBaggage(any(value)),
  ],
  carriers: (value) =>
    ran((done) => [
      packContext(any(value)),
      unpackContext(any(value)),
      unpackContext(any({traceparent: value, tracestate: value, baggage: value})),
      runInContext(any(value), () => done('')),
    ]),
  headers: (value) => [
    injectHeaders(any(value)),
    injectHeaders({}, any(value)),
    extractHeaders(any(value)),
    extractHeaders(any({traceparent: value, baggage: [value]})),
  ],
  propagation: (value) => {
    const carrier = {};
    propagation.inject(trace.setSpanContext(ROOT_CONTEXT, any(remote(value))) as Context, carrier);
    propagation.inject(any(value), any(value), any(value));
    propagation.extract(any(value), any(value), any(value));
  },
  logFields: (value) => [logFields(any(value)), logFields(trace.setSpanContext(ROOT_CONTEXT, any(remote(value))))],
};

const tracer = () => trace.getTracer('odd');
/** Fails where `act` does not call what it is given. */
function ran(act: (done: (value: unknown) => void) => unknown): void {
  let calls = 0;
  act(() => void calls++);
  expect(calls).toBe(1);
}

describe('odd values', () => {
  test.each(['name', 'message', 'code', 'stack', 'cause', 'errno', 'severity'])(
    'odd values: an exception whose %s is a list that doubles with each level is not spelled out',
    (field) => {
      const span = tracer().startSpan('failed');
      span.recordException({message: 'odd', [field]: doubling()} as never);
      span.end();
      expect(span.isRecording()).toBe(false);
    },
  );

  test(`odd values: none throws, and none costs more than itself (WEFT_SEED=${seed})`, async () => {
    const history: string[] = [];
    let spans = 0;
    const say = (error: unknown): Error =>
      new Error(`WEFT_SEED=${seed}, step ${history.length}, ${history.at(-1)}: ${String(error)}`, {cause: error});
    const step = (kind: string, name: string, {name: value}: Odd, act: () => void): void => {
      history.push(`${kind} ${name} with ${value}`);
      try {
        act();
      } catch (error) {
        throw say(error);
      }
    };
    for (let round = 0; round < 1_500; round++) {
      const given = odd();
      const use = pick(Object.keys(spanUses));
      step('span', use, given, () => {
        const span = tracer().startSpan(`used ${round}`, {attributes: {before: round}});
        spanUses[use]!(span, given.value);
        span.setAttribute('after', round);
        if (span.isRecording()) span.end();
      });
      const way = pick(Object.keys(starts));
      step('start', way, given, () => void starts[way]!(given.value));
      const other = pick(Object.keys(others));
      step('call', other, given, () => void others[other]!(given.value));
      logs.getLogger('good').emit({body: `beside ${round}`});
      metrics.getMeter('good').createCounter('good.counter').add(1);
      metrics.getMeter('odd').createCounter('odd.counter').add(1, {odd: 'value'});
      spans++;
    }
    await running.flush();
    const counts = running.counts();
    expect({seed, refused: counts.spans.refused + counts.logs.refused}).toEqual({seed, refused: 0});
    expect({seed, lost: counts.spans.gaveUp + counts.logs.gaveUp + counts.spans.queueFull}).toEqual({seed, lost: 0});
    const used = received.all(({attributes}) => typeof attributes.before === 'number');
    expect({seed, used: used.length}).toEqual({seed, used: spans});
    for (const span of used) {
      const [use] = [history[Number(span.attributes.before) * 3]!];
      if (!use.startsWith('span end'))
        expect({seed, use, after: span.attributes.after}).toEqual({seed, use, after: span.attributes.before});
    }
    expect({seed, started: received.spans.length >= 2 * spans}).toEqual({seed, started: true});
    const beside = received.logs.filter(({body}) => String(body).startsWith('beside '));
    expect({seed, beside: beside.length}).toEqual({seed, beside: spans});
    const point = (name: string, odds?: string) =>
      received.metrics.findLast((metric) => metric.name === name && metric.attributes.odd === odds)?.value;
    expect({seed, good: point('good.counter')}).toEqual({seed, good: spans});
    expect({seed, finite: Number.isFinite(point('odd.counter', 'value'))}).toEqual({seed, finite: true});
    expect(received.spans[0]?.resource['service.name']).toBe('odd');
    expect(({} as {polluted?: unknown}).polluted).toBeUndefined();
  });

  test.each(Object.entries(oddValues))(
    'odd values: a link, an attribute and a name of %s cost no more than themselves',
    async (title, make) => {
      const name = `with ${title}`;
      const good = {context: {traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1}};
      const value = make() as never;
      tracer()
        .startSpan(name, {
          attributes: {odd: value, good: 1},
          links: [good, {context: {...good.context, spanId: value}}, value],
        })
        .setAttributes({late: value, better: 2})
        .addEvent(value, {inside: value, best: 3})
        .end();
      tracer()
        .startSpan(value, {attributes: {named: title}})
        .end();
      await running.flush();
      const span = received.one(name);
      expect(span).toMatchObject({attributes: {good: 1, better: 2}, links: [{spanId: 'b'.repeat(16)}]});
      expect(span.events[0]?.attributes.best).toBe(3);
      expect(received.one(({attributes}) => attributes.named === title)).toBeDefined();
    },
  );

  test('odd values: a value is copied whole or not taken', () => {
    const given = {a: [1, 'b', null, {c: true}], d: undefined, e: new Uint8Array([1])};
    expect(cleanValue(given)).toEqual({a: [1, 'b', null, {c: true}], e: new Uint8Array([1])});
    expect(cleanValue(['longer'], 3)).toEqual(['lon']);
    for (const bad of [
      1n,
      () => 1,
      Symbol('s'),
      new Date(0),
      circle(),
      deep(60),
      doubling(),
      revoked([]),
      [revoked({})],
    ]) {
      expect(cleanValue(bad)).toBe(unusable);
    }
  });
});
