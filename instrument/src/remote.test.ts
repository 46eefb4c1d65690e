import {createServer, type RequestListener} from 'node:http';
import type {AddressInfo} from 'node:net';
import {ROOT_CONTEXT, SamplingDecision, SpanKind} from '@opentelemetry/api';
import {afterEach, describe, expect, test, vi} from 'vitest';
import {createLogLevels, type LeveledLogger} from './log-levels.ts';
import {expiring, followSettings, parseSettings} from './remote-settings.ts';
import {consistent, type SamplingRule} from './sampler.ts';
import {parseStrategy, remoteSampling} from './sampler-remote.ts';
import {alwaysOff, alwaysOn} from './sampler-rules.ts';

/** A busy machine may take its time; what is awaited here comes, or the test fails. */
const eventually = (value: () => unknown) => expect.poll(value, {interval: 20});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A small real server whose answer can be changed; counts what it was asked and answers 304 to a known ETag. */
async function serve(document: unknown) {
  const state = {document, asked: [] as string[], unchanged: 0, answer: undefined as RequestListener | undefined};
  const server = createServer((request, response) => {
    state.asked.push(request.url ?? '');
    if (state.answer !== undefined) return state.answer(request, response);
    const body = JSON.stringify(state.document);
    const etag = `"${Buffer.from(body).toString('base64url').slice(-20)}${body.length}"`;
    if (request.headers['if-none-match'] === etag) {
      state.unchanged++;
      return response.writeHead(304).end();
    }
    response.writeHead(200, {'content-type': 'application/json', etag}).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return Object.assign(state, {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`});
}

const share = (rule: SamplingRule, start: {name?: string; path?: string; method?: string} = {}, n = 2_000): number => {
  const sampler = consistent(rule);
  let kept = 0;
  for (let index = 0; index < n; index++) {
    const traceId = crypto.randomUUID().replaceAll('-', '');
    const attributes =
      start.path === undefined ? {} : {'url.path': start.path, 'http.request.method': start.method ?? 'GET'};
    const kind = start.path === undefined ? SpanKind.INTERNAL : SpanKind.SERVER;
    const {decision} = sampler.shouldSample(ROOT_CONTEXT, traceId, start.name ?? 'op', kind, attributes, []);
    if (decision === SamplingDecision.RECORD_AND_SAMPLED) kept++;
  }
  return kept / n;
};

describe('Jaeger remote sampling (api_v2.SamplingStrategyResponse)', () => {
  const perOperation = {
    strategyType: 'PROBABILISTIC',
    operationSampling: {
      defaultSamplingProbability: 0.5,
      defaultLowerBoundTracesPerSecond: 0,
      perOperationStrategies: [
        {operation: 'GET /orders/:id', probabilisticSampling: {samplingRate: 1}},
        {operation: 'nightly', probabilisticSampling: {samplingRate: 0}},
      ],
    },
  };

  test('probabilistic, rate limiting, per operation', () => {
    expect(
      share(parseStrategy({strategyType: 'PROBABILISTIC', probabilisticSampling: {samplingRate: 0.25}})),
    ).toBeCloseTo(0.25, 1);
    const limited = parseStrategy({strategyType: 'RATE_LIMITING', rateLimitingSampling: {maxTracesPerSecond: 5}});
    expect(share(limited) * 2_000).toBeLessThanOrEqual(15);
    const rule = parseStrategy(perOperation);
    expect(share(rule, {path: '/orders/42'})).toBe(1);
    expect(share(rule, {name: 'nightly'})).toBe(0);
    expect(share(rule, {path: '/orders/42', method: 'POST'})).toBeCloseTo(0.5, 1);
  });

  test('a rare operation keeps its floor, without a claim about probability', () => {
    const floored = parseStrategy({
      operationSampling: {
        defaultSamplingProbability: 0,
        defaultLowerBoundTracesPerSecond: 3,
        perOperationStrategies: [],
      },
    });
    const sampler = consistent(floored);
    const kept = Array.from({length: 100}, () =>
      sampler.shouldSample(ROOT_CONTEXT, crypto.randomUUID().replaceAll('-', ''), 'rare', SpanKind.SERVER, {}, []),
    ).filter(({decision}) => decision === SamplingDecision.RECORD_AND_SAMPLED);
    expect(kept.length).toBeGreaterThanOrEqual(3);
    expect(kept.length).toBeLessThanOrEqual(4);
    expect(kept[0]).toMatchObject({attributes: {'sampler.type': 'lowerbound'}});
    expect(kept[0]?.traceState?.get('ot')).toBeUndefined();
  });

  test.each([
    [undefined],
    [[]],
    [{probabilisticSampling: {samplingRate: 2}}],
    [{rateLimitingSampling: {maxTracesPerSecond: 'x'}}],
    [{operationSampling: {perOperationStrategies: [{}]}}],
  ])('refuses %j', (document) => expect(() => parseStrategy(document)).toThrow(TypeError));

  test('asks for its service, follows changes, keeps the last good answer', async () => {
    const server = await serve({strategyType: 'PROBABILISTIC', probabilisticSampling: {samplingRate: 0}});
    const rule = remoteSampling({
      service: 'check out',
      endpoint: `${server.url}/sampling`,
      pollMillis: 20,
      initial: alwaysOn,
    });
    ends.push(rule.stop);
    expect(share(rule)).toBe(1); // Before the first answer.
    await rule.poll();
    expect(server.asked[0]).toBe('/sampling?service=check+out');
    expect(share(rule)).toBe(0);
    server.document = {strategyType: 'PROBABILISTIC', probabilisticSampling: {samplingRate: 1}};
    await eventually(() => share(rule)).toBe(1);
    for (const answer of [
      ((_request, response) => response.end('{')) as RequestListener,
      ((_request, response) => response.writeHead(500).end()) as RequestListener,
      ((_request, response) => response.end(Buffer.alloc(2_000_000, 32))) as RequestListener,
      ((request) => request.socket.destroy()) as RequestListener,
    ]) {
      server.answer = answer;
      await rule.poll();
      expect(share(rule)).toBe(1);
    }
    server.answer = undefined;
    server.document = {probabilisticSampling: {samplingRate: 0}};
    await eventually(() => share(rule)).toBe(0);
  });
});

describe('settings of a service', () => {
  const logger = (level: string): LeveledLogger & {level: string} => ({
    level,
    levels: {values: {debug: 20, info: 30, warn: 40}},
  });
  const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();

  const follow = async (document: unknown) => {
    const server = await serve(document);
    const levels = createLogLevels();
    const [quiet, normal] = [logger('warn'), logger('info')];
    levels.register(quiet);
    levels.register(normal);
    const sampling: (number | undefined)[] = [];
    const settings = followSettings({
      endpoint: `${server.url}/`,
      headers: {},
      service: 'a/b',
      pollMillis: 20,
      levels,
      overrideSampling: (probability) => sampling.push(probability),
    });
    ends.push(settings.stop);
    await settings.poll();
    return {server, settings, sampling, levels, now: () => [quiet.level, normal.level]};
  };

  test('log level and sampling come, change and go without a restart', async () => {
    const {server, sampling, now, levels} = await follow({
      logLevel: {value: 'debug'},
      sampling: {probability: 1, until: inMinutes(5)},
    });
    expect(server.asked[0]).toBe('/api/weft/v1/instrument/settings?service=a%2Fb');
    expect([now(), sampling]).toEqual([['debug', 'debug'], [1]]);
    const late = logger('info');
    levels.register(late); // Made while the override is in force.
    expect(late.level).toBe('debug');
    server.document = {logLevel: {value: 'info', until: inMinutes(1)}};
    await eventually(now).toEqual(['info', 'info']);
    server.document = {};
    await eventually(now).toEqual(['warn', 'info']);
    expect([late.level, sampling]).toEqual(['info', [1, undefined]]);
  });

  test('an expiry brings them back although the server is gone', async () => {
    const {server, now, sampling} = await follow({
      logLevel: {value: 'debug', until: new Date(Date.now() + 150).toISOString()},
      sampling: {probability: 0.5, until: new Date(Date.now() + 150).toISOString()},
    });
    expect(now()).toEqual(['debug', 'debug']);
    server.answer = (request) => request.socket.destroy();
    await eventually(now).toEqual(['warn', 'info']);
    expect(sampling).toEqual([0.5, undefined]);
  });

  test('settings that have expired already do not come into force', async () => {
    const {now} = await follow({logLevel: {value: 'debug', until: inMinutes(-1)}});
    expect(now()).toEqual(['warn', 'info']);
  });

  test('an unchanged document is not read again', async () => {
    const {server, settings} = await follow({logLevel: {value: 'debug'}});
    await settings.poll();
    expect(server.unchanged).toBeGreaterThan(0);
  });

  test('a faulty document leaves everything as it was', async () => {
    const {server, settings, now} = await follow({logLevel: {value: 'debug'}});
    server.document = {logLevel: {value: 5}};
    await settings.poll();
    expect(now()).toEqual(['debug', 'debug']);
    for (const document of [{sampling: {probability: 2}}, {logLevel: {value: 'x', until: 'soon'}}]) {
      expect(() => parseSettings(document)).toThrow(TypeError);
    }
  });

  test('a level that a logger does not know, and one the program set meanwhile, are respected', async () => {
    const {now, levels, server} = await follow({logLevel: {value: 'silly'}});
    expect(now()).toEqual(['warn', 'info']);
    const own = logger('info');
    levels.register(own);
    server.document = {logLevel: {value: 'debug'}};
    await eventually(() => own.level).toBe('debug');
    own.level = 'warn';
    server.document = {};
    await eventually(now).toEqual(['warn', 'info']);
    expect(own.level).toBe('warn');
  });

  test('sampling rules of a stopped poller are not asked any more', async () => {
    const server = await serve({});
    const rule = remoteSampling({service: 's', endpoint: server.url, pollMillis: 10, initial: alwaysOff});
    await rule.poll();
    rule.stop();
    const before = server.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(server.asked.length).toBeLessThanOrEqual(before + 1);
  });
});

test('override: one of thirty days, more than a timer can count, ends on its day without a server', () => {
  vi.useFakeTimers();
  try {
    const heard: (string | undefined)[] = [];
    const level = expiring<string>((value) => heard.push(value));
    const day = 24 * 60 * 60_000;
    level.set('debug', new Date(Date.now() + 30 * day).toISOString());
    vi.advanceTimersByTime(30 * day - 1000);
    expect(heard).toEqual(['debug']);
    vi.advanceTimersByTime(2000);
    expect(heard).toEqual(['debug', undefined]);
    level.set('info', new Date(Date.now() + 60 * day).toISOString());
    level.set(undefined, undefined);
    expect(vi.getTimerCount()).toBe(0);
    expect(heard).toEqual(['debug', undefined, 'info', undefined]);
  } finally {
    vi.useRealTimers();
  }
});
