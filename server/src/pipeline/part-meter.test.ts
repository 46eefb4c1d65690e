import {expect, test} from 'vitest';
import {createMeter} from '../base/index.ts';
import {createPartMeters} from './part-meter.ts';
import {countOf} from './testing.ts';

const labels = {exporter: 'a'};

test('component meter: a gauge is read from the instance that runs, whoever comes and goes', () => {
  const [meter, own] = [createMeter(), createMeter()];
  const meters = createPartMeters();
  const instance = (size: number) => {
    const each = meters(meter, own);
    each.meter
      .gauge('size', '')
      .with(labels)
      .observe(() => size);
    return each;
  };
  const sizes = (): number[] => [meter, own].map((each) => countOf(each, 'size', labels));
  const first = instance(1);
  const second = instance(2);
  expect(sizes()).toEqual([2, 2]);
  first.release();
  expect(sizes()).toEqual([2, 2]);
  const third = instance(3);
  // It could not start.
  third.release();
  second.restore();
  expect(sizes()).toEqual([2, 2]);
  second.release();
  expect(sizes()).toEqual([0, 0]);
});

test('component meter: instances of one id in two pipelines count together for the process and apart for themselves', () => {
  const meter = createMeter();
  const meters = createPartMeters();
  const [a, b] = [createMeter(), createMeter()];
  const [one, other] = [meters(meter, a), meters(meter, b)];
  for (const [instance, value] of [
    [one, 1],
    [other, 2],
  ] as const) {
    instance.meter.counter('items', '').with(labels).add(value);
    instance.meter.gauge('set', '').with(labels).set(value);
    instance.meter
      .gauge('read', '')
      .with(labels)
      .observe(() => value);
    instance.meter.histogram('seconds', '', [1.5]).with(labels).record(value);
  }
  one.meter.gauge('set', '').with(labels).add(10);
  const read = (name: string): number[] => [meter, a, b].map((each) => countOf(each, name, labels));
  expect(read('items')).toEqual([3, 1, 2]);
  expect(read('set')).toEqual([13, 11, 2]);
  expect(read('read')).toEqual([3, 1, 2]);
  const buckets = [meter, a, b].map((each) => {
    const family = each.read().find(({name}) => name === 'seconds');
    return family?.kind === 'histogram' ? family.series[0]?.counts : undefined;
  });
  expect(buckets).toEqual([
    [1, 1],
    [1, 0],
    [0, 1],
  ]);
  other.release();
  expect([read('set'), read('read')]).toEqual([
    [11, 11, 0],
    [1, 1, 0],
  ]);
});
