/**
 * What every service is told about its sampling and its log level: one object for the collector's parts (which serve it and
 * count traffic), for the API and for the command line.
 */
import type {Clock, Log, Meter} from '../base/index.ts';
import type {Lent, SpanBatch} from '../model/index.ts';
import {type AdaptiveOptions, type Plan, planSampling} from './adaptive.ts';
import {type Override, Overrides, type What} from './overrides.ts';
import {observeSampling} from './sampling-metrics.ts';
import {createStateFiles} from './state-files.ts';
import {withoutFile} from './strategies-file.ts';
import type {StrategiesSource} from './strategies-source.ts';
import {probabilistic, probabilitiesOf, probabilityFor, type Strategy} from './strategy.ts';
import {Traffic, type TrafficLimits} from './traffic.ts';

export type SamplingMode = 'fixed' | 'file' | 'adaptive';

/** What the configuration says; the API may change mode, budget and probability. */
export interface SamplingConfig {
  readonly mode: SamplingMode;
  /** Of the mode `fixed`. */
  readonly probability: number;
  readonly adaptive: AdaptiveOptions;
  /** Milliseconds between two calculations. */
  readonly interval: number;
  readonly limits: TrafficLimits;
  readonly file: StrategiesSource | undefined;
}

/** What was changed at run time. */
export interface SamplingChange {
  readonly mode?: SamplingMode;
  readonly budget?: number;
  readonly probability?: number;
}

export const defaultSamplingConfig: SamplingConfig = {
  mode: 'fixed',
  probability: 1,
  adaptive: {
    budget: 100,
    serviceBudget: Number.POSITIVE_INFINITY,
    operationBudget: Number.POSITIVE_INFINITY,
    initialProbability: 1,
    minProbability: 1e-5,
    lowerBound: 1 / 60,
  },
  interval: 5000,
  limits: {services: 500, operations: 200},
  file: undefined,
};

export interface SamplingOptions {
  /** Where changes, overrides and rates are kept; without it they end with the process. */
  readonly directory?: string;
  readonly clock: Clock;
  /** Milliseconds that only go forward: rates are counts over what has passed of them. Default `performance.now`. */
  readonly monotonic?: () => number;
  readonly log: Log;
  readonly meter: Meter;
}

export interface Sampling {
  /** By the part that serves it; without it, everything is kept. */
  configure(config: SamplingConfig): void;
  /** Where it is served, for whoever shows it. */
  readonly endpoints: {http?: string; grpc?: string};
  /** A processor says that it will call `observe`. */
  observes(): void;
  /** Counts the traces that begin in a batch. */
  observe(batch: Lent<SpanBatch>): void;
  /** What a service is told that asks now. */
  strategyFor(service: string): Strategy;
  /** The same without noting that it asked. */
  plannedFor(service: string): {readonly strategy: Strategy; readonly override: Override | undefined};
  /** What is overridden for a service that asks now. */
  overridesFor(service: string): {readonly logLevel?: Override; readonly sampling?: Override};
  overrides(): readonly Override[];
  /** False where there are too many of them. */
  setOverride(override: Omit<Override, 'setAt'>): boolean;
  /** Whether there was one. */
  clearOverride(service: string, what: What): boolean;
  /** Undefined goes back to the configuration. */
  change(change: SamplingChange | undefined): void;
  readonly state: SamplingState;
  /** Calculates anew; by itself every `interval`. */
  tick(): void;
  /** Saves what must survive. Idempotent. */
  stop(): void;
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

const saveTrafficMillis = 60_000;

export function createSampling(options: SamplingOptions): Sampling {
  const {clock, log, monotonic = () => performance.now()} = options;
  const files = createStateFiles(options.directory, log);
  const overrides = new Overrides();
  const endpoints: {http?: string; grpc?: string} = {};
  let changes: SamplingChange = {};
  let config = defaultSamplingConfig;
  let traffic = new Traffic(config.limits);
  let plan: Plan = new Map();
  let isObserved = false;
  let last = monotonic();
  let savedAt = last;
  let stopped = false;

  const mode = (): SamplingMode =>
    changes.mode === 'file' && config.file === undefined ? config.mode : (changes.mode ?? config.mode);
  const adaptive = (): AdaptiveOptions => ({...config.adaptive, budget: changes.budget ?? config.adaptive.budget});
  const probability = (): number => changes.probability ?? config.probability;
  const replan = (): void => {
    plan = mode() === 'adaptive' ? planSampling(traffic, adaptive()) : new Map();
  };
  const saveSettings = (): void => files.saveSettings({version: 1, changes, overrides: overrides.list(clock.now())});
  const saved = files.loadSettings();
  changes = saved?.changes ?? {};
  for (const override of saved?.overrides ?? []) overrides.set(override);

  const tick = (): void => {
    const now = clock.now();
    const ended = overrides.expire(now);
    for (const override of ended) log.info({override}, 'an override has ended');
    if (ended.length > 0) saveSettings();
    const at = monotonic();
    const seconds = (at - last) / 1000;
    if (isObserved && seconds > 0) {
      last = at;
      traffic.advance(seconds, now);
    }
    replan();
    if (isObserved && at - savedAt >= saveTrafficMillis) {
      savedAt = at;
      void files.saveTraffic(traffic);
    }
  };
  let timer = setInterval(tick, config.interval).unref();
  /** Without a look at overrides. */
  const planned = (service: string): Strategy => {
    if (mode() === 'fixed') return probabilistic(probability());
    if (mode() === 'file') {
      const {byService, otherwise} = config.file?.strategies ?? withoutFile(probability());
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

  const sampling: Sampling = {
    endpoints,
    plannedFor,
    configure(next) {
      config = next;
      traffic = new Traffic(next.limits);
      if (isObserved) files.loadTraffic(traffic, clock.now());
      replan();
      clearInterval(timer);
      timer = setInterval(tick, next.interval).unref();
    },
    observes() {
      if (isObserved) return;
      isObserved = true;
      last = monotonic();
      files.loadTraffic(traffic, clock.now());
    },
    observe: (batch) => traffic.observe(batch, clock.now()),
    strategyFor(service) {
      const {strategy, override} = plannedFor(service);
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
      traffic.service(service).lastAskedSettings = now;
      const logLevel = overrides.inForce(service, 'logLevel', now);
      const sampling = overrides.inForce(service, 'sampling', now);
      return {...(logLevel && {logLevel}), ...(sampling && {sampling})};
    },
    overrides: () => overrides.list(clock.now()),
    setOverride(given) {
      const override = {...given, setAt: clock.now()};
      overrides.expire(override.setAt);
      if (!overrides.set(override)) return false;
      saveSettings();
      log.info({override}, 'an override is set');
      return true;
    },
    clearOverride(service, what) {
      if (!overrides.clear(service, what)) return false;
      saveSettings();
      log.info({service, what}, 'an override is taken back');
      return true;
    },
    change(change) {
      changes = change === undefined ? {} : {...changes, ...change};
      saveSettings();
      replan();
      log.info({changes}, 'sampling is changed');
    },
    get state() {
      return {
        config,
        isChanged: Object.keys(changes).length > 0,
        mode: mode(),
        probability: probability(),
        adaptive: adaptive(),
        isObserved,
        traffic,
        plan,
      };
    },
    tick,
    stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      config.file?.stop();
      if (isObserved) files.saveTrafficNow(traffic);
    },
  };
  observeSampling(options.meter, sampling);
  return sampling;
}
