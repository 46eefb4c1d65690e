/**
 * The sampling and the log level of every service: one object for the collector's parts (which serve it and count traffic),
 * for the API and for the command line. Each tenant has its own of everything but the configuration.
 */
import {type Clock, defaultTenant, type Log, type Meter, type TenantId} from '../base/index.ts';
import {defaultSamplingConfig, type SamplingConfig} from './sampling-config.ts';
import {observeSampling} from './sampling-metrics.ts';
import type {TenantSettings} from './saved.ts';
import {createStateFiles} from './state-files.ts';
import {type Common, createTenantSampling, type TenantSampling} from './tenant-sampling.ts';
import {Room} from './traffic.ts';

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
  readonly config: SamplingConfig;
  /** By the part that serves it; without it, everything is kept. */
  configure(config: SamplingConfig): void;
  /** Where it is served, for whoever shows it. */
  readonly endpoints: {http?: string; grpc?: string};
  /** A processor says that batches will be observed. */
  observes(): void;
  /** One tenant's. To be asked for each time: a tenant of whom nothing is known is not remembered. */
  of(tenant: TenantId): TenantSampling;
  /** Those of whom something is known. */
  all(): Iterable<TenantSampling>;
  /** Recalculates rates and probabilities; a timer does so every `interval`. */
  tick(): void;
  /** Saves what must survive. Idempotent. */
  stop(): void;
}

const saveTrafficMillis = 60_000;
/** More tenants than this are told what the configuration says, and nothing of them is remembered. */
const maxTenants = 1000;
/** Overrides of all tenants together. */
const maxOverridesOfAll = 10_000;
/** Services of all tenants together, as a multiple of those of one. */
const roomForServices = 4;

export function createSampling(options: SamplingOptions): Sampling {
  const {clock, log, monotonic = () => performance.now()} = options;
  const files = createStateFiles(options.directory, log);
  const tenants = new Map<TenantId, TenantSampling>();
  const endpoints: {http?: string; grpc?: string} = {};
  let config = defaultSamplingConfig;
  let room = roomFor(config);
  let isObserved = false;
  let last = monotonic();
  let savedAt = last;
  let stopped = false;

  const common: Common = {
    clock,
    log,
    endpoints,
    get config() {
      return config;
    },
    get isObserved() {
      return isObserved;
    },
    get room() {
      return room;
    },
    keep(sampling) {
      const known = tenants.get(sampling.tenant);
      if (known !== undefined) return known === sampling;
      if (tenants.size >= maxTenants) return false;
      tenants.set(sampling.tenant, sampling);
      return true;
    },
    hasRoomForOverride() {
      let count = 0;
      for (const tenant of tenants.values()) count += tenant.settings.overrides.length;
      return count < maxOverridesOfAll;
    },
    saveSettings: () => files.saveSettings(new Map([...tenants].map(([id, {settings}]) => [id, settings]))),
  };
  const of = (tenant: TenantId, saved?: TenantSettings): TenantSampling =>
    tenants.get(tenant) ?? createTenantSampling(tenant, common, saved);
  for (const [tenant, saved] of files.loadSettings() ?? []) common.keep(of(tenant, saved));
  common.keep(of(defaultTenant));

  const traffic = () => new Map([...tenants].map(([id, {state}]) => [id, state.traffic]));
  const loadTraffic = (): void => {
    files.loadTraffic((tenant) => {
      const sampling = of(tenant);
      return common.keep(sampling) ? sampling.state.traffic : undefined;
    }, clock.now());
    for (const tenant of tenants.values()) tenant.advance(0);
  };

  const tick = (): void => {
    const at = monotonic();
    const seconds = (at - last) / 1000;
    last = at;
    let hasEnded = false;
    for (const [id, tenant] of tenants) {
      if (tenant.advance(seconds)) hasEnded = true;
      if (tenant.isEmpty && id !== defaultTenant) tenants.delete(id);
    }
    if (hasEnded) common.saveSettings();
    if (isObserved && at - savedAt >= saveTrafficMillis) {
      savedAt = at;
      void files.saveTraffic(traffic());
    }
  };
  let timer = setInterval(tick, config.interval).unref();

  const sampling: Sampling = {
    endpoints,
    get config() {
      return config;
    },
    configure(next) {
      config = next;
      room = roomFor(config);
      for (const tenant of tenants.values()) tenant.reset();
      if (isObserved) loadTraffic();
      clearInterval(timer);
      timer = setInterval(tick, next.interval).unref();
    },
    observes() {
      if (isObserved) return;
      isObserved = true;
      last = monotonic();
      loadTraffic();
    },
    of: (tenant) => of(tenant),
    all: () => tenants.values(),
    tick,
    stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      config.file?.stop();
      if (isObserved) files.saveTrafficNow(traffic());
    },
  };
  observeSampling(options.meter, sampling);
  return sampling;
}

const roomFor = ({limits}: SamplingConfig): Room => new Room(roomForServices * limits.services);
