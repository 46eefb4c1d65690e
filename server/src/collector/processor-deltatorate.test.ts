import {expect, it} from 'vitest';
import {type AnyBatch, createMetricWriter, type Lent, type MetricBatch, type NewMetric} from '../model/index.ts';
import {deltaToRateProcessor} from './processor-deltatorate.ts';
import {pointsOf} from './testing-metrics.ts';
import {testProcessor} from './testing-processor.ts';

const began = 1_700_000_000_000_000_000n;

/** Points of one metric, each `[value, nanoseconds that it is of]`. */
function metric(given: Partial<NewMetric>, ...list: readonly (readonly [number | bigint, bigint])[]): MetricBatch {
  const writer = createMetricWriter();
  writer.resource([]);
  writer.metric({name: 'm', type: 'sum', temporality: 'delta', monotonic: true, unit: 'By', ...given} as NewMetric);
  for (const [value, nanos] of list) writer.number({value, start: began, time: began + nanos});
  return writer.batch;
}

async function rates(batch: MetricBatch) {
  const {run} = testProcessor(deltaToRateProcessor, '{metrics: [m]}', 'metrics');
  const out = pointsOf((await run(batch)) as unknown as readonly Lent<AnyBatch>[]);
  return out.map(({type, temporality, unit, value}) => [type, temporality, unit, value]);
}

it('deltatorate: a sum of deltas becomes a gauge of what was added in a second', async () => {
  const batch = metric({}, [120n, 60_000_000_000n], [1.5, 500_000_000n], [-3n, 2_000_000_000n]);
  expect(await rates(batch)).toEqual([
    ['gauge', undefined, 'By', 2],
    ['gauge', undefined, 'By', 3],
    ['gauge', undefined, 'By', -1.5],
  ]);
});

it('deltatorate: a point of no time, or of one without a beginning, is dropped and counted', async () => {
  const {run, count} = testProcessor(deltaToRateProcessor, '{metrics: [m]}', 'metrics');
  await run(metric({}, [5, 0n], [5, -1n]));
  expect(count('weft_processor_dropped_points')).toBe(2);
  expect(await rates(metric({}, [5, 0n], [5, -1n], [5, 1_000_000_000n]))).toEqual([['gauge', undefined, 'By', 5]]);
  const writer = createMetricWriter();
  writer.resource([]);
  writer.metric({name: 'm', type: 'sum', temporality: 'delta', monotonic: true});
  writer.number({value: 5, time: began});
  expect(await rates(writer.batch)).toEqual([]);
});

it('deltatorate: other metrics, and sums that are not of deltas, stay as they are', async () => {
  expect(await rates(metric({name: 'other'}, [5, 1n]))).toEqual([['sum', 1, 'By', 5]]);
  expect(await rates(metric({temporality: 'cumulative'}, [5, 1n]))).toEqual([['sum', 2, 'By', 5]]);
  expect(await rates(metric({type: 'gauge', temporality: undefined} as unknown as NewMetric, [5, 1n]))).toEqual([
    ['gauge', undefined, 'By', 5],
  ]);
});
