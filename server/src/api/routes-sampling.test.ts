/** Behaviour that the golden answers cannot show: ETags, who may write, limits. */
import type {FastifyInstance} from 'fastify';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createMeter, defaultTenant, silentLog} from '../base/index.ts';
import {createSampling, maxOverrides, type Sampling, samplingControl} from '../sampling/index.ts';
import {createApi} from './create-api.ts';
import type {Control, Source} from './source.ts';

const clock = {time: 0, now: () => clock.time};
let sampling: Sampling;
let api: FastifyInstance;

beforeEach(async () => {
  clock.time = Date.parse('2026-01-02T03:04:05Z');
  sampling = createSampling({clock, log: silentLog, meter: createMeter()});
  api = await createApi({
    source: {} as Source, // no route here asks the store
    control: samplingControl(sampling) as unknown as Control,
    meter: createMeter(),
    log: silentLog,
    clock,
    uiDirectory: undefined,
    loopback: true,
  });
});
afterEach(async () => {
  await api.close();
  sampling.stop();
});

const ask = (method: 'GET' | 'PUT' | 'DELETE', url: string, body?: object, headers: Record<string, string> = {}) =>
  api.inject({
    method,
    url: `/api/weft/v1${url}`,
    headers: {host: 'localhost:16686', ...headers},
    ...(body && {payload: JSON.stringify(body)}),
  });
const settings = (headers: Record<string, string> = {}) =>
  ask('GET', '/instrument/settings?service=cart', undefined, headers);

describe('sampling API: the settings of a service', () => {
  test('are not sent again to who has them', async () => {
    const first = await settings();
    expect([first.statusCode, first.json(), first.headers['cache-control']]).toEqual([200, {}, 'no-cache']);
    const etag = first.headers.etag as string;
    const second = await settings({'if-none-match': etag});
    expect([second.statusCode, second.body, second.headers.etag]).toEqual([304, '', etag]);
    for (const tag of [`"other", ${etag}`, `W/${etag}`, '*']) {
      expect((await settings({'if-none-match': tag})).statusCode).toBe(304);
    }
    expect((await settings({'if-none-match': '"other"'})).statusCode).toBe(200);
  });

  test('have another tag once something is set, and the first again when it has ended', async () => {
    const etag = (await settings()).headers.etag as string;
    await ask('PUT', '/instrument/overrides/cart', {logLevel: 'debug', probability: 0.5, for: '1m'});
    const changed = await settings({'if-none-match': etag});
    expect([changed.statusCode, changed.json()]).toEqual([
      200,
      {
        logLevel: {value: 'debug', until: '2026-01-02T03:05:05.000Z'},
        sampling: {probability: 0.5, until: '2026-01-02T03:05:05.000Z'},
      },
    ]);
    clock.time += 60_000;
    const ended = await settings({'if-none-match': changed.headers.etag as string});
    expect([ended.statusCode, ended.json(), ended.headers.etag]).toEqual([200, {}, etag]);
  });
});

test.each([
  ['PUT', '/sampling', {mode: 'adaptive'}],
  ['DELETE', '/sampling', undefined],
  ['PUT', '/instrument/overrides/*', {probability: 1}],
  ['DELETE', '/instrument/overrides/cart', undefined],
] as const)('%s %s: not by another site', async (method, url, body) => {
  sampling.of(defaultTenant).change({budget: 7});
  sampling.of(defaultTenant).setOverride({
    service: 'cart',
    what: 'logLevel',
    value: 'warn',
    until: clock.time + 1e6,
    setBy: '',
    note: '',
  });
  for (const headers of [
    {origin: 'https://evil.example'},
    {'sec-fetch-site': 'cross-site'},
    {host: 'evil.example', origin: 'http://evil.example'},
  ]) {
    const response = await ask(method, url, body, headers as unknown as Record<string, string>);
    expect([response.statusCode, response.json().error.code]).toEqual([403, 'forbidden']);
  }
  expect(sampling.of(defaultTenant).state).toMatchObject({mode: 'fixed', adaptive: {budget: 7}});
  expect(sampling.of(defaultTenant).overrides()).toHaveLength(1);
  expect((await ask(method, url, body, {origin: 'http://localhost:16686'})).statusCode).toBe(200);
});

test('sampling API: an override that is one too many is refused', async () => {
  for (let i = 0; i < maxOverrides; i++) {
    sampling
      .of(defaultTenant)
      .setOverride({service: `s${i}`, what: 'sampling', value: 1, until: clock.time + 1e6, setBy: '', note: ''});
  }
  const response = await ask('PUT', '/instrument/overrides/cart', {probability: 1});
  expect([response.statusCode, response.json().error]).toEqual([
    413,
    {
      code: 'too_large',
      reason: 'overrides_full',
      values: {},
      message: 'There are too many overrides.',
      hint: 'Clear some: GET /instrument/overrides.',
    },
  ]);
});

describe('sampling API: a tenant', () => {
  const theirs = {'x-scope-orgid': 'team-a'};

  test('sees and clears only its own overrides', async () => {
    await ask('PUT', '/instrument/overrides/cart', {logLevel: 'debug', note: 'of ours'});
    expect((await ask('GET', '/instrument/overrides', undefined, theirs)).json()).toEqual({overrides: []});
    expect((await ask('DELETE', '/instrument/overrides/cart', undefined, theirs)).statusCode).toBe(404);
    expect((await settings(theirs)).json()).toEqual({});
    await ask('PUT', '/instrument/overrides/cart', {logLevel: 'trace'}, theirs);
    expect((await settings(theirs)).json()).toMatchObject({logLevel: {value: 'trace'}});
    expect((await settings()).json()).toMatchObject({logLevel: {value: 'debug'}});
  });

  test('sees and changes only its own sampling', async () => {
    sampling.of(defaultTenant).strategyFor('secret');
    await ask('PUT', '/sampling', {mode: 'adaptive', budget: 7});
    const seen = (await ask('GET', '/sampling', undefined, theirs)).json();
    expect(seen).toMatchObject({mode: 'fixed', budget: 100, services: [], overrides: []});
    await ask('DELETE', '/sampling', undefined, theirs);
    expect((await ask('GET', '/sampling')).json()).toMatchObject({mode: 'adaptive', budget: 7});
  });
});
