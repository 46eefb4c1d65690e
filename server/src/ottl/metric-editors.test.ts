/** The editors of metrics, with the examples of the Collector's transform processor. */
import {expect, it} from 'vitest';
import {utf8} from '../base/index.ts';
import {
  createMetricWriter,
  type KeyValue,
  type MetricBatch,
  metricType,
  pointHas,
  readDoubles,
  readNumbers,
} from '../model/index.ts';
import {readOwner} from './attributes.ts';
import {createCache, Frame} from './frame.ts';
import {type CompileOptions, compileStatement, eachRow, transformFunctions} from './index.ts';
import {testSpan} from './testing.ts';
import {plain} from './testing-values.ts';

const options: CompileOptions = {functions: transformFunctions};

function run(text: string, batch: MetricBatch, row = 0, context: 'metric' | 'datapoint' = 'metric'): boolean {
  const compiled = compileStatement(text, context, options);
  if (compiled.kind === 'faulty') throw new Error(compiled.faults.map((fault) => fault.message).join('\n'));
  return compiled.value.run(batch, row);
}

const attributes = (record: Readonly<Record<string, string>>): KeyValue[] =>
  Object.entries(record).map(([key, value]) => ({key, value: {type: 'string', value}}));

/** Every metric with its points, by what they have. */
function metricsOf(batch: MetricBatch) {
  const names = Object.fromEntries(Object.entries(metricType).map(([name, number]) => [number, name]));
  const m = batch.metrics.columns;
  const p = batch.points.columns;
  const frame = new Frame(createCache());
  frame.batch = batch;
  return Array.from({length: batch.metrics.count}, (_, metric) => ({
    name: utf8(m.name.bytes(metric, batch.heap)),
    unit: utf8(m.unit.bytes(metric, batch.heap)),
    type: names[m.type.get(metric)],
    temporality: m.temporality.get(metric),
    monotonic: m.monotonic.get(metric) !== 0,
    points: Array.from({length: batch.points.count}, (_, point) => point)
      .filter((point) => p.metric.get(point) === metric)
      .map((point) => {
        const has = p.has.get(point);
        return {
          attributes: plain(readOwner(frame, {column: () => p.attributes, row: () => point})),
          time: p.time.get(point),
          ...((has & pointHas.int) !== 0 ? {value: p.value.getSigned(point)} : {}),
          ...((has & pointHas.double) !== 0 ? {value: p.value.getDouble(point)} : {}),
          ...(p.count.get(point) === 0n ? {} : {count: p.count.get(point), sum: p.sum.getDouble(point)}),
          ...(p.bucketCounts.count(point) === 0
            ? {}
            : {
                bounds: readDoubles(batch, p.bounds, point),
                counts: readNumbers(batch, p.bucketCounts, point).map(Number),
              }),
        };
      }),
  }));
}

function sums(): MetricBatch {
  const writer = createMetricWriter();
  writer.resource([]);
  writer.metric({name: 'requests', unit: '1', type: 'sum', temporality: 'cumulative', monotonic: true});
  for (const [host, code, value] of [
    ['a', '200', 1n],
    ['a', '500', 2n],
    ['b', '200', 6n],
  ] as const) {
    writer.number({time: 5n, start: 1n, value, attributes: attributes({host, code})});
  }
  return writer.batch;
}

function histograms(bounds = [0.1, 0.5, 1], counts = [5, 8, 3, 1]): MetricBatch {
  const writer = createMetricWriter();
  writer.resource([]);
  writer.metric({name: 'latency', unit: 's', type: 'histogram', temporality: 'delta'});
  const count = counts.reduce((a, b) => a + b);
  writer.histogram({time: 5n, count, sum: 9, min: 0.05, max: 2, bounds, counts, attributes: attributes({a: 'b'})});
  return writer.batch;
}

function summaries(): MetricBatch {
  const writer = createMetricWriter();
  writer.resource([]);
  writer.metric({name: 'took', unit: 's', type: 'summary'});
  writer.summary({
    time: 5n,
    count: 100,
    sum: 12.34,
    quantiles: [
      {quantile: 0.99, value: 1.2},
      {quantile: 0.5, value: 0.1},
    ],
  });
  return writer.batch;
}

it('ottl: a sum becomes a gauge, and a gauge a sum', () => {
  const batch = sums();
  run('convert_sum_to_gauge() where metric.name == "requests"', batch);
  expect(metricsOf(batch)).toMatchObject([{type: 'gauge', temporality: 0, monotonic: false}]);
  run('convert_gauge_to_sum("delta", true)', batch);
  expect(metricsOf(batch)).toMatchObject([{type: 'sum', temporality: 1, monotonic: true}]);
});

it('ottl: extract_count_metric and extract_sum_metric make sums of a histogram', () => {
  const batch = histograms();
  run('extract_count_metric(true)', batch);
  run('extract_sum_metric(false, ".sum")', batch);
  expect(metricsOf(batch).slice(1)).toEqual([
    {
      name: 'latency_count',
      unit: '1',
      type: 'sum',
      temporality: 1,
      monotonic: true,
      points: [{attributes: {a: 'b'}, time: 5n, value: 17n}],
    },
    {
      name: 'latency.sum',
      unit: 's',
      type: 'sum',
      temporality: 1,
      monotonic: false,
      points: [{attributes: {a: 'b'}, time: 5n, value: 9}],
    },
  ]);
  expect(() => run('extract_sum_metric(true)', sums())).toThrow('needs a metric of type Histogram');
});

it('ottl: a summary gives its count, sum and quantiles as metrics of their own', () => {
  const batch = summaries();
  run('convert_summary_count_val_to_sum("cumulative", true)', batch);
  run('convert_summary_sum_val_to_sum("delta", false, ".sum")', batch);
  run('convert_summary_quantile_val_to_gauge("q")', batch);
  expect(metricsOf(batch).slice(1)).toMatchObject([
    {name: 'took_count', temporality: 2, monotonic: true, points: [{value: 100n}]},
    {name: 'took.sum', temporality: 1, points: [{value: 12.34}]},
    {
      name: 'took.quantiles',
      type: 'gauge',
      points: [
        {attributes: {q: 0.99}, value: 1.2},
        {attributes: {q: 0.5}, value: 0.1},
      ],
    },
  ]);
});

it('ottl: a summary gives its count once in the context of points, however many it has', () => {
  const batch = summaries();
  run('copy_metric()', batch);
  batch.points.columns.metric.set(1, 0);
  const compiled = compileStatement('convert_summary_count_val_to_sum("cumulative", true)', 'datapoint', options);
  if (compiled.kind === 'faulty') throw new Error(compiled.faults.map((fault) => fault.message).join('\n'));
  eachRow(batch, 'datapoint', (row) => compiled.value.run(batch, row));
  expect(metricsOf(batch).filter(({name}) => name === 'took_count')).toMatchObject([
    {points: [{value: 100n}, {value: 100n}]},
  ]);
});

it('ottl: a copy of a metric shares nothing that can be edited', () => {
  const batch = histograms();
  run('copy_metric(name = "copy", unit = "ms") where metric.name == "latency"', batch);
  run('scale_metric(1000.0)', batch, 1);
  expect(metricsOf(batch)).toMatchObject([
    {name: 'latency', unit: 's', points: [{sum: 9, bounds: [0.1, 0.5, 1], counts: [5, 8, 3, 1]}]},
    {name: 'copy', unit: 'ms', points: [{sum: 9000, bounds: [100, 500, 1000], counts: [5, 8, 3, 1]}]},
  ]);
});

it.each([
  [
    'aggregate_on_attributes("sum", ["code"])',
    [
      [{code: '200'}, 7n],
      [{code: '500'}, 2n],
    ],
  ],
  ['aggregate_on_attributes("max", [])', [[{}, 6n]]],
  ['aggregate_on_attributes("mean", [])', [[{}, 3n]]],
  ['aggregate_on_attributes("median", [])', [[{}, 2n]]],
  [
    'aggregate_on_attributes("count", ["host"])',
    [
      [{host: 'a'}, 2n],
      [{host: 'b'}, 6n],
    ],
  ],
  [
    'aggregate_on_attribute_value("min", "code", ["200", "500"], "any")',
    [
      [{host: 'a', code: 'any'}, 1n],
      [{host: 'b', code: 'any'}, 6n],
    ],
  ],
])('ottl: %s merges points', (text, expected) => {
  const batch = sums();
  run(text, batch);
  expect(metricsOf(batch)[0]?.points.map((point) => [point.attributes, point.value])).toEqual(expected);
});

it('ottl: histograms with the same bounds are merged bucket by bucket', () => {
  const batch = histograms();
  run('copy_metric()', batch);
  batch.points.columns.metric.set(1, 0);
  run('aggregate_on_attributes("sum", [])', batch);
  expect(metricsOf(batch)[0]?.points).toEqual([
    {attributes: {}, time: 5n, count: 34n, sum: 18, bounds: [0.1, 0.5, 1], counts: [10, 16, 6, 2]},
  ]);
});

it.each([
  ['merge_histogram_buckets(0.5)', [0.1, 0.5, 1], [5, 8, 3, 1], [0.1, 1], [5, 11, 1]],
  ['merge_histogram_buckets(0.7)', [0.1, 0.5, 1], [5, 8, 3, 1], [0.1, 0.5, 1], [5, 8, 3, 1]],
  [
    'merge_histogram_buckets(5, method="limit_buckets")',
    [0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30],
    [80, 4, 6, 120, 3, 2, 40, 10, 1],
    [0.2, 1, 5, 30],
    [84, 126, 5, 50, 1],
  ],
])('ottl: %s of buckets %j', (text, bounds, counts, newBounds, newCounts) => {
  const batch = histograms(bounds, counts);
  run(text, batch);
  expect(metricsOf(batch)[0]?.points).toMatchObject([{bounds: newBounds, counts: newCounts}]);
});

it('ottl: merge_histogram_buckets in the context of points changes the one point only', () => {
  const batch = histograms();
  run('copy_metric()', batch);
  batch.points.columns.metric.set(1, 0);
  run('merge_histogram_buckets(2, method="limit_buckets")', batch, 1, 'datapoint');
  expect(metricsOf(batch)[0]?.points).toMatchObject([
    {bounds: [0.1, 0.5, 1], counts: [5, 8, 3, 1]},
    {bounds: [0.5], counts: [13, 4]},
  ]);
});

const exponential = (scale: number, offset: number, counts: readonly number[], zeroCount = 0): MetricBatch => {
  const writer = createMetricWriter();
  writer.resource([]);
  writer.metric({name: 'e', type: 'exponentialHistogram', temporality: 'delta'});
  const count = counts.reduce((a, b) => a + b) + zeroCount;
  writer.exponentialHistogram({time: 5n, count, sum: 999, scale, zeroCount, positive: {offset, counts}});
  return writer.batch;
};

it.each([
  ['upper', [160, 170, 180, 190, 200], exponential(7, 944, [1, ...new Array(28).fill(0), 1]), [0, 1, 0, 0, 1, 0]],
  ['upper', [1, 2, 3], exponential(0, 5, [10, 22, 12]), [0, 0, 0, 44]],
  [
    'midpoint',
    [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
    exponential(0, 5, [10, 22, 12], 5),
    [5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 22, 12],
  ],
  ['uniform', [5, 10, 15, 20, 25], exponential(0, 3, [10]), [0, 4, 3, 3, 0, 0]],
])('ottl: an exponential histogram by %s into the bounds %j', (distribution, bounds, batch, counts) => {
  run(
    `convert_exponential_histogram_to_histogram("${distribution}", [${bounds.map((bound) => bound.toFixed(1)).join(', ')}])`,
    batch,
  );
  expect(metricsOf(batch)).toMatchObject([{type: 'histogram', points: [{bounds, counts}]}]);
});

it('ottl: an exponential histogram spread by chance keeps its count', () => {
  const batch = exponential(0, 5, [10, 22, 12]);
  run('convert_exponential_histogram_to_histogram("random", [40.0, 60.0, 80.0, 100.0, 300.0])', batch);
  expect(metricsOf(batch)[0]?.points[0]?.counts?.reduce((a, b) => a + b)).toBe(44);
});

it.each([
  ['extract_percentile_metric(50)', 'latency_p50', histograms(), 0.1 + (4 / 8) * 0.4],
  ['extract_percentile_metric(99.9, "_most")', 'latency_most', histograms(), 2],
  ['extract_percentile_metric(10.0)', 'latency_p10', histograms(), 0.05 + (2 / 5) * 0.05],
  ['extract_percentile_metric(50)', 'e_p50', exponential(0, 5, [10, 22, 12]), 2 ** (6 + 12 / 22)],
])('ottl: %s makes %s', (text, name, batch, value) => {
  run(text, batch);
  const made = metricsOf(batch)[1];
  expect(made).toMatchObject({name, type: 'gauge'});
  expect(made?.points[0]?.value).toBeCloseTo(value, 10);
});

it.each([
  ['extract_percentile_metric(100)', 'between 0 and 100'],
  ['convert_gauge_to_sum("monthly", true)', 'expected delta or cumulative'],
  ['aggregate_on_attributes("avg")', 'expected one of sum, max'],
  ['merge_histogram_buckets(0, method="limit_buckets")', 'a whole number from 1'],
  ['convert_exponential_histogram_to_histogram("upper", [])', 'a bound at least'],
])('ottl: %s is refused: %s', (text, message) => expect(() => run(text, sums())).toThrow(message));

it.each([
  [2, {'http.request.method': 'GET', 'http.route': '/users/{id}'}, 'GET /users/{id}'],
  [2, {'http.method': 'GET'}, 'GET'],
  [3, {'url.template': '/u/{id}', 'http.request.method': 'GET'}, 'GET /u/{id}'],
  [2, {'rpc.system': 'grpc', 'rpc.service': 'Users', 'rpc.method': 'Get'}, 'Users/Get'],
  [
    3,
    {
      'db.system.name': 'postgresql',
      'db.operation.name': 'SELECT',
      'db.namespace': 'shop',
      'db.collection.name': 'users',
    },
    'SELECT shop.users',
  ],
  [3, {'db.system': 'redis', 'server.address': 'r', 'server.port': 6379}, 'r:6379'],
  [
    4,
    {'messaging.system': 'kafka', 'messaging.operation.name': 'send', 'messaging.destination.name': 'orders'},
    'send orders',
  ],
  [5, {'messaging.system': 'kafka', 'messaging.destination.temporary': true}, '(temporary)'],
  [1, {'http.request.method': 'GET'}, 'operationA'],
])('ottl: set_semconv_span_name of kind %i with %j is %s', (kind, given, name) => {
  const batch = testSpan(given);
  batch.spans.columns.kind.set(0, kind);
  const compiled = compileStatement('set_semconv_span_name("1.43.0", "was")', 'span', options);
  if (compiled.kind === 'faulty') throw new Error(compiled.faults[0]?.message);
  compiled.value.run(batch, 0);
  expect(utf8(batch.spans.columns.name.bytes(0, batch.heap))).toBe(name);
});
