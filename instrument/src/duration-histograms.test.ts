import type {Attributes, MeterProvider} from '@opentelemetry/api';
import {resourceFromAttributes} from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type HistogramMetricData,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
  MeterProvider as SdkMeterProvider,
} from '@opentelemetry/sdk-metrics';
import {expect, test} from 'vitest';
import {createDurationHistograms} from './duration-histograms.ts';

const resource = resourceFromAttributes({'service.name': 'test'});
const name = 'http.server.request.duration';
const options = {unit: 's', description: 'Duration', advice: {explicitBucketBoundaries: [0.005, 0.1, 1]}};

/** The histogram's export after `record`, by the SDK alone and with its durations kept here. */
async function both(record: (provider: MeterProvider) => void) {
  const [ours, theirs] = await Promise.all(
    [true, false].map(async (own) => {
      const durations = createDurationHistograms(resource);
      const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
      const producers = own ? {metricProducers: [durations.producer]} : {};
      const reader = new PeriodicExportingMetricReader({exporter, exportIntervalMillis: 60_000, ...producers});
      const provider = new SdkMeterProvider({resource, readers: [reader]});
      record(own ? durations.wrap(provider) : provider);
      await provider.forceFlush();
      await provider.shutdown();
      return exporter.getMetrics().flatMap(({scopeMetrics}) =>
        scopeMetrics.flatMap(({scope, metrics}) =>
          (metrics as HistogramMetricData[]).map(({descriptor, dataPoints, ...rest}) => ({
            scope: `${scope.name} ${scope.version}`,
            descriptor: {...descriptor, advice: undefined, type: undefined},
            ...rest,
            points: dataPoints.map(({attributes, value}) => ({attributes, value})),
          })),
        ),
      );
    }),
  );
  return {ours, theirs};
}

const same = (title: string, record: (provider: MeterProvider) => void) =>
  test(title, async () => {
    const {ours, theirs} = await both(record);
    expect(ours).toEqual(theirs);
  });
const recorded = (title: string, measurements: readonly (readonly [number, Attributes?])[]) =>
  same(title, (provider) => {
    const histogram = provider.getMeter('m', '1').createHistogram(name, options);
    for (const measurement of measurements) histogram.record(...measurement);
  });

recorded('on, below and above every boundary', [[0], [0.005], [0.0051], [0.1], [0.5], [1], [1.1], [1e9]]);
recorded('nothing', []);
recorded('no durations', [[-1], [Number.NaN], ['1' as unknown as number], [1]]);
recorded('series, whatever the order of their attributes', [
  [1, {a: 'x', b: 200}],
  [2, {b: 200, a: 'x'}],
  [3, {a: 'x', b: '200'}],
  [4, {a: 'x'}],
  [5, {a: 'x', b: 200, c: true}],
]);
recorded(
  'more series than are kept',
  Array.from({length: 2_500}, (_, index) => [index / 100, {'http.route': `/${index % 2_100}`}]),
);
same('an instrument made twice, and a second scope', (provider) => {
  for (const scope of ['m', 'm', 'n']) provider.getMeter(scope, '1').createHistogram(name, options).record(1, {scope});
});
same('other histograms are the provider’s own', (provider) => {
  provider.getMeter('m', '1').createHistogram('other', options).record(1);
  provider.getMeter('m', '1').createHistogram('http.client.request.duration').record(1); // No advice: its own boundaries.
});

test('counts go on from one collection to the next', async () => {
  const durations = createDurationHistograms(resource);
  const histogram = durations.wrap(new SdkMeterProvider()).getMeter('m').createHistogram(name, options);
  const count = async () => {
    const {resourceMetrics} = await durations.producer.collect();
    return (resourceMetrics.scopeMetrics[0]!.metrics[0] as HistogramMetricData).dataPoints[0]!.value.count;
  };
  histogram.record(1);
  expect(await count()).toBe(1);
  histogram.record(1);
  expect([await count(), await count()]).toEqual([2, 2]);
});
