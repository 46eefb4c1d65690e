import {expect, it} from 'vitest';
import {createMeter, RetryableError} from '../base/index.ts';
import {type AnyBatch, createMetricWriter, type Lent, type MetricBatch, type NewMetric} from '../model/index.ts';
import {takes} from '../pipeline/index.ts';
import {contextOf, countOf, testSettings} from '../pipeline/testing.ts';
import {intervalProcessor} from './processor-interval.ts';
import {configOf, pointsOf} from './testing-metrics.ts';

/** Points of one metric, each `[label, value, time]`. */
function points(metric: NewMetric, ...list: readonly (readonly [string, number, number])[]): MetricBatch {
  const writer = createMetricWriter();
  writer.resource([]);
  writer.metric(metric);
  for (const [label, value, time] of list) {
    const attributes = [{key: 'l', value: {type: 'string', value: label} as const}];
    if (metric.type !== 'summary') writer.number({value, time: BigInt(time), attributes});
    else writer.summary({count: 1, sum: value, quantiles: [], time: BigInt(time), attributes});
  }
  return writer.batch;
}
const cumulative: NewMetric = {name: 'test_metric', type: 'sum', temporality: 'cumulative', monotonic: true};
const delta: NewMetric = {name: 'other_metric', type: 'sum', temporality: 'delta', monotonic: true};
const gauge: NewMetric = {name: 'gauge', type: 'gauge'};

/** The interval's timer never fires in a test: stopping hands on what is held. */
function interval(config = '{interval: 1h}') {
  const out: MetricBatch[] = [];
  const tenants: string[] = [];
  const meter = createMeter();
  const refusal: {error?: Error} = {};
  const processor = intervalProcessor.create(
    testSettings({meter}),
    configOf(intervalProcessor.config, config),
    takes<'metrics'>(async (batch, {tenant}) => {
      if (refusal.error !== undefined) throw refusal.error;
      out.push(batch);
      tenants.push(tenant);
    }),
    'metrics',
  );
  return {
    refusal,
    meter,
    tenants,
    send: (batch: MetricBatch, tenant?: string) => processor.consumer.consume(batch as never, contextOf(tenant)),
    flush: () => processor.stop?.(),
    out: () =>
      pointsOf(out.splice(0) as unknown as readonly Lent<AnyBatch>[]).map(({name, labels, value}) => [
        name,
        labels.l,
        value,
      ]),
  };
}

it('interval: deltas pass at once, and of counters the last point of each series comes at the interval', async () => {
  const {send, out, flush, meter} = interval();
  await send(points(cumulative, ['foo', 4, 0], ['bar', 3.1, 2]));
  await send(points(delta, ['orange', 77.4, 4]));
  await send(points(cumulative, ['foo', 8.2, 6], ['foo', 12.8, 8], ['bar', 6.4, 10]));
  expect(out()).toEqual([['other_metric', 'orange', 77.4]]);
  await flush();
  expect(out()).toEqual([
    ['test_metric', 'foo', 12.8],
    ['test_metric', 'bar', 6.4],
  ]);
  expect(countOf(meter, 'weft_processor_aggregated_points', {})).toBe(3);
  await flush();
  expect(out()).toEqual([]);
});

it('interval: a point that is older than the one held does not replace it', async () => {
  const {send, out, flush} = interval();
  await send(points(gauge, ['a', 5, 9]));
  await send(points(gauge, ['a', 4, 8]));
  await flush();
  expect(out()).toEqual([['gauge', 'a', 5]]);
});

it('interval: gauges and summaries pass where the settings say so, and sums that go down do always', async () => {
  const {send, out} = interval('{interval: 1h, pass_through: {gauge: true, summary: true}}');
  await send(points(gauge, ['a', 5, 9]));
  await send(points({name: 's', type: 'summary'}, ['a', 5, 9]));
  await send(points({...cumulative, monotonic: false}, ['a', 5, 9]));
  expect(out().map(([name]) => name)).toEqual(['gauge', 's', 'test_metric']);
});

it('interval: many points replace each other in bounded memory, tenants apart', async () => {
  const {send, out, flush, meter, tenants} = interval();
  for (let i = 1; i <= 3000; i++) await send(points(gauge, ['a', i, i]));
  await send(points(gauge, ['a', 1, 1]), 'other');
  expect(countOf(meter, 'weft_processor_streams', {})).toBe(2);
  await flush();
  expect(out()).toEqual([
    ['gauge', 'a', 3000],
    ['gauge', 'a', 1],
  ]);
  expect(tenants).toEqual(['default', 'other']);
});

it('interval: series beyond `max_streams` pass at once', async () => {
  const {send, out} = interval('{interval: 1h, max_streams: 1}');
  await send(points(gauge, ['a', 1, 1], ['b', 2, 1]));
  await send(points(gauge, ['a', 3, 2], ['c', 4, 2]));
  expect(out()).toEqual([
    ['gauge', 'b', 2],
    ['gauge', 'c', 4],
  ]);
});

it('interval: what is refused comes again at the next interval, unless something newer has come', async () => {
  const {send, out, flush, refusal} = interval();
  await send(points(gauge, ['a', 1, 1], ['b', 2, 1]));
  refusal.error = new RetryableError('full', 'later');
  await flush();
  delete refusal.error;
  await send(points(gauge, ['a', 9, 2]));
  await flush();
  expect(out().toSorted()).toEqual([
    ['gauge', 'a', 9],
    ['gauge', 'b', 2],
  ]);
});
