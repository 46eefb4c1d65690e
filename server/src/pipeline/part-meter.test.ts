import {expect, test} from 'vitest';
import {createMeter} from '../base/index.ts';
import {createPartMeters} from './part-meter.ts';
import {countOf} from './testing.ts';

test('component meter: a gauge is read from the instance that runs, whoever comes and goes', () => {
  const meter = createMeter();
  const meters = createPartMeters();
  const instance = (size: number) => {
    const own = meters(meter);
    own.meter
      .gauge('size', '')
      .with({exporter: 'a'})
      .observe(() => size);
    return own;
  };
  const size = (): number => countOf(meter, 'size', {exporter: 'a'});
  const first = instance(1);
  const second = instance(2);
  expect(size()).toBe(2);
  first.release();
  expect(size()).toBe(2);
  const third = instance(3);
  // It could not start.
  third.release();
  second.restore();
  expect(size()).toBe(2);
  second.release();
  expect(size()).toBe(0);
});
