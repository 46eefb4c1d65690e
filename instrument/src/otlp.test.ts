import {type Attributes, createTraceState, SpanKind, SpanStatusCode, ValueType} from '@opentelemetry/api';
import {ProtobufMetricsSerializer, ProtobufTraceSerializer} from '@opentelemetry/otlp-transformer';
import {resourceFromAttributes} from '@opentelemetry/resources';
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider} from '@opentelemetry/sdk-trace';
import {assert, describe, expect, test} from 'vitest';
import {createDelivery} from './delivery.ts';
import {createExemplars, seriesKey} from './exemplars.ts';
import {encodeMetrics} from './otlp-metrics.ts';
import {createSpanEncoder} from './otlp-spans.ts';
import {createQueueBudget} from './queue-budget.ts';
import {readMetrics, readSpans} from './testing/otlp-read.ts';

/** A seeded generator, so that a failure can be repeated. */
let state = 7;
const random = (below: number): number => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
  return state % below;
};
const pick = <T>(values: readonly T[]): T => values[random(values.length)]!;
const text = (length: number): string =>
  Array.from({length}, () => pick(['a', 'z', ' ', '"', 'é', '台', '😀', '\n'])).join('');
const lengths = [0, 1, 5, 126, 127, 128, 129, 300, 16_383, 16_384, 20_000];

const attribute = (): Attributes[string] =>
  pick([
    () => 'ascii text',
    () => 'x'.repeat(pick(lengths)),
    () => text(pick([0, 3, 43, 200, 6_000])),
    () => pick([0, 1, -1, 127, 128, -128, 2 ** 31, -(2 ** 31), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]),
    () => pick([0.5, -1.25e-9, 1e300, Number.NaN, Number.POSITIVE_INFINITY]),
    () => pick([true, false]),
    () => ['a', 'é', ''],
    () => [1, -2, 3.5],
    () => [],
  ])();
const attributes = (): Attributes =>
  Object.fromEntries(
    Array.from({length: random(12)}, (_, index) => [
      `${pick(['k', 'schlüssel', 'k'.repeat(pick([127, 128, 200]))])}${index}`,
      attribute(),
    ]),
  );

const encoder = createSpanEncoder();
function encodeSpans(batch: readonly ReadableSpan[]): Uint8Array {
  for (const span of batch) encoder.add(span);
  return encoder.take();
}

function spans(count: number): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({'service.name': 'svc', big: 'y'.repeat(300)}),
    spanProcessors: [new SimpleSpanProcessor({exporter})],
  });
  for (let index = 0; index < count; index++) {
    const tracer = provider.getTracer(pick(['one', 'two']), pick([undefined, '1.0']));
    const span = tracer.startSpan(pick(['GET /a', text(8), 'n'.repeat(200)]), {
      kind: pick([SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER]),
      attributes: attributes(),
      startTime: [1_795_000_000 + random(100_000), random(1_000_000_000)],
    });
    if (random(3) === 0) span.addEvent(text(4), attributes() as never);
    if (random(3) === 0) {
      span.addLink({context: {...span.spanContext(), traceState: createTraceState('a=b,c=d')}, attributes: {'l.k': 1}});
    }
    if (random(3) === 0) span.setStatus({code: SpanStatusCode.ERROR, message: pick(['', 'boom', text(9)])});
    span.end([1_795_200_000 + random(100), random(1_000_000_000)]);
  }
  return exporter.getFinishedSpans();
}

describe('spans', () => {
  test('a span that cannot be encoded leaves nothing behind', () => {
    const [one, two] = spans(2) as [ReadableSpan, ReadableSpan];
    encoder.add(one);
    const broken = Object.create(two, {status: {get: () => assert.fail('no status')}}) as ReadableSpan;
    expect(() => encoder.add(broken)).toThrow('no status');
    encoder.add(two);
    expect(readSpans(encoder.take())).toEqual(readSpans(encodeSpans([one, two])));
  });

  test('our encoder and the SDK’s say the same, whatever the span', () => {
    for (let round = 0; round < 30; round++) {
      const batch = spans(1 + random(20));
      const [ours, theirs] = [
        readSpans(encodeSpans(batch)),
        readSpans(ProtobufTraceSerializer.serializeRequest(batch)!),
      ];
      expect(ours, `round ${round}`).toEqual(theirs);
    }
  });

  test('large spans go in requests that every collector takes, none lost', async () => {
    const bodies: Uint8Array[] = [];
    const delivery = createDelivery<ReadableSpan>({
      name: 'spans',
      encoder: createSpanEncoder(),
      send: async (body) => {
        bodies.push(body);
        return {kind: 'accepted', body: new Uint8Array(0)};
      },
      maxQueue: 1_000,
      budget: createQueueBudget(100_000_000),
      maxBatch: 1_000,
      delayMillis: 10_000,
      retryForMillis: 1_000,
    });
    const [span] = spans(1);
    const large = Object.create(span!, {attributes: {value: {blob: 'x'.repeat(100_000)}}}) as ReadableSpan;
    for (let count = 0; count < 50; count++) delivery.add(large);
    await delivery.flush();
    // Each ends with the span that takes it past 1 MiB: 11 of them and what goes around.
    expect(bodies.map((body) => readSpans(body).length)).toEqual([11, 11, 11, 11, 6]);
    expect(Math.max(...bodies.map(({length}) => length))).toBeLessThan(4 * 1024 * 1024);
    expect(delivery.counts).toMatchObject({sent: 50, queueFull: 0});
  });

  test('a span that is taken back leaves the others as they were', () => {
    const encoder = createSpanEncoder();
    const [one, two, three] = spans(3);
    const huge = Object.create(two!, {attributes: {value: {blob: 'x'.repeat(10_000_000)}}}) as ReadableSpan;
    encoder.add(one!);
    const before = encoder.bytes;
    encoder.add(huge);
    expect(encoder.bytes).toBeGreaterThan(10_000_000);
    encoder.undo();
    expect(encoder.bytes).toBe(before);
    encoder.add(three!);
    expect(encoder.take()).toEqual(encodeSpans([one!, three!]));
  });

  test('times keep their nanoseconds', () => {
    const [span] = spans(1);
    const timed = Object.create(span!, {
      startTime: {value: [4_294_967_295, 999_999_999]},
      endTime: {value: [1, 1]},
    }) as ReadableSpan;
    expect(readSpans(encodeSpans([timed]))[0]).toMatchObject({start: 4_294_967_295_999_999_999n, end: 1_000_000_001n});
  });
});

describe('metrics', () => {
  test('our encoder and the SDK’s say the same', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({exporter, exportIntervalMillis: 3_600_000});
    const provider = new MeterProvider({
      readers: [reader],
      views: [{instrumentName: 'exp', aggregation: {type: AggregationType.EXPONENTIAL_HISTOGRAM}}],
    });
    const meter = provider.getMeter('m', '1');
    meter.createCounter('whole', {valueType: ValueType.INT, unit: '{x}', description: 'd'}).add(5, {a: 'b'});
    meter.createCounter('real').add(1.5);
    meter.createUpDownCounter('down', {valueType: ValueType.INT}).add(-7);
    meter.createObservableGauge('gauge').addCallback((result) => result.observe(-2.5, {k: true}));
    for (const value of [0.001, 0.3, 4, 100]) meter.createHistogram('hist').record(value, {route: '/a'});
    for (const value of [0, 1, 2, 1_000]) meter.createHistogram('exp').record(value);
    await reader.forceFlush();
    const collected = exporter.getMetrics()[0]!;
    const ours = readMetrics(encodeMetrics(collected, createExemplars()));
    expect(ours).toEqual(readMetrics(ProtobufMetricsSerializer.serializeRequest(collected)!));
    expect(ours.map(({name}) => name).sort()).toEqual(['down', 'exp', 'gauge', 'hist', 'real', 'whole']);
    await provider.shutdown();
  });
});

describe('exemplars', () => {
  test('series are the same whatever the order of their attributes', () => {
    expect(seriesKey({a: 1, b: 2})).toBe(seriesKey({b: 2, a: 1}));
    expect(seriesKey({a: 1})).not.toBe(seriesKey({a: '1'}));
  });
});
