/** The writer is the model's; that what it writes is OTLP is told by the codec. */
import {expect, test} from 'vitest';
import {utf8} from '../base/index.ts';
import {createMetricWriter, type KeyValue, type MetricWriter} from '../model/index.ts';
import {encodeJson, otlp} from './index.ts';

const text = (key: string, value: string): KeyValue => ({key, value: {type: 'string', value}});

/** What an OTLP receiver reads of what `write` wrote, as OTLP JSON. */
function written(write: (writer: MetricWriter) => void) {
  const writer = createMetricWriter();
  write(writer);
  const {batch, rejected} = otlp.metrics.decodeProto(otlp.metrics.encodeProto(writer.batch));
  expect(rejected).toBe(0);
  return JSON.parse(utf8(encodeJson(batch))).resourceMetrics;
}

test('metric writer: points, metrics, scopes and resources nest as they were begun', () => {
  const of = (name: string) => ({key: 'service.name', value: {stringValue: name}});
  const resources = written((writer) => {
    writer.resource([text('service.name', 'a')], 'https://schema');
    writer.scope('first', '1.0', [text('k', 'v')]);
    writer.metric({
      name: 'calls',
      description: 'How often.',
      unit: '{call}',
      type: 'sum',
      temporality: 'cumulative',
      monotonic: true,
    });
    writer.number({
      attributes: [text('k', 'a'), {key: 'n', value: {type: 'int', value: 5n}}],
      start: 1n,
      time: 2n,
      value: 2n ** 62n,
    });
    writer.number({attributes: [text('k', 'b')], time: 2n, value: 0.5});
    writer.metric({name: 'size', type: 'gauge'});
    writer.number({time: 3n, flags: 1});
    writer.resource([text('service.name', 'b')]);
    writer.metric({name: 'size', type: 'gauge'});
    writer.number({time: 4n, value: -7n});
  });
  expect(resources).toEqual([
    {
      resource: {attributes: [of('a')]},
      schemaUrl: 'https://schema',
      scopeMetrics: [
        {
          scope: {name: 'first', version: '1.0', attributes: [{key: 'k', value: {stringValue: 'v'}}]},
          metrics: [
            {
              name: 'calls',
              description: 'How often.',
              unit: '{call}',
              sum: {
                aggregationTemporality: 2,
                isMonotonic: true,
                dataPoints: [
                  {
                    attributes: [
                      {key: 'k', value: {stringValue: 'a'}},
                      {key: 'n', value: {intValue: '5'}},
                    ],
                    startTimeUnixNano: '1',
                    timeUnixNano: '2',
                    asInt: String(2n ** 62n),
                  },
                  {attributes: [{key: 'k', value: {stringValue: 'b'}}], timeUnixNano: '2', asDouble: 0.5},
                ],
              },
            },
            {name: 'size', gauge: {dataPoints: [{timeUnixNano: '3', flags: 1}]}},
          ],
        },
      ],
    },
    {
      resource: {attributes: [of('b')]},
      scopeMetrics: [{metrics: [{name: 'size', gauge: {dataPoints: [{timeUnixNano: '4', asInt: '-7'}]}}]}],
    },
  ]);
});

const pointsOf = (resources: unknown, type: string): unknown =>
  (resources as [{scopeMetrics: [{metrics: [Record<string, unknown>]}]}])[0].scopeMetrics[0].metrics[0][type];

test('metric writer: histograms carry bounds, counts beyond 32 bits, and exemplars', () => {
  const resources = written((writer) => {
    writer.resource([]);
    writer.metric({name: 'duration', unit: 'ms', type: 'histogram', temporality: 'delta'});
    writer.histogram({
      time: 9n,
      count: 2 ** 40 + 3,
      sum: 4.5,
      min: 0,
      max: 2,
      bounds: [1, 2.5],
      counts: [1, 2 ** 40, 2n],
      exemplars: [
        {time: 8n, value: 1.5, traceId: new Uint8Array(16).fill(1), spanId: new Uint8Array(8).fill(2)},
        {time: 8n, value: 3n, attributes: [text('k', 'v')]},
      ],
    });
  });
  expect(pointsOf(resources, 'histogram')).toEqual({
    aggregationTemporality: 1,
    dataPoints: [
      {
        timeUnixNano: '9',
        count: String(2 ** 40 + 3),
        sum: 4.5,
        min: 0,
        max: 2,
        explicitBounds: [1, 2.5],
        bucketCounts: ['1', String(2 ** 40), '2'],
        exemplars: [
          {timeUnixNano: '8', asDouble: 1.5, traceId: '01'.repeat(16), spanId: '02'.repeat(8)},
          {timeUnixNano: '8', asInt: '3', filteredAttributes: [{key: 'k', value: {stringValue: 'v'}}]},
        ],
      },
    ],
  });
});

test('metric writer: exponential histograms carry negative scales and offsets', () => {
  const resources = written((writer) => {
    writer.resource([]);
    writer.metric({name: 'duration', type: 'exponentialHistogram', temporality: 'cumulative'});
    writer.exponentialHistogram({
      time: 9n,
      count: 6,
      sum: 1,
      scale: -2,
      zeroCount: 1,
      positive: {offset: -3, counts: [1, 0, 2]},
      negative: {offset: 4, counts: [2]},
    });
  });
  expect(pointsOf(resources, 'exponentialHistogram')).toEqual({
    aggregationTemporality: 2,
    dataPoints: [
      {
        timeUnixNano: '9',
        count: '6',
        sum: 1,
        scale: -2,
        zeroCount: '1',
        positive: {offset: -3, bucketCounts: ['1', '0', '2']},
        negative: {offset: 4, bucketCounts: ['2']},
      },
    ],
  });
});

test('metric writer: summaries carry their quantiles', () => {
  const resources = written((writer) => {
    writer.resource([]);
    writer.metric({name: 'gc', type: 'summary'});
    writer.summary({time: 9n, count: 4, sum: 2, quantiles: [{quantile: 0.5, value: 0.25}]});
  });
  expect(pointsOf(resources, 'summary')).toEqual({
    dataPoints: [{timeUnixNano: '9', count: '4', sum: 2, quantileValues: [{quantile: 0.5, value: 0.25}]}],
  });
});

test('metric writer: a point without a metric and a metric without a resource are bugs', () => {
  expect(() => createMetricWriter().number({time: 1n, value: 1})).toThrow('BUG');
  expect(() => createMetricWriter().metric({name: 'x', type: 'gauge'})).toThrow('BUG');
});
