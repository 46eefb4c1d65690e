import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, describe, expect, test} from 'vitest';
import {createMeter, defaultTenant, silentLog, type TenantId} from '../base/index.ts';
import {createSampling} from './sampling.ts';
import {defaultSamplingConfig, type SamplingConfig} from './sampling-config.ts';
import {parseStrategies} from './strategies-file.ts';
import {strategyJson} from './strategy.ts';
import type {TenantSampling} from './tenant-sampling.ts';
import {random, rootsOf, type TestRoot} from './testing.ts';
import {viewSampling} from './view.ts';

const start = Date.parse('2026-01-02T03:04:05Z');
const minute = 60_000;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'weft-sampling-'));
  ends.push(() => rmSync(directory, {recursive: true}));
  return directory;
}

/** With a clock that goes on by hand. */
function begin(directory?: string, config: Partial<SamplingConfig> = {}, now = start) {
  const clock = {time: now, passed: 0, now: () => clock.time};
  const meter = createMeter();
  const monotonic = (): number => clock.passed;
  const all = createSampling({
    clock,
    monotonic,
    log: silentLog,
    meter,
    ...(directory !== undefined && {directory}),
  });
  const sampling = all.of(defaultTenant);
  ends.push(all.stop);
  all.observes();
  all.configure({...defaultSamplingConfig, ...config});
  const pass = (millis: number): void => {
    clock.time += millis;
    clock.passed += millis;
    all.tick();
  };
  /** So many windows of five seconds with these roots in each. */
  const run = (windows: number, roots: readonly TestRoot[]): void => {
    for (let window = 0; window < windows; window++) {
      sampling.observe(rootsOf(roots));
      pass(5000);
    }
  };
  return {clock, meter, all, sampling, pass, run};
}

/** A root that says it was kept with probability 1. */
const whole = (name: string): TestRoot => ({name, traceState: 'ot=th:0'});

const told = (sampling: TenantSampling, service: string): number =>
  JSON.parse(strategyJson(sampling.strategyFor(service))).probabilisticSampling?.samplingRate;
const set = (sampling: TenantSampling, service: string, value: number | string, until: number): boolean =>
  sampling.setOverride({
    service,
    what: typeof value === 'number' ? 'sampling' : 'logLevel',
    value,
    until,
    setBy: 'ada',
    note: 'INC-7',
  });

describe('sampling: modes', () => {
  test('fixed', () => {
    const {sampling} = begin(undefined, {probability: 0.3});
    expect(sampling.strategyFor('any')).toEqual({base: {kind: 'probabilistic', probability: 0.3}});
  });

  test('file', () => {
    const strategies = parseStrategies(
      '{"service_strategies": [{"service": "a", "type": "ratelimiting", "param": 7}]}',
      0.2,
    );
    const file = {path: 'x.json', strategies, problem: undefined, reload: async () => {}, stop() {}};
    const {sampling} = begin(undefined, {mode: 'file', file});
    expect(sampling.strategyFor('a')).toEqual({base: {kind: 'rate_limit', perSecond: 7}});
    expect(told(sampling, 'b')).toBe(0.2);
  });

  test('adaptive: each operation what it may keep, and a floor', () => {
    const {sampling, run} = begin(undefined, {mode: 'adaptive'});
    sampling.change({budget: 2});
    run(100, [...Array.from({length: 90}, () => whole('busy')), whole('rare')]);
    const {operations, base} = sampling.strategyFor('shop');
    expect(operations).toMatchObject({probability: 1, lowerBound: 1 / 60});
    const {busy, rare} = Object.fromEntries(operations!.list.map((each) => [each.operation, each.probability]));
    expect(rare).toBe(1);
    expect(busy! * 18).toBeCloseTo(1.8, 1);
    expect(base).toEqual({kind: 'probabilistic', probability: 1});
  });

  test('adaptive: operations without a place share what the rest may keep', () => {
    const {sampling, run} = begin(undefined, {mode: 'adaptive', limits: {services: 5, operations: 2}});
    sampling.change({budget: 3});
    run(
      100,
      Array.from({length: 100}, (_, i) => whole(`op${i % 20}`)),
    );
    const {operations} = sampling.strategyFor('shop');
    expect(operations!.list.map(({operation}) => operation).sort()).toEqual(['op0', 'op1']);
    // 90 % of 20 traces a second, and a third of the budget.
    expect(operations!.probability * 18).toBeCloseTo(1, 1);
  });

  test('changed at run time, and back', () => {
    const {sampling} = begin(undefined, {probability: 0.3});
    sampling.change({probability: 0.7});
    expect(told(sampling, 'a')).toBe(0.7);
    sampling.change({mode: 'adaptive', budget: 4});
    expect(viewSampling(sampling)).toMatchObject({mode: 'adaptive', budget: 4, probability: 0.7, setBy: 'api'});
    sampling.change(undefined);
    expect(viewSampling(sampling)).toMatchObject({
      mode: 'fixed',
      budget: 100,
      probability: 0.3,
      setBy: 'configuration',
    });
  });
});

describe('sampling: overrides', () => {
  test('of a service, of all, and of both: the service’s own is stronger', () => {
    const {sampling} = begin(undefined, {probability: 0.1});
    set(sampling, '*', 1, start + 10 * minute);
    expect([told(sampling, 'a'), told(sampling, 'b')]).toEqual([1, 1]);
    set(sampling, 'a', 0.5, start + 10 * minute);
    expect([told(sampling, 'a'), told(sampling, 'b')]).toEqual([0.5, 1]);
    expect(sampling.clearOverride('a', 'sampling')).toBe(true);
    expect(sampling.clearOverride('a', 'sampling')).toBe(false);
    expect(told(sampling, 'a')).toBe(1);
  });

  test('end by themselves, to the millisecond, in what is answered and in what is listed', () => {
    const {sampling, clock} = begin(undefined, {probability: 0.1});
    set(sampling, 'a', 1, start + minute);
    set(sampling, 'a', 'debug', start + 2 * minute);
    clock.time = start + minute - 1;
    expect([told(sampling, 'a'), Object.keys(sampling.overridesFor('a'))]).toEqual([1, ['logLevel', 'sampling']]);
    clock.time = start + minute;
    expect([told(sampling, 'a'), Object.keys(sampling.overridesFor('a'))]).toEqual([0.1, ['logLevel']]);
    clock.time = start + 2 * minute;
    expect(sampling.overrides()).toEqual([]);
  });

  test('survive a restart; what ended meanwhile does not come back', () => {
    const directory = folder();
    const first = begin(directory);
    set(first.sampling, 'a', 'debug', start + minute);
    set(first.sampling, '*', 0.5, start + 10 * minute);
    first.sampling.change({mode: 'adaptive', budget: 7});
    // As after a kill: nobody stops it.
    const second = begin(directory);
    expect(second.sampling.overrides()).toEqual([
      {
        service: '*',
        what: 'sampling',
        value: 0.5,
        setAt: start,
        until: start + 10 * minute,
        setBy: 'ada',
        note: 'INC-7',
      },
      {
        service: 'a',
        what: 'logLevel',
        value: 'debug',
        setAt: start,
        until: start + minute,
        setBy: 'ada',
        note: 'INC-7',
      },
    ]);
    expect(viewSampling(second.sampling)).toMatchObject({mode: 'adaptive', budget: 7});
    second.pass(5 * minute);
    expect(second.sampling.overrides()).toHaveLength(1);
    expect(readFileSync(join(directory, 'sampling.json'), 'utf8')).not.toContain('debug');
  });

  test('a file that cannot be used is no reason not to start', () => {
    const directory = folder();
    writeFileSync(join(directory, 'sampling.json'), '{"version": 1, "overr');
    writeFileSync(join(directory, 'sampling-traffic.json'), '[]');
    const {sampling} = begin(directory);
    expect(sampling.overrides()).toEqual([]);
    expect(set(sampling, 'a', 1, start + minute)).toBe(true);
  });

  test('there is a limit to their number', () => {
    const {sampling} = begin();
    for (let i = 0; i < 1000; i++) expect(set(sampling, `s${i}`, 1, start + minute)).toBe(true);
    expect(set(sampling, 'one more', 1, start + minute)).toBe(false);
    expect(set(sampling, 's5', 0.5, start + minute)).toBe(true);
  });
});

test('sampling: rates survive a restart', () => {
  const directory = folder();
  const first = begin(directory, {mode: 'adaptive'});
  first.sampling.change({budget: 2});
  first.run(
    60,
    Array.from({length: 100}, () => whole('busy')),
  );
  const before = viewSampling(first.sampling);
  first.all.stop();
  const second = begin(directory, {mode: 'adaptive'}, first.clock.time);
  expect(before.seenRate).toBeGreaterThan(19);
  expect(viewSampling(second.sampling)).toEqual(before);
  expect(second.sampling.strategyFor('shop').operations?.list).toHaveLength(1);
});

test('sampling: a service that asks and says no probability is scaled by what it was told', () => {
  const {sampling, run} = begin(undefined, {probability: 0.1});
  run(1, [{}]);
  for (let poll = 0; poll < 100; poll++) {
    sampling.strategyFor('shop');
    run(
      1,
      Array.from({length: 10}, () => ({})),
    );
  }
  const [service] = viewSampling(sampling).services;
  expect(service?.keptRate).toBeCloseTo(2, 1);
  expect(service?.seenRate).toBeCloseTo(20, 0);
});

describe('sampling: a service that asks, and whose spans say nothing', () => {
  /** Keeps each of its 100 traces a second with what it was told, by the name that it has when it begins: another. */
  const serve = (
    sampling: TenantSampling,
    run: (windows: number, roots: readonly TestRoot[]) => void,
    windows: number,
  ) => {
    const next = random(5);
    let kept = 0;
    for (let window = 0; window < windows; window++) {
      const {operations, base} = sampling.strategyFor('shop');
      const probability = operations?.probability ?? (base.kind === 'probabilistic' ? base.probability : 1);
      const roots = Array.from({length: 500}, (_, i) => ({name: i % 10 === 0 ? 'GET /rare' : 'GET /busy'}));
      const sent = roots.filter(() => next() < probability);
      kept += sent.length / 5 / windows;
      run(1, sent);
    }
    return kept;
  };

  test('has one probability for all, and keeps to the budget', () => {
    const {sampling, run} = begin(undefined, {mode: 'adaptive'});
    sampling.change({budget: 10});
    serve(sampling, run, 40);
    expect(Math.abs(serve(sampling, run, 100) / 10 - 1)).toBeLessThan(0.1);
    expect(sampling.strategyFor('shop').operations?.list).toEqual([]);
    const [shop] = viewSampling(sampling).services;
    expect(Math.abs((shop?.seenRate as number) / 100 - 1)).toBeLessThan(0.25);
    expect(shop?.reason.text).toMatch(
      /^held to 10\/s of \d+\/s, all operations alike: its spans do not say their probability$/,
    );
  });

  test('does so over a restart', () => {
    const directory = folder();
    const first = begin(directory, {mode: 'adaptive'});
    first.sampling.change({budget: 10});
    serve(first.sampling, first.run, 40);
    first.all.stop();
    const second = begin(directory, {mode: 'adaptive'});
    second.clock.time = first.clock.time;
    // Spans arrive before it asks again.
    second.all.tick();
    second.run(
      1,
      Array.from({length: 50}, () => ({name: 'GET /busy'})),
    );
    expect(Math.abs((viewSampling(second.sampling).services[0]?.seenRate as number) / 100 - 1)).toBeLessThan(0.3);
  });
});

describe('sampling: as the page shows it', () => {
  test('what is kept whole, what is held, what is overridden', () => {
    const {sampling, run} = begin(undefined, {mode: 'adaptive'});
    sampling.change({budget: 2});
    const busy = Array.from({length: 1700}, () => whole('busy'));
    run(200, [...busy, whole('calm'), {...whole('all'), service: 'login'}]);
    set(sampling, 'login', 1, start + 60 * minute);
    const view = viewSampling(sampling);
    expect(view).toMatchObject({mode: 'adaptive', modes: ['fixed', 'adaptive'], observing: true, budget: 2});
    const [shop, login] = view.services;
    expect([shop?.service, shop?.share, shop?.reason.kind, shop?.reason.text]).toEqual([
      'shop',
      1.8,
      'held',
      'held to 1.8/s of 340/s',
    ]);
    expect(shop?.operations.map(({operation, probability, reason}) => [operation, probability, reason.text])).toEqual([
      ['busy', 0.004706, 'held to 1.6/s of 340/s'],
      ['calm', 1, 'below its share: kept whole'],
    ]);
    expect(login?.reason).toEqual({
      kind: 'override',
      text: 'override until 2026-01-02 04:04 UTC: 100 %',
      service: 'login',
      untilUnixNano: `${start + 60 * minute}000000`,
    });
    expect(view.overrides).toHaveLength(1);
  });

  test('who asks is listed before its first span', () => {
    const {sampling} = begin(undefined, {mode: 'adaptive'});
    sampling.strategyFor('asks');
    sampling.overridesFor('follows');
    expect(viewSampling(sampling).services).toEqual([
      expect.objectContaining({
        service: 'asks',
        seenRate: 0,
        probability: 1,
        askedUnixNano: `${start}000000`,
        reason: {kind: 'new', text: 'nothing is known of its traffic yet'},
      }),
      expect.objectContaining({service: 'follows', settingsAskedUnixNano: `${start}000000`}),
    ]);
  });
});

test('sampling: lists the busiest, and all of a service that is asked for', () => {
  const {sampling, run} = begin();
  const roots = Array.from({length: 260}, (_, i) => ({service: `s${i}`, name: 'a'}));
  run(1, [
    ...roots,
    ...Array.from({length: 80}, (_, i) => Array.from({length: i + 2}, () => ({service: 'big', name: `op${i}`}))).flat(),
  ]);
  const view = viewSampling(sampling);
  expect([view.services.length, view.omittedServices]).toEqual([200, 61]);
  const [big] = view.services;
  expect([big?.service, big?.operations.length, big?.omittedOperations]).toEqual(['big', 50, 30]);
  expect(big?.operations[0]?.operation).toBe('op79');
  const [whole] = viewSampling(sampling, 'big').services;
  expect([whole?.operations.length, whole?.omittedOperations]).toEqual([80, undefined]);
  expect(viewSampling(sampling, 'nobody').services).toEqual([]);
});

test('sampling: a disk that takes nothing is no reason to refuse what a person sets', () => {
  const directory = folder();
  const {all, sampling} = begin(join(directory, 'gone'));
  expect(set(sampling, 'a', 0.5, start + minute)).toBe(true);
  expect(told(sampling, 'a')).toBe(0.5);
  all.tick();
});

test('sampling: tells /metrics', () => {
  const {sampling, meter, run} = begin(undefined, {mode: 'adaptive'});
  run(
    100,
    Array.from({length: 10}, () => ({name: 'a', traceState: 'ot=th:8'})),
  );
  set(sampling, 'a', 'debug', start + 60 * minute);
  const values = Object.fromEntries(meter.read().map(({name, series}) => [name, (series[0] as {value: number}).value]));
  expect(values).toEqual({
    weft_sampling_services: 1,
    weft_sampling_operations: 1,
    weft_sampling_seen_traces_per_second: expect.closeTo(4, 1),
    weft_sampling_kept_traces_per_second: expect.closeTo(2, 1),
    weft_sampling_budget_traces_per_second: 100,
    weft_sampling_overrides: 1,
  });
});

test('sampling rates: a wall clock that steps back and forward by an hour changes none of them', () => {
  const {sampling, clock, run} = begin(undefined, {mode: 'adaptive'});
  const roots = Array.from({length: 50}, () => whole('a'));
  const rate = (): number => [...sampling.state.traffic.all()].reduce((sum, service) => sum + service.seen(), 0);
  run(100, roots);
  expect(rate()).toBeCloseTo(10, 0);
  clock.time -= 60 * minute;
  run(20, roots);
  expect(rate()).toBeCloseTo(10, 0);
  clock.time += 60 * minute;
  run(20, roots);
  expect(rate()).toBeCloseTo(10, 0);
});

test('sampling: the rates saved at the end stay when a save that began before ends after it', async () => {
  const directory = folder();
  const {all, sampling, run, pass} = begin(directory, {mode: 'adaptive'});
  run(11, [whole('early')]);
  sampling.observe(rootsOf([whole('late')]));
  // Its minute is over: this begins to save, and the end comes before the disk has answered.
  pass(10_000);
  const {traffic} = sampling.state;
  traffic.service('asked last').lastAsked = start;
  all.stop();
  while (readdirSync(directory).some((name) => name.endsWith('.saving')))
    await new Promise((done) => setTimeout(done, 1));
  const saved = JSON.parse(readFileSync(join(directory, 'sampling-traffic.json'), 'utf8'));
  expect(saved.tenants.default.services.map(({name}: {name: string}) => name)).toContain('asked last');
  expect(statSync(join(directory, 'sampling-traffic.json')).mode & 0o777).toBe(0o600);
});

describe('sampling by tenant', () => {
  const other = 'team-a' as TenantId;
  const seen = (sampling: TenantSampling): string[] => viewSampling(sampling).services.map(({service}) => service);

  test('a tenant sees its own services, and no others of the same name', () => {
    const {all, sampling, pass} = begin(undefined, {mode: 'adaptive'});
    sampling.observe(rootsOf([{service: 'shared', name: 'ours'}]));
    all.of(other).observe(rootsOf([{service: 'shared', name: 'theirs'}, {service: 'secret'}]));
    pass(5000);
    expect(seen(sampling)).toEqual(['shared']);
    expect(seen(all.of(other)).sort()).toEqual(['secret', 'shared']);
    const operations = viewSampling(all.of(other), 'shared').services[0]?.operations.map(({operation}) => operation);
    expect(operations).toEqual(['theirs']);
    expect(seen(all.of('nobody' as TenantId))).toEqual([]);
  });

  test('what one tenant sets holds for it alone, and only it can take it back', () => {
    const {all, sampling} = begin();
    set(sampling, '*', 0.5, start + minute);
    all.of(other).change({probability: 0.25});
    expect([told(sampling, 'a'), told(all.of(other), 'a')]).toEqual([0.5, 0.25]);
    expect(all.of(other).overrides()).toEqual([]);
    expect(all.of(other).clearOverride('*', 'sampling')).toBe(false);
    all.of(other).change(undefined);
    expect([told(sampling, 'a'), told(all.of(other), 'a')]).toEqual([0.5, 1]);
  });

  test('settings and rates of each tenant survive a restart', () => {
    const directory = folder();
    const first = begin(directory, {mode: 'adaptive'});
    first.all.of(other).observe(rootsOf([{service: 'theirs', name: 'a'}]));
    set(first.all.of(other), 'theirs', 'debug', start + 60 * minute);
    first.pass(5000);
    first.all.stop();
    const {all, sampling} = begin(directory, {mode: 'adaptive'});
    expect(seen(all.of(other))).toEqual(['theirs']);
    expect(all.of(other).overrides()).toMatchObject([{service: 'theirs', value: 'debug'}]);
    expect([seen(sampling), sampling.overrides()]).toEqual([[], []]);
  });

  test('files of before tenants are the default tenant’s', () => {
    const directory = folder();
    const override = {
      service: 'a',
      what: 'sampling',
      value: 0.5,
      setAt: start,
      until: start + minute,
      setBy: '',
      note: '',
    };
    const settings = {version: 1, changes: {mode: 'adaptive', budget: 7}, overrides: [override]};
    writeFileSync(join(directory, 'sampling.json'), JSON.stringify(settings));
    const services = [{name: 'old', lastAsked: 0, operations: [['a', 3, 3, start, 1]]}];
    writeFileSync(join(directory, 'sampling-traffic.json'), JSON.stringify({version: 1, services}));
    const {all, sampling} = begin(directory);
    expect(sampling.overrides()).toEqual([override]);
    expect(sampling.state).toMatchObject({mode: 'adaptive', adaptive: {budget: 7}});
    expect(seen(sampling)).toEqual(['old']);
    expect([all.of(other).state.mode, seen(all.of(other))]).toEqual(['fixed', []]);
  });

  test('tenants that are made up are forgotten, and of one too many nothing is remembered', () => {
    const {all, pass} = begin();
    for (let i = 0; i < 1200; i++) all.of(`made-up-${i}` as TenantId).strategyFor('a');
    expect([...all.all()]).toHaveLength(1000);
    expect(set(all.of('late' as TenantId), 'a', 0.5, start + minute)).toBe(false);
    expect(all.of('late' as TenantId).change({probability: 0.5})).toBe(false);
    expect(told(all.of('late' as TenantId), 'a')).toBe(1);
    pass(2 * 60 * minute);
    expect([...all.all()].map(({tenant}) => tenant)).toEqual([defaultTenant]);
  });

  test('services of all tenants share one bound', () => {
    const {all} = begin(undefined, {limits: {services: 10, operations: 2}});
    for (let tenant = 0; tenant < 20; tenant++) {
      const roots = Array.from({length: 10}, (_, i) => ({service: `s${i}`}));
      all.of(`t${tenant}` as TenantId).observe(rootsOf(roots));
    }
    const services = [...all.all()].reduce((sum, {state}) => sum + state.traffic.services.size, 0);
    expect(services).toBe(40);
  });
});
