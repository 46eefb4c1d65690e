/**
 * State that survives a restart: `sampling.json` (the settings that people made) and `sampling-traffic.json` (rates, saved
 * now and then), by tenant. Version 1 knew no tenants: its content is the default tenant's.
 */
import {defaultTenant, parseTenant, type TenantId} from '../base/index.ts';
import {
  type ConfigType,
  checkedJson,
  ifSound,
  listOfSound,
  mapOf,
  number,
  oneOf,
  optional,
  record,
  required,
  scalar,
  string,
  tuple,
  withDefault,
} from '../config/index.ts';
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

type Warn = (message: string) => void;

const head = record({
  version: required(
    scalar('1 or 2', (value) => (value === 1 || value === 2 ? {value} : 'expected 1 or 2, a version of this file')),
    'the version of this file',
  ),
});

/** The tenants of a document. Throws where it is none of ours; what makes no sense in it is left out, and told to `warn`. */
function tenantsOf<T>(type: ConfigType<T>, document: unknown, warn: Warn): [TenantId, T][] {
  if (checkedJson(head, document, '').version === 1) return [[defaultTenant, checkedJson(type, document, '', warn)]];
  const all = record({tenants: required(mapOf(ifSound(type)), 'what each tenant has')});
  return [...checkedJson(all, document, '', warn).tenants].flatMap(([name, saved]): [TenantId, T][] => {
    const tenant = parseTenant(name);
    return tenant === undefined || saved === undefined ? [] : [[tenant, saved]];
  });
}

const share = number((value) => value >= 0 && value <= 1, 'a number from 0 to 1');
const atLeast0 = number((value) => value >= 0, 'a number of at least 0');

type SavedOperation = readonly [name: string, seen: number, kept: number, lastSeen: number, told: number];
interface SavedTraffic {
  readonly services: readonly {
    readonly name: string;
    readonly lastAsked: number;
    readonly silence?: number;
    readonly operations: readonly SavedOperation[];
  }[];
}

const overrideType: ConfigType<Override> = record(
  {
    service: required(string(), 'the name of the service'),
    what: required(oneOf('logLevel', 'sampling'), 'what is set'),
    value: required(
      scalar('a level or a number', (value) =>
        typeof value === 'string' || typeof value === 'number' ? {value} : 'expected a level or a number',
      ),
      'what it is set to',
    ),
    setAt: required(number(), 'when it was set'),
    until: required(number(), 'when it ends'),
    setBy: withDefault(string(), '', '', 'who set it'),
    note: withDefault(string(), '', '', 'why'),
  },
  ({what, value}, node, report) => {
    const isShare = typeof value === 'number' && value >= 0 && value <= 1;
    if (what === 'logLevel' ? typeof value !== 'string' : !isShare) {
      report.fault(node.at, `${JSON.stringify(value)} is no value of ${what}`);
    }
  },
);

const settingsType = record({
  changes: optional(
    record({
      mode: optional(ifSound(oneOf('fixed', 'file', 'adaptive')), 'as in the configuration'),
      budget: optional(ifSound(number((value) => value > 0, 'a number above 0')), 'as in the configuration'),
      probability: optional(ifSound(share), 'as in the configuration'),
    }),
    'what holds instead of the configuration',
  ),
  overrides: required(listOfSound(overrideType), 'what is set for services'),
});

/** Throws where the document is none of ours; what makes no sense in it is left out, and told to `warn`. */
export const parseSettings = (document: unknown, warn: Warn): Map<TenantId, TenantSettings> =>
  new Map(
    tenantsOf(settingsType, document, warn).map(([tenant, {changes, overrides}]) => {
      const {mode, budget, probability} = changes ?? {};
      const set: SamplingChange = {
        ...(mode !== undefined && {mode}),
        ...(budget !== undefined && {budget}),
        ...(probability !== undefined && {probability}),
      };
      return [tenant, {changes: set, overrides}];
    }),
  );

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

const trafficType = record({
  services: required(
    listOfSound(
      record({
        name: required(string(), 'its name'),
        lastAsked: withDefault(atLeast0, 0, '0', 'when it asked last'),
        silence: optional(ifSound(share), 'the share of its spans that do not say their probability'),
        operations: required(
          listOfSound(tuple<SavedOperation>(string(), atLeast0, atLeast0, atLeast0, share)),
          'its operations',
        ),
      }),
    ),
    'the services that were seen',
  ),
});

/** Fills empty traffic with what was saved: the rates go on as if no time had passed. Faults as of `parseSettings`. */
export function parseTraffic(
  document: unknown,
  trafficOf: (tenant: TenantId) => Traffic | undefined,
  now: number,
  warn: Warn,
): void {
  for (const [tenant, saved] of tenantsOf(trafficType, document, warn)) {
    const traffic = trafficOf(tenant);
    if (traffic !== undefined) fillTraffic(saved, traffic, now);
  }
}

function fillTraffic({services}: ReturnType<typeof trafficType.read>, traffic: Traffic, now: number): void {
  for (const {name, lastAsked, silence, operations} of services) {
    const service = traffic.restore(name);
    service.lastAsked = Math.min(lastAsked, now);
    if (silence !== undefined) service.silence = silence;
    for (const [operation, seen, kept, lastSeen, told] of operations) {
      const entry: OperationTraffic = service.restore(operation);
      // Added up: with smaller limits several are now the rest.
      entry.seen += seen;
      entry.kept += kept;
      entry.lastSeen = Math.max(entry.lastSeen, Math.min(lastSeen, now));
      if (told > 0) entry.told = told;
    }
  }
}
