import {expect, test} from 'vitest';
import {createMeter, defaultTenant, silentLog, systemClock} from '../base/index.ts';
import {createSampling, samplingControl} from '../sampling/index.ts';
import {sampledAway} from './doctor-sampling.ts';

const now = Date.now();
const control = samplingControl(createSampling({clock: systemClock, log: silentLog, meter: createMeter()}));
const texts = async () =>
  sampledAway(await control.sampling(defaultTenant), now).map(({text, fix}) => `${text} → ${fix}`);

test('weft doctor: says why less than everything is kept, and nothing where all is', async () => {
  expect(await texts()).toEqual([]);
  const until = now + 30 * 60_000;
  await control.setOverride(defaultTenant, {
    service: 'cart',
    what: 'sampling',
    value: 0,
    until,
    setBy: 'ada',
    note: '',
  });
  await control.setOverride(defaultTenant, {service: '*', what: 'sampling', value: 1, until, setBy: '', note: ''});
  await control.setOverride(defaultTenant, {
    service: '*',
    what: 'logLevel',
    value: 'debug',
    until,
    setBy: '',
    note: '',
  });
  await control.changeSampling(defaultTenant, {probability: 0.05});
  expect(await texts()).toEqual([
    expect.stringMatching(
      /^cart: keeps 0 % of traces until .* UTC \(30 min\), by ada → .\/weft sampling clear cart ends it\.$/,
    ),
    'services that ask are told to keep 5 % of their traces → ./weft sampling tells what is kept of each operation, and why.',
  ]);
  await control.changeSampling(defaultTenant, {mode: 'adaptive'});
  await control.clearOverride(defaultTenant, 'cart', 'sampling');
  expect(await texts()).toEqual([]);
});
