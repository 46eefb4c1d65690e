import {expect, test} from 'vitest';
import {arrivalRates} from './use-arrival-rates.ts';

test('use arrival rates: rates are a second’s share; removal by retention is no arrival', () =>
  expect(arrivalRates({spans: 100, logs: 10, metricPoints: 0}, {spans: 600, logs: 5, metricPoints: 1}, 5)).toEqual({
    spans: 100,
    logs: 0,
    metricPoints: 0.2,
  }));
