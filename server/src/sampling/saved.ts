/**
 * What survives a restart: `sampling.json` (what people set) and `sampling-traffic.json` (rates, saved now and then), by tenant.
 * Version 1 knew no tenants: what it has is the default tenant's.
 */
import {defaultTenant, parseTenant, type TenantId} from '../base/index.ts';
import type {Override} from './overrides.ts';
import type {SamplingChange} from './sampling-config.ts';
import type {OperationTraffic, Traffic} from './traffic.ts';

export interface TenantSettings {
  readonly changes: SamplingChange;
  readonly overrides: readonly Override[];
}

export const savedSettings = (tenants: ReadonlyMap<TenantId, TenantSettings>): object => {
  const worth = [...tenants].filter(
    ([, {changes, overrides}]) => overrides.length > 0 || Object.keys(changes).length > 0,
  );
  return {version: 2, tenants: Object.fromEntries(worth)};
};

/** The tenants of a document. Throws where it is none of ours. */
function tenantsOf<T>(document: unknown): [TenantId, T][] {
  const {version, tenants} = (document ?? {}) as {readonly version?: unknown; readonly tenants?: unknown};
  if (version === 1) return [[defaultTenant, document as T]];
  if (version !== 2 || typeof tenants !== 'object' || tenants === null) throw new Error('not a file of this version');
  return Object.entries(tenants).flatMap(([name, saved]): [TenantId, T][] => {
    const tenant = parseTenant(name);
    return tenant === undefined || typeof saved !== 'object' || saved === null ? [] : [[tenant, saved as T]];
  });
}

type SavedOperation = readonly [name: string, seen: number, kept: number, lastSeen: number, told: number];
interface SavedTraffic {
  readonly services: readonly {
    readonly name: string;
    readonly lastAsked: number;
    readonly silence?: number;
    readonly operations: readonly SavedOperation[];
  }[];
}

/** Throws where the document is none of ours; what makes no sense in it is left out. */
export const parseSettings = (document: unknown): Map<TenantId, TenantSettings> =>
  new Map(tenantsOf<TenantSettings>(document).map(([tenant, saved]) => [tenant, parseTenantSettings(saved)]));

function parseTenantSettings(saved: TenantSettings): TenantSettings {
  if (!Array.isArray(saved.overrides)) throw new Error('not a file of this version');
  const overrides = (saved.overrides as Override[]).filter(
    ({service, what, value, setAt, until}) =>
      typeof service === 'string' &&
      Number.isFinite(setAt) &&
      Number.isFinite(until) &&
      (what === 'logLevel' ? typeof value === 'string' : what === 'sampling' && isShare(value)),
  );
  const {mode, budget, probability} = saved.changes ?? {};
  const changes: SamplingChange = {
    ...(mode !== undefined && ['fixed', 'file', 'adaptive'].includes(mode) && {mode}),
    ...(typeof budget === 'number' && budget > 0 && {budget}),
    ...(isShare(probability) && {probability}),
  };
  return {changes, overrides};
}

const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

export const savedTraffic = (tenants: ReadonlyMap<TenantId, Traffic>): object => ({
  version: 2,
  tenants: Object.fromEntries([...tenants].map(([tenant, traffic]) => [tenant, savedTenantTraffic(traffic)])),
});

function savedTenantTraffic(traffic: Traffic): SavedTraffic {
  const services = [...traffic.all()].map((service) => ({
    name: service.name,
    lastAsked: service.lastAsked,
    ...(service.silence !== undefined && {silence: service.silence}),
    operations: [...service.all()].map(
      ({name, seen, kept, lastSeen, told}): SavedOperation => [name, seen, kept, lastSeen, told],
    ),
  }));
  return {services};
}

/** Fills empty traffic with what was saved: the rates go on as if no time had passed. */
export function parseTraffic(
  document: unknown,
  trafficOf: (tenant: TenantId) => Traffic | undefined,
  now: number,
): void {
  for (const [tenant, saved] of tenantsOf<SavedTraffic>(document)) {
    if (!Array.isArray(saved.services)) throw new Error('not a file of this version');
    const traffic = trafficOf(tenant);
    if (traffic !== undefined) fillTraffic(saved, traffic, now);
  }
}

function fillTraffic(saved: SavedTraffic, traffic: Traffic, now: number): void {
  for (const {name, lastAsked, silence, operations} of saved.services) {
    const service = traffic.restore(name);
    service.lastAsked = Math.min(Number(lastAsked) || 0, now);
    if (isShare(silence)) service.silence = silence;
    for (const [operation, seen, kept, lastSeen, told] of operations) {
      const entry: OperationTraffic = service.restore(operation);
      if (![seen, kept, lastSeen].every((value) => Number.isFinite(value) && value >= 0)) continue;
      // Added up: with smaller limits several are now the rest.
      entry.seen += seen;
      entry.kept += kept;
      entry.lastSeen = Math.max(entry.lastSeen, Math.min(lastSeen, now));
      if (isShare(told) && told > 0) entry.told = told;
    }
  }
}
