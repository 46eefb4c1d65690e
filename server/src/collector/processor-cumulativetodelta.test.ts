import {expect, it} from 'vitest';
import {RetryableError} from '../base/index.ts';
import {type AnyBatch, createMetricWriter, type Lent, type MetricBatch, type NewMetric} from '../model/index.ts';
import {takes} from '../pipeline/index.ts';
import {contextOf, testSettings} from '../pipeline/testing.ts';
import {cumulativeToDeltaProcessor} from './processor-cumulativetodelta.ts';
import {deltaToCumulativeProcessor} from './processor-deltatocumulative.ts';
import {configOf, pointsOf} from './testing-metrics.ts';
import {testProcessor} from './testing-processor.ts';

const began = 1_700_000_000_000;
/** Nanoseconds, so many seconds after the processor began. */
const at = (seconds: number): bigint => BigInt(began + seconds * 1000) * 1_000_000n;

type Writer = ReturnType<typeof createMetricWriter>;
const counter: NewMetric = {name: 'requests', type: 'sum', temporality: 'cumulative', monotonic: true};

/** A batch of one metric of one resource. */
function metric(given: Partial<NewMetric>, write: (writer: Writer) => void, resource = 'r'): MetricBatch {
  const writer = createMetricWriter();
  writer.resource([{key: 'service.name', value: {type: 'string', value: resource}}]);
  writer.metric({...counter, ...given});
  write(writer);
  return writer.batch;
}

const sum = (value: number | bigint, time: number, start = -100, given: Partial<NewMetric> = {}): MetricBatch =>
  metric(given, (writer) => writer.number({value, start: at(start), time: at(time)}));

function processor(kind: 'cumulativetodelta' | 'deltatocumulative', config = '{}') {
  let now = began;
  const clock = {now: () => now};
  const it =
    kind === 'cumulativetodelta'
      ? testProcessor(cumulativeToDeltaProcessor, config, 'metrics', {clock})
      : testProcessor(deltaToCumulativeProcessor, config, 'metrics', {clock});
  return {
    ...it,
    pass: (seconds: number) => void (now += seconds * 1000),
    /** What came out of each batch: values with the times that they are of. */
    async values(...batches: readonly MetricBatch[]) {
      const all: unknown[] = [];
      for (const batch of batches) {
        const out = pointsOf((await it.run(batch)) as unknown as readonly Lent<AnyBatch>[]);
        all.push(
          out.map(({value, temporality, point}) => [
            value,
            temporality,
            Number(BigInt(String(point.startTimeUnixNano ?? 0)) - at(0)) / 1e9,
          ]),
        );
      }
      return all;
    },
  };
}

it('cumulativetodelta: the first point of an older series is dropped, and each further one is what was added', async () => {
  const {values, count} = processor('cumulativetodelta');
  expect(await values(sum(10n, 1), sum(15n, 2), sum(15n, 3), sum(40n, 4))).toEqual([
    [],
    [[5, 1, 1]],
    [[0, 1, 2]],
    [[25, 1, 3]],
  ]);
  expect(count('otelcol_cumulativetodelta_datapoints_dropped', {reason: 'initial'})).toBe(1);
});

it('cumulativetodelta: a series that began after the processor keeps its first point, and so does `keep`', async () => {
  expect(await processor('cumulativetodelta').values(sum(7n, 5, 1), sum(9n, 6, 1))).toEqual([[[7, 1, 1]], [[2, 1, 5]]]);
  expect(await processor('cumulativetodelta', '{initial_value: keep}').values(sum(7n, 5))).toEqual([[[7, 1, -100]]]);
  expect(await processor('cumulativetodelta', '{initial_value: drop}').values(sum(7n, 5, 1))).toEqual([[]]);
});

it('cumulativetodelta: a counter that went back is dropped once and goes on from there', async () => {
  const {values, count} = processor('cumulativetodelta');
  expect((await values(sum(10.5, 1), sum(3, 2), sum(4.5, 3))).slice(1)).toEqual([[], [[1.5, 1, 2]]]);
  expect(count('otelcol_cumulativetodelta_datapoints_dropped', {reason: 'reset'})).toBe(1);
});

it('cumulativetodelta: gauges, deltas and sums that go up and down stay as they are', async () => {
  const {values} = processor('cumulativetodelta', '{initial_value: drop}');
  const batches = [sum(1n, 1, 0, {monotonic: false}), sum(2n, 1, 0, {temporality: 'delta'})];
  expect(await values(...batches)).toEqual([[[1, 2, 0]], [[2, 1, 0]]]);
});

it('cumulativetodelta: `exclude` wins over `include`, by name, expression or type', async () => {
  const config =
    '{initial_value: keep, include: {metrics: ["^a"], match_type: regexp}, exclude: {metrics: [ab], match_type: strict}}';
  const {values} = processor('cumulativetodelta', config);
  const temporalities = (await values(...['aa', 'ab', 'b'].map((name) => sum(1n, 1, 0, {name})))) as number[][][];
  expect(temporalities.map(([point]) => point?.[1])).toEqual([1, 2, 2]);
  const types = processor('cumulativetodelta', '{initial_value: keep, include: {metric_types: [histogram]}}');
  expect(await types.values(sum(1n, 1, 0))).toEqual([[[1, 2, 0]]]);
  expect(() => processor('cumulativetodelta', '{include: {metrics: [a]}}')).toThrow('belong together');
});

const histogram = (counts: readonly number[], total: number, time: number, bounds: readonly number[] = [1, 2]) =>
  metric({type: 'histogram'}, (writer) =>
    writer.histogram({
      start: at(1),
      time: at(time),
      count: counts.reduce((a, b) => a + b, 0),
      sum: total,
      min: 0,
      max: 9,
      bounds,
      counts,
    }),
  );
const pointOf = (out: readonly AnyBatch[]) => pointsOf(out as unknown as readonly Lent<AnyBatch>[])[0]?.point;

it('cumulativetodelta: histograms, bucket by bucket, and one with other buckets is dropped', async () => {
  const {run, count} = processor('cumulativetodelta');
  await run(histogram([1, 2, 3], 10, 2));
  const point = pointOf(await run(histogram([2, 2, 5], 17.5, 3)));
  expect(point).toMatchObject({count: '3', sum: 7.5, bucketCounts: ['1', '0', '2'], startTimeUnixNano: String(at(2))});
  expect(point).not.toHaveProperty('max');
  expect(await run(histogram([3, 3, 6], 20, 4, [1, 5]))).toEqual([]);
  expect(count('otelcol_cumulativetodelta_datapoints_dropped', {reason: 'bucket_mismatch'})).toBe(1);
});

it('cumulativetodelta: a histogram that went back is dropped once and goes on from there', async () => {
  const {run, count} = processor('cumulativetodelta');
  await run(histogram([1, 2, 3], 10, 2));
  expect(await run(histogram([1, 0, 0], 1, 3))).toEqual([]);
  expect(pointOf(await run(histogram([1, 5, 5], 30, 4)))).toMatchObject({count: '10', sum: 29});
  expect(count('otelcol_cumulativetodelta_datapoints_dropped', {reason: 'reset'})).toBe(1);
});

it('cumulativetodelta: a first value that is kept has no minimum and no maximum', async () => {
  const point = pointOf(
    await processor('cumulativetodelta', '{initial_value: keep}').run(histogram([1, 2], 3, 2, [1])),
  );
  expect(point).toMatchObject({count: '3', sum: 3});
  expect(point).not.toHaveProperty('min');
  expect(point).not.toHaveProperty('max');
});

it('cumulativetodelta: a sum that is NaN was not recorded, and the next is counted from the last that was', async () => {
  const {run} = processor('cumulativetodelta');
  await run(histogram([1, 0, 0], 10, 2));
  expect(pointOf(await run(histogram([2, 0, 0], Number.NaN, 3)))).toMatchObject({count: '1', sum: 'NaN'});
  expect(pointOf(await run(histogram([3, 0, 0], 25, 4)))).toMatchObject({count: '1', sum: 15});
});

it('cumulativetodelta: a point without a recorded value is dropped, and the next goes on from the one before', async () => {
  const {values} = processor('cumulativetodelta');
  const nothing = metric({}, (writer) => writer.number({start: at(-100), time: at(2), flags: 1}));
  expect(await values(sum(10n, 1), nothing, sum(12n, 3))).toEqual([[], [], [[2, 1, 1]]]);
});

it('cumulativetodelta: a counter with another start is another series', async () => {
  const {values} = processor('cumulativetodelta');
  expect(await values(sum(9n, 1), sum(4n, 5, 3), sum(6n, 6, 3))).toEqual([[], [[4, 1, 3]], [[2, 1, 5]]]);
});

const exponential = (
  scale: number,
  offset: number,
  counts: readonly number[],
  time: number,
  given: Partial<NewMetric> = {},
) =>
  metric({type: 'exponentialHistogram', ...given}, (writer) =>
    writer.exponentialHistogram({
      start: at(1),
      time: at(time),
      count: counts.reduce((a, b) => a + b, 1),
      sum: 5,
      scale,
      zeroCount: 1,
      positive: {offset, counts},
    }),
  );

it('cumulativetodelta: exponential histograms, also where the scale went down', async () => {
  const {run} = processor('cumulativetodelta');
  await run(exponential(1, 2, [1, 1, 1], 2));
  // At scale 1 the indexes 2, 3 and 4 are 1, 1 and 2 at scale 0.
  const point = pointOf(await run(exponential(0, 1, [3, 4], 3)));
  expect(point).toMatchObject({count: '4', positive: {offset: 1, bucketCounts: ['1', '3']}});
  expect(await run(exponential(2, 0, [50], 4))).toEqual([]);
});

it('cumulativetodelta: series differ by resource, tenant and attributes, in whatever order these come', async () => {
  const {run} = processor('cumulativetodelta');
  const labelled = (value: bigint, time: number, ...keys: readonly string[]) =>
    metric({}, (writer) =>
      writer.number({
        value,
        start: at(-5),
        time: at(time),
        attributes: keys.map((key) => ({key, value: {type: 'string', value: 'v'} as const})),
      }),
    );
  await run(labelled(1n, 1, 'a', 'b'));
  expect((await run(labelled(4n, 2, 'b', 'a'))).length).toBe(1);
  expect(await run(labelled(9n, 2, 'a'))).toEqual([]);
  expect(await run(labelled(9n, 3, 'a', 'b'), contextOf('other'))).toEqual([]);
});

it('cumulativetodelta: series are forgotten when they are stale, or when there are too many', async () => {
  const stale = processor('cumulativetodelta', '{max_staleness: 1m}');
  await stale.values(sum(1n, 1));
  stale.pass(61);
  expect(await stale.values(sum(2n, 2))).toEqual([[]]);
  const few = processor('cumulativetodelta', '{max_streams: 1}');
  await few.values(sum(1n, 1, -5, {name: 'a'}), sum(1n, 1, -5, {name: 'b'}));
  expect(await few.values(sum(2n, 2, -5, {name: 'b'}), sum(2n, 2, -5, {name: 'a'}))).toEqual([[[1, 1, 1]], []]);
  expect(few.count('weft_processor_evicted_streams')).toBe(2);
});

it.each(['cumulativetodelta', 'deltatocumulative'] as const)(
  '%s: a batch that is refused and sent again counts once',
  async (kind) => {
    const factory = kind === 'cumulativetodelta' ? cumulativeToDeltaProcessor : deltaToCumulativeProcessor;
    let isFull = false;
    const out: MetricBatch[] = [];
    const {consumer} = factory.create(
      testSettings({clock: {now: () => began}}),
      configOf<never>(factory.config as never, '{}'),
      takes<'metrics'>(async (batch) => {
        if (isFull) throw new RetryableError('full', 'later');
        out.push(batch);
      }),
      'metrics',
    );
    const temporality = kind === 'cumulativetodelta' ? 'cumulative' : 'delta';
    const send = (value: bigint, time: number) =>
      consumer.consume(sum(value, time, 0, {temporality}) as never, contextOf());
    await send(10n, 1);
    isFull = true;
    await expect(send(15n, 2)).rejects.toThrow(RetryableError);
    isFull = false;
    await send(15n, 2);
    const last = pointsOf(out as unknown as readonly Lent<AnyBatch>[]).at(-1);
    expect(last?.value).toBe(kind === 'cumulativetodelta' ? 5 : 25);
  },
);

const delta = (value: number | bigint, start: number, time: number) => sum(value, time, start, {temporality: 'delta'});

it('deltatocumulative: adds up from the first point on', async () => {
  const {values, count} = processor('deltatocumulative');
  expect(await values(delta(1n, 0, 1), delta(2n, 1, 2), delta(3n, 2, 3))).toEqual([
    [[1, 2, 0]],
    [[3, 2, 0]],
    [[6, 2, 0]],
  ]);
  expect(count('otelcol_deltatocumulative_streams_tracked')).toBe(1);
});

it('deltatocumulative: what is older, came already, or is of one series too many is dropped and counted', async () => {
  const {values, count} = processor('deltatocumulative', '{max_streams: 1}');
  expect(await values(delta(1n, 5, 6), delta(2n, 6, 6), delta(2n, 4, 7))).toEqual([[[1, 2, 5]], [], []]);
  expect(await values(sum(1n, 9, 8, {temporality: 'delta', name: 'second'}))).toEqual([[]]);
  for (const error of ['delta.ErrOutOfOrder', 'delta.ErrOlderStart', 'limit'])
    expect(count('otelcol_deltatocumulative_datapoints', {error})).toBe(1);
});

it('deltatocumulative: counters that count already, and gauges, stay as they are', async () => {
  const {values} = processor('deltatocumulative');
  expect(await values(sum(3n, 1, 0), sum(3n, 2, 0))).toEqual([[[3, 2, 0]], [[3, 2, 0]]]);
});

it('deltatocumulative: exponential histograms are added at the coarser scale, within 160 buckets', async () => {
  const {run} = processor('deltatocumulative');
  await run(exponential(1, 2, [1, 1, 1], 2, {temporality: 'delta'}));
  const point = pointOf(await run(exponential(0, 1, [3, 4], 3, {temporality: 'delta'})));
  expect(point).toMatchObject({count: '12', zeroCount: '2', positive: {offset: 1, bucketCounts: ['5', '5']}});
  const wide = pointOf(await run(exponential(0, 2_000_000_000, [1], 4, {temporality: 'delta'}))) as {
    readonly scale: number;
    readonly positive: {readonly bucketCounts: readonly string[]};
  };
  expect(wide.positive.bucketCounts.length).toBeLessThanOrEqual(160);
  expect(wide.positive.bucketCounts.reduce((all, each) => all + Number(each), 0)).toBe(11);
});

it('deltatocumulative: the minimum and maximum are those of all points, while each has them', async () => {
  const {run} = processor('deltatocumulative');
  const part = (min: number | undefined, max: number, time: number) =>
    metric({type: 'histogram', temporality: 'delta'}, (writer) =>
      writer.histogram({
        start: at(time - 1),
        time: at(time),
        count: 1,
        sum: 1,
        ...(min === undefined ? {} : {min}),
        max,
        bounds: [1],
        counts: [1, 0],
      }),
    );
  expect(pointOf(await run(part(2, 5, 2)))).toMatchObject({min: 2, max: 5});
  expect(pointOf(await run(part(1, 4, 3)))).toMatchObject({min: 1, max: 5});
  const without = pointOf(await run(part(undefined, 9, 4)));
  expect(without).toMatchObject({max: 9});
  expect(without).not.toHaveProperty('min');
});

it('deltatocumulative: a stale series begins again', async () => {
  const {values, pass} = processor('deltatocumulative', '{max_stale: 1m}');
  await values(delta(5n, 0, 1));
  pass(61);
  expect(await values(delta(2n, 60, 61))).toEqual([[[2, 2, 60]]]);
});
