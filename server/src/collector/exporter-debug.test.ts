import {expect, it, test} from 'vitest';
import {goFloatText, utf8Bytes} from '../base/index.ts';
import {emptyMap, parseYaml} from '../config/index.ts';
import type {AnyBatch, Signal} from '../model/index.ts';
import {contextOf, recordingLog, testSettings} from '../pipeline/testing.ts';
import {type OtlpCodec, otlp} from '../wire/index.ts';
import {debugExporter, loggingExporter} from './exporter-debug.ts';
import {goF, goTime, severityName} from './go-format.ts';

const quiet = {fault() {}, warn() {}, listens() {}, refers() {}};
const decode = (signal: Signal, request: object): AnyBatch =>
  (otlp[signal] as unknown as OtlpCodec<AnyBatch>).decodeJson(utf8Bytes(JSON.stringify(request))).batch;
const text = (key: string, value: string) => ({key, value: {stringValue: value}});
const start = '1581452772000000321';
const end = '1581452773000000789';
const resource = {attributes: [text('service.name', 'shop')]};

const traces = decode('traces', {
  resourceSpans: [
    {
      resource,
      schemaUrl: 'https://schema/1',
      scopeSpans: [
        {
          scope: {name: 'http', version: '2', attributes: [text('a', 'b')]},
          spans: [
            {
              traceId: '0102030405060708090a0b0c0d0e0f10',
              spanId: '1112131415161718',
              name: 'checkout',
              kind: 2,
              traceState: 'ot=th:0',
              startTimeUnixNano: start,
              endTimeUnixNano: end,
              attributes: [{key: 'size', value: {intValue: 3}}, text('path', '/')],
              droppedAttributesCount: 1,
              droppedEventsCount: 1,
              status: {code: 2, message: 'cancelled'},
              events: [
                {
                  timeUnixNano: '1581452773000000123',
                  name: 'retry',
                  attributes: [text('n', '1')],
                  droppedAttributesCount: 2,
                },
              ],
              links: [{traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), attributes: [text('l', 'm')]}],
            },
          ],
        },
      ],
    },
  ],
});
const logs = decode('logs', {
  resourceLogs: [
    {
      resource,
      scopeLogs: [
        {
          logRecords: [
            {
              timeUnixNano: end,
              severityNumber: 10,
              severityText: 'INFO2',
              eventName: 'login',
              body: {
                kvlistValue: {
                  values: [
                    {key: 'z', value: {arrayValue: {values: [{doubleValue: 0.5}, {boolValue: true}, {}]}}},
                    text('a', '<b>'),
                  ],
                },
              },
              attributes: [text('app', 'server')],
              flags: 1,
            },
            {body: {stringValue: 'plain'}},
          ],
        },
      ],
    },
  ],
});
const point = {startTimeUnixNano: start, timeUnixNano: end};
const metrics = decode('metrics', {
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: [
            {name: 'queue', unit: '1', gauge: {dataPoints: [{...point, asInt: '123', attributes: [text('l', '1')]}]}},
            {
              name: 'sum',
              sum: {
                aggregationTemporality: 2,
                isMonotonic: true,
                dataPoints: [{...point, asDouble: 1.23, attributes: [text('l', '1'), text('m', '2')]}],
              },
            },
            {
              name: 'histogram',
              histogram: {
                aggregationTemporality: 1,
                dataPoints: [
                  {
                    ...point,
                    count: '1',
                    sum: 15,
                    min: 15,
                    max: 15,
                    bucketCounts: ['0', '1'],
                    explicitBounds: [1],
                    exemplars: [
                      {
                        timeUnixNano: '1581452773000000123',
                        asDouble: 15,
                        traceId: 'a1'.repeat(16),
                        filteredAttributes: [text('e', 'x')],
                      },
                    ],
                  },
                ],
              },
            },
            {
              name: 'exponential',
              exponentialHistogram: {
                aggregationTemporality: 1,
                dataPoints: [
                  {
                    ...point,
                    count: '5',
                    sum: 0.15,
                    scale: 1,
                    zeroCount: '1',
                    negative: {offset: -1, bucketCounts: ['1', '1']},
                    positive: {offset: 1, bucketCounts: ['1', '1']},
                  },
                ],
              },
            },
            {
              name: 'summary',
              summary: {dataPoints: [{...point, count: '1', sum: 15, quantileValues: [{quantile: 0.01, value: 15}]}]},
            },
          ],
        },
      ],
    },
  ],
});

/** The lines that an exporter with these settings writes of a batch of each signal. */
async function written(
  yaml: string,
  factory: typeof debugExporter | typeof loggingExporter = debugExporter,
  batches: readonly AnyBatch[] = [traces, logs, metrics],
): Promise<string[]> {
  const log = recordingLog();
  const node = parseYaml('', yaml, quiet) ?? emptyMap({source: '', line: 0, column: 0});
  const {consumer} = factory.create(testSettings({log}), factory.config.read(node, quiet) as never);
  for (const batch of batches) await consumer.consume(batch, contextOf());
  return log.lines.map((line) => line.message);
}

it('debug exporter: counts', async () => {
  expect(await written('{}')).toEqual(['Traces', 'Logs', 'Metrics']);
});

const normal = [
  'Traces',
  `ResourceTraces #0 [https://schema/1] service.name=shop
ScopeTraces #0 http@2 a=b
checkout 0102030405060708090a0b0c0d0e0f10 1112131415161718 size=3 path=/
`,
  'Logs',
  `ResourceLog #0 service.name=shop
ScopeLog #0
{"a":"<b>","z":[0.5,true,null]} app=server
plain${' '}
`,
  'Metrics',
  `ResourceMetrics #0
ScopeMetrics #0
queue{l=1} 123
sum{l=1,m=2} 1.23
histogram{} count=1 sum=15 min=15 max=15 le1=0 1
exponential{} count=5 sum=0.15 le-1=1 le-0.7071067811865475=1 zero=1 le2=1 le2.82842712474619=1
summary{} count=1 sum=15.000000 q0.01=15
`,
];
it('debug exporter: with normal verbosity writes a line for each item, as the Collector does', async () => {
  expect(await written('{verbosity: normal}')).toEqual(normal);
});

it('debug exporter: understands the old name and its level', async () => {
  expect(await written('{loglevel: info}', loggingExporter)).toEqual(normal);
});

const detailed = {verbosity: 'detailed'};
const detailOf = async (batch: AnyBatch): Promise<string> =>
  (await written(JSON.stringify(detailed), debugExporter, [batch]))[1] as string;

it('debug exporter: with detailed verbosity writes everything of spans, as the Collector does', async () => {
  expect(await detailOf(traces)).toBe(`ResourceSpans #0
Resource SchemaURL: https://schema/1
Resource attributes:
     -> service.name: Str(shop)
ScopeSpans #0
ScopeSpans SchemaURL:${' '}
InstrumentationScope http 2
InstrumentationScope attributes:
     -> a: Str(b)
Span #0
    Trace ID       : 0102030405060708090a0b0c0d0e0f10
    Parent ID      :${' '}
    ID             : 1112131415161718
    Name           : checkout
    Kind           : Server
    TraceState     : ot=th:0
    Start time     : 2020-02-11 20:26:12.000000321 +0000 UTC
    End time       : 2020-02-11 20:26:13.000000789 +0000 UTC
    Status code    : Error
    Status message : cancelled
    DroppedAttributesCount: 1
    DroppedEventsCount: 1
    DroppedLinksCount: 0
Attributes:
     -> size: Int(3)
     -> path: Str(/)
Events:
SpanEvent #0
     -> Name: retry
     -> Timestamp: 2020-02-11 20:26:13.000000123 +0000 UTC
     -> DroppedAttributesCount: 2
     -> Attributes::
          -> n: Str(1)
Links:
SpanLink #0
     -> Trace ID: ${'a1'.repeat(16)}
     -> ID: ${'b2'.repeat(8)}
     -> TraceState:${' '}
     -> DroppedAttributesCount: 0
     -> Attributes::
          -> l: Str(m)
`);
});

it('debug exporter: with detailed verbosity writes everything of log records, as the Collector does', async () => {
  expect(await detailOf(logs)).toBe(`ResourceLog #0
Resource SchemaURL:${' '}
Resource attributes:
     -> service.name: Str(shop)
ScopeLogs #0
ScopeLogs SchemaURL:${' '}
InstrumentationScope${'  '}
LogRecord #0
ObservedTimestamp: 1970-01-01 00:00:00 +0000 UTC
Timestamp: 2020-02-11 20:26:13.000000789 +0000 UTC
SeverityText: INFO2
SeverityNumber: Info2(10)
EventName: login
Body: Map({"a":"<b>","z":[0.5,true,null]})
Attributes:
     -> app: Str(server)
Trace ID:${' '}
Span ID:${' '}
Flags: 1
LogRecord #1
ObservedTimestamp: 1970-01-01 00:00:00 +0000 UTC
Timestamp: 1970-01-01 00:00:00 +0000 UTC
SeverityText:${' '}
SeverityNumber: Unspecified(0)
Body: Str(plain)
Trace ID:${' '}
Span ID:${' '}
Flags: 0
`);
});

it('debug exporter: with detailed verbosity writes everything of metrics, as the Collector does', async () => {
  const times = `StartTimestamp: 2020-02-11 20:26:12.000000321 +0000 UTC
Timestamp: 2020-02-11 20:26:13.000000789 +0000 UTC`;
  const descriptor = (name: string, unit: string, type: string): string => `Descriptor:
     -> Name: ${name}
     -> Description:${' '}
     -> Unit: ${unit}
     -> DataType: ${type}`;
  expect(await detailOf(metrics)).toBe(`ResourceMetrics #0
Resource SchemaURL:${' '}
ScopeMetrics #0
ScopeMetrics SchemaURL:${' '}
InstrumentationScope${'  '}
Metric #0
${descriptor('queue', '1', 'Gauge')}
NumberDataPoints #0
Data point attributes:
     -> l: Str(1)
${times}
Value: 123
Metric #1
${descriptor('sum', '', 'Sum')}
     -> IsMonotonic: true
     -> AggregationTemporality: Cumulative
NumberDataPoints #0
Data point attributes:
     -> l: Str(1)
     -> m: Str(2)
${times}
Value: 1.230000
Metric #2
${descriptor('histogram', '', 'Histogram')}
     -> AggregationTemporality: Delta
HistogramDataPoints #0
${times}
Count: 1
Sum: 15.000000
Min: 15.000000
Max: 15.000000
ExplicitBounds #0: 1.000000
Buckets #0, Count: 0
Buckets #1, Count: 1
Exemplars:
Exemplar #0
     -> Trace ID: ${'a1'.repeat(16)}
     -> Span ID:${' '}
     -> Timestamp: 2020-02-11 20:26:13.000000123 +0000 UTC
     -> Value: 15.000000
     -> FilteredAttributes:
          -> e: Str(x)
Metric #3
${descriptor('exponential', '', 'ExponentialHistogram')}
     -> AggregationTemporality: Delta
ExponentialHistogramDataPoints #0
${times}
Count: 5
Sum: 0.150000
Bucket [-1.414214, -1.000000), Count: 1
Bucket [-1.000000, -0.707107), Count: 1
Bucket [0, 0], Count: 1
Bucket (1.414214, 2.000000], Count: 1
Bucket (2.000000, 2.828427], Count: 1
Metric #4
${descriptor('summary', '', 'Summary')}
SummaryDataPoints #0
${times}
Count: 1
Sum: 15.000000
QuantileValue #0: Quantile 0.010000, Value 15.000000
`);
});

it('debug exporter: leaves out what is too much', async () => {
  const lines = await written('{sampling_initial: 2, sampling_thereafter: 3}', debugExporter, Array(10).fill(traces));
  expect(lines.filter((line) => line === 'Traces').length).toBe(4);
});

test.each([
  [1, '1', '1.000000'],
  [1e6, '1e+06', '1000000.000000'],
  [2_097_152, '2.097152e+06', '2097152.000000'],
  [1e21, '1e+21', '1000000000000000000000.000000'],
  [0.00001, '1e-05', '0.000010'],
  [-0.000123, '-0.000123', '-0.000123'],
  [Number.NEGATIVE_INFINITY, '-Inf', '-Inf'],
  [-0, '-0', '-0.000000'],
])('Go format: %d', (value, g, f) => {
  expect([goFloatText(value), goF(value)]).toEqual([g, f]);
});

test('Go format: times and severities', () => {
  expect(goTime(1_581_452_772_100_000_000n)).toBe('2020-02-11 20:26:12.1 +0000 UTC');
  expect([0, 1, 4, 9, 24, 25].map(severityName)).toEqual(['Unspecified', 'Trace', 'Trace4', 'Info', 'Fatal4', '']);
});
