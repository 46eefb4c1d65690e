/** The whole loop, with services that do as they are told: traffic → probabilities → what is kept of the next traffic. */
import {describe, expect, test} from 'vitest';
import {type AdaptiveOptions, type Plan, planSampling} from './adaptive.ts';
import {poisson, random, rootsOf, type TestRoot} from './testing.ts';
import {Traffic} from './traffic.ts';

const options: AdaptiveOptions = {
  budget: 20,
  serviceBudget: Number.POSITIVE_INFINITY,
  operationBudget: Number.POSITIVE_INFINITY,
  initialProbability: 1,
  minProbability: 1e-5,
  lowerBound: 0,
};
const seconds = 5;

/** Traces per second by `service operation`. */
type Rates = Readonly<Record<string, number>>;

class World {
  readonly traffic = new Traffic({services: 50, operations: 50});
  readonly next: () => number;
  readonly options: AdaptiveOptions;
  plan: Plan = new Map();
  now = 1_000_000;
  /** Operations that their services know by other names when traces begin. */
  strays: readonly string[];

  constructor(seed: number, changed: Partial<AdaptiveOptions> = {}, strays: readonly string[] = []) {
    this.next = random(seed);
    this.strays = strays;
    this.options = {...options, ...changed};
  }

  probability(key: string): number {
    const [service, operation] = split(key);
    const own = this.plan.get(service);
    const listed = this.strays.includes(key) ? undefined : own?.operations.get(operation)?.listed;
    return listed ?? own?.probability ?? this.options.initialProbability;
  }

  /** Traces kept per second, by name, averaged over `windows`. */
  run(windows: number, rates: Rates): Record<string, number> {
    const kept: Record<string, number> = {};
    for (let window = 0; window < windows; window++) {
      for (const [key, rate] of Object.entries(rates)) {
        const probability = this.probability(key);
        const count = poisson(rate * probability * seconds, this.next);
        kept[key] = (kept[key] ?? 0) + count / seconds / windows;
        this.traffic.observe(rootsOf(Array.from({length: count}, () => root(key, probability))), this.now);
      }
      this.now += seconds * 1000;
      this.traffic.advance(seconds, this.now);
      this.plan = planSampling(this.traffic, this.options);
      for (const service of this.traffic.services) {
        const own = this.plan.get(service.name);
        service.unlisted = own?.probability ?? 0;
        for (const operation of service.operations) operation.listed = own?.operations.get(operation.name)?.listed ?? 0;
      }
    }
    return kept;
  }
}

const split = (key: string): [string, string] => key.split(' ', 2) as [string, string];

function root(key: string, probability: number): TestRoot {
  const [service, name] = split(key);
  return {service, name, attributes: {'sampler.type': 'probabilistic', 'sampler.param': probability}};
}
const total = (kept: Readonly<Record<string, number>>): number =>
  Object.values(kept).reduce((sum, each) => sum + each, 0);
/** Within a tenth: what chance leaves of some thousand traces. */
const near = (value: number, expected: number): void => expect(Math.abs(value / expected - 1)).toBeLessThan(0.1);

describe.each([1, 2, 3, 4, 5])('adaptive sampling: seed %i', (seed) => {
  const rates = {'cart busy': 800, 'cart calm': 3, 'cart rare': 0.05, 'login all': 40, 'report night': 0.01};

  test('comes to its budget, and stays there', () => {
    const world = new World(seed);
    world.run(40, rates);
    near(total(world.run(200, rates)), 20);
  });

  test('keeps what is rare whole', () => {
    const world = new World(seed);
    const before = {'cart rare': 0.05, 'cart calm': 3};
    world.run(40, {...rates, ...before});
    for (const key of ['cart calm', 'cart rare', 'report night'])
      expect([key, world.probability(key)]).toEqual([key, 1]);
    const {'cart busy': busy, 'login all': login} = world.run(100, rates) as {'cart busy': number; 'login all': number};
    // 20 less what the rare ones have: half for each service, and within `cart` what the others leave.
    near(login, 10);
    near(busy, 10 - 3.05);
  });

  test('holds a burst within two windows, and gives way when it is over', () => {
    const world = new World(seed);
    world.run(40, rates);
    const burst = {...rates, 'login all': 4000};
    world.run(2, burst);
    expect(total(world.run(20, burst))).toBeLessThan(30);
    expect(world.probability('login all')).toBeLessThan(0.01);
    world.run(60, {...rates, 'login all': 4});
    expect(world.probability('login all')).toBe(1);
  });

  test('takes in a new service without taking more than its share from the others', () => {
    const world = new World(seed);
    world.run(40, rates);
    const more = {...rates, 'new all': 2000};
    world.run(10, more);
    const kept = world.run(60, more);
    near(total(kept), 20);
    near(kept['new all'] as number, 6.67);
    near(kept['login all'] as number, 6.67);
    expect(world.probability('cart rare')).toBe(1);
  });
});

test('adaptive sampling: operations that are not found by their names share what is not listed', () => {
  const world = new World(9, {}, ['web GET:/a', 'web GET:/b', 'web GET:/rare']);
  const rates = {'web GET:/a': 300, 'web GET:/b': 100, 'web GET:/rare': 0.5, 'web job': 50};
  world.run(20, rates);
  near(total(world.run(100, rates)), 20);
  const web = world.plan.get('web')!;
  expect(web.probability).toBeLessThan(0.05);
  for (const name of ['GET:/a', 'GET:/b', 'GET:/rare']) {
    expect(web.operations.get(name)?.probability).toBe(web.probability);
  }
  // The one that is found has its own.
  near(world.probability('web job'), 6.5 / 50);
  // And when they are found after all, each has its own again.
  world.strays = [];
  world.run(20, rates);
  expect(world.probability('web GET:/rare')).toBe(1);
  expect(world.plan.get('web')!.probability).toBe(1);
});

test('adaptive sampling: shares add up to the budget', () => {
  const world = new World(9);
  world.run(60, {'a x': 100, 'a y': 50, 'b z': 400, 'c w': 0.2});
  const services = [...world.plan.values()];
  expect(services.reduce((sum, {share}) => sum + share, 0)).toBeCloseTo(20, 9);
  for (const {share, operations} of services) {
    expect([...operations.values()].reduce((sum, each) => sum + each.share, 0)).toBeCloseTo(share, 9);
  }
});

test('adaptive sampling: keeps all where there is room for all', () => {
  const world = new World(9, {budget: 1000});
  world.run(20, {'a x': 100, 'b y': 200});
  expect([world.probability('a x'), world.probability('b y')]).toEqual([1, 1]);
});

test('adaptive sampling: has limits for a service and for an operation', () => {
  const world = new World(9, {budget: 1000, serviceBudget: 30, operationBudget: 5});
  const rates = {'a x': 100, 'a y': 2, ...Object.fromEntries(Array.from({length: 20}, (_, i) => [`b op${i}`, 50]))};
  world.run(60, rates);
  const {share: a} = world.plan.get('a')!;
  expect(a).toBeGreaterThan(5);
  expect(a).toBeLessThan(8);
  expect(world.plan.get('a')!.operations.get('x')!.share).toBeCloseTo(5, 6);
  expect(world.plan.get('b')!.share).toBeCloseTo(30, 6);
});

test('adaptive sampling: never goes below the least probability', () => {
  const world = new World(9, {budget: 0.001, minProbability: 0.01});
  world.run(20, {'a x': 500});
  expect(world.probability('a x')).toBe(0.01);
});

test('adaptive sampling: starts with the initial probability', () => {
  const world = new World(9, {initialProbability: 0.1});
  expect(world.probability('a x')).toBe(0.1);
  world.run(20, {'a x': 0.5});
  expect(world.probability('a x')).toBe(1);
  expect(world.probability('a other')).toBe(0.1);
});
