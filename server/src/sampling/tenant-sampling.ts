/** One tenant's sampling: the strategies of its services and their traffic. No other tenant may see or change any of it. */
import type {Clock, Log, TenantId} from '../base/index.ts';
import type {Lent, SpanBatch} from '../model/index.ts';
import {type AdaptiveOptions, type Plan, planSampling} from './adaptive.ts';
import {type Override, Overrides, type What} from './overrides.ts';
import type {SamplingChange, SamplingConfig, SamplingMode} from './sampling-config.ts';
import type {TenantSettings} from './saved.ts';
import {withoutFile} from './strategies-file.ts';
import {probabilistic, probabilitiesOf, probabilityFor, type Strategy} from './strategy.ts';
import {type Room, Traffic} from './traffic.ts';

/** The parts that all tenants share. */
export interface Common {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: SamplingConfig;
  readonly endpoints: {http?: string; grpc?: string};
  readonly isObserved: boolean;
  /** For the services of all tenants together. */
  readonly room: Room;
  /** Before anything of a tenant is remembered; false where there are too many tenants. */
  keep(tenant: TenantSampling): boolean;
  /** Whether one more override may be remembered, whoever sets it. */
  hasRoomForOverride(): boolean;
  saveSettings(): void;
}

export interface TenantSampling {
  readonly tenant: TenantId;
  /** Where it is served, for whoever shows it. */
  readonly endpoints: {readonly http?: string; readonly grpc?: string};
  /** Counts the traces that begin in a batch. */
  observe(batch: Lent<SpanBatch>): void;
  /** The strategy for a service that asks now. */
  strategyFor(service: string): Strategy;
  /** The same without noting that it asked. */
  plannedFor(service: string): {readonly strategy: Strategy; readonly override: Override | undefined};
  /** The overrides for a service that asks now. */
  overridesFor(service: string): {readonly logLevel?: Override; readonly sampling?: Override};
  overrides(): readonly Override[];
  /** False where there are too many of them. */
  setOverride(override: Omit<Override, 'setAt'>): boolean;
  /** Whether there was one. */
  clearOverride(service: string, what: What): boolean;
  /** Undefined goes back to the configuration. False where there are too many tenants to remember it. */
  change(change: SamplingChange | undefined): boolean;
  readonly state: SamplingState;
  /** The settings that must survive a restart, beside its traffic. */
  readonly settings: TenantSettings;
  /** Nothing of it is worth remembering. */
  readonly isEmpty: boolean;
  /** After the configuration has changed: traffic is counted from nothing on. */
  reset(): void;
  /** Brings rates and probabilities up to now. Whether overrides have ended. */
  advance(seconds: number): boolean;
}

/** For whoever shows it. */
export interface SamplingState {
  readonly config: SamplingConfig;
  readonly isChanged: boolean;
  readonly mode: SamplingMode;
  readonly probability: number;
  readonly adaptive: AdaptiveOptions;
  readonly isObserved: boolean;
  readonly traffic: Traffic;
  readonly plan: Plan;
}

export function createTenantSampling(tenant: TenantId, common: Common, saved?: TenantSettings): TenantSampling {
  const {clock} = common;
  const log = common.log.child({tenant});
  const overrides = new Overrides();
  let changes: SamplingChange = saved?.changes ?? {};
  for (const override of saved?.overrides ?? []) overrides.set(override);
  let traffic = new Traffic(common.config.limits, common.room);
  let plan: Plan = new Map();

  const mode = (): SamplingMode =>
    changes.mode === 'file' && common.config.file === undefined
      ? common.config.mode
      : (changes.mode ?? common.config.mode);
  const adaptive = (): AdaptiveOptions => ({
    ...common.config.adaptive,
    budget: changes.budget ?? common.config.adaptive.budget,
  });
  const probability = (): number => changes.probability ?? common.config.probability;
  const replan = (): void => {
    plan = mode() === 'adaptive' ? planSampling(traffic, adaptive()) : new Map();
  };
  /** Without a look at overrides. */
  const planned = (service: string): Strategy => {
    if (mode() === 'fixed') return probabilistic(probability());
    if (mode() === 'file') {
      const {byService, otherwise} = common.config.file?.strategies ?? withoutFile(probability());
      return byService.get(service) ?? otherwise;
    }
    const {initialProbability, lowerBound} = adaptive();
    const own = plan.get(service) ?? plan.get('');
    const list = (own === undefined || own.isUniform ? [] : [...own.operations])
      .filter(([operation]) => operation !== '')
      .map(([operation, {listed}]) => ({operation, probability: listed}));
    const unlisted = own?.probability ?? initialProbability;
    return {...probabilistic(unlisted), operations: {probability: unlisted, lowerBound, list}};
  };

  const plannedFor = (service: string) => {
    const override = overrides.inForce(service, 'sampling', clock.now());
    return {override, strategy: override === undefined ? planned(service) : probabilistic(override.value as number)};
  };

  const sampling: TenantSampling = {
    tenant,
    endpoints: common.endpoints,
    plannedFor,
    observe(batch) {
      if (common.keep(sampling)) traffic.observe(batch, clock.now());
    },
    strategyFor(service) {
      const {strategy, override} = plannedFor(service);
      if (!common.keep(sampling)) return strategy;
      const asking = traffic.service(service);
      asking.lastAsked = clock.now();
      // Of a list that changes with the traffic nobody knows which entry a span that says nothing has followed, if any.
      const isListed = mode() === 'adaptive' && override === undefined && !plan.get(service)?.isUniform;
      const probabilities = probabilitiesOf(strategy);
      asking.unlisted = isListed ? (strategy.operations?.probability ?? 0) : 0;
      for (const operation of [...asking.operations, asking.rest]) {
        // Of probability 0 nothing arrives: what does was decided otherwise.
        operation.told = isListed ? 1 : probabilityFor(strategy, probabilities, operation.name) || 1;
        operation.listed = isListed ? (probabilities.get(operation.name) ?? 0) : 0;
      }
      return strategy;
    },
    overridesFor(service) {
      const now = clock.now();
      if (common.keep(sampling)) traffic.service(service).lastAskedSettings = now;
      const logLevel = overrides.inForce(service, 'logLevel', now);
      const rate = overrides.inForce(service, 'sampling', now);
      return {...(logLevel && {logLevel}), ...(rate && {sampling: rate})};
    },
    overrides: () => overrides.list(clock.now()),
    setOverride(given) {
      const override = {...given, setAt: clock.now()};
      overrides.expire(override.setAt);
      const isNew = !overrides.has(override.service, override.what);
      if ((isNew && !common.hasRoomForOverride()) || !common.keep(sampling) || !overrides.set(override)) return false;
      common.saveSettings();
      log.info({override}, 'an override is set');
      return true;
    },
    clearOverride(service, what) {
      if (!overrides.clear(service, what)) return false;
      common.saveSettings();
      log.info({service, what}, 'an override is taken back');
      return true;
    },
    change(change) {
      if (change !== undefined && !common.keep(sampling)) return false;
      changes = change === undefined ? {} : {...changes, ...change};
      common.saveSettings();
      replan();
      log.info({changes}, 'sampling is changed');
      return true;
    },
    get state() {
      return {
        config: common.config,
        isChanged: Object.keys(changes).length > 0,
        mode: mode(),
        probability: probability(),
        adaptive: adaptive(),
        isObserved: common.isObserved,
        traffic,
        plan,
      };
    },
    get settings() {
      return {changes, overrides: overrides.list(clock.now())};
    },
    get isEmpty() {
      return Object.keys(changes).length === 0 && overrides.size === 0 && traffic.isEmpty;
    },
    reset() {
      traffic = new Traffic(common.config.limits, common.room);
      plan = new Map();
      replan();
    },
    advance(seconds) {
      const now = clock.now();
      const ended = overrides.expire(now);
      for (const override of ended) log.info({override}, 'an override has ended');
      if (seconds > 0) traffic.advance(seconds, now);
      replan();
      return ended.length > 0;
    },
  };
  replan();
  return sampling;
}
