import {expect, it} from 'vitest';
import {createMeter} from './meter.ts';

it('meter: adds up a counter for each set of labels, whatever their order', () => {
  const meter = createMeter();
  meter.counter('spans', 'Spans.').with({receiver: 'otlp', transport: 'grpc'}).add(2);
  meter.counter('spans', 'Spans.').with({transport: 'grpc', receiver: 'otlp'}).add(3);
  meter.counter('spans', 'Spans.').with({transport: 'http', receiver: 'otlp'}).add(1);
  expect(meter.read()).toEqual([
    {
      kind: 'counter',
      name: 'spans',
      help: 'Spans.',
      series: [
        {labels: {receiver: 'otlp', transport: 'grpc'}, value: 5},
        {labels: {receiver: 'otlp', transport: 'http'}, value: 1},
      ],
    },
  ]);
});

it('meter: reads an observed gauge when somebody looks', () => {
  const meter = createMeter();
  let size = 1;
  meter
    .gauge('queue', 'Size.')
    .with({})
    .observe(() => size);
  size = 7;
  expect(meter.read()[0]?.series).toEqual([{labels: {}, value: 7}]);
});

it('meter: counts each value of a histogram in one bucket; bounds are inclusive', () => {
  const meter = createMeter();
  const series = meter.histogram('size', 'Size.', [1, 10]).with({});
  for (const value of [0.5, 1, 2, 10, 11]) series.record(value);
  expect(meter.read()[0]?.series).toEqual([{labels: {}, counts: [2, 2, 1], sum: 24.5, count: 5}]);
});

it('meter: refuses one name for two kinds', () => {
  const meter = createMeter();
  meter.counter('a', '');
  expect(() => meter.gauge('a', '')).toThrow('BUG: metric a is a counter');
});
