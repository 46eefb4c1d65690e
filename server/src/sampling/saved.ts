/** What survives a restart: `sampling.json` (what people set) and `sampling-traffic.json` (rates, saved now and then). */
import type {Override} from './overrides.ts';
import type {SamplingChange} from './sampling.ts';
import type {OperationTraffic, Traffic} from './traffic.ts';

export interface SavedSettings {
  readonly version: 1;
  readonly changes: SamplingChange;
  readonly overrides: readonly Override[];
}

type SavedOperation = readonly [name: string, seen: number, kept: number, lastSeen: number, told: number];
export interface SavedTraffic {
  readonly version: 1;
  readonly services: readonly {
    readonly name: string;
    readonly lastAsked: number;
    readonly silence?: number;
    readonly operations: readonly SavedOperation[];
  }[];
}

/** Throws where the document is none of ours; what makes no sense in it is left out. */
export function parseSettings(document: unknown): SavedSettings {
  const saved = document as SavedSettings;
  if (saved?.version !== 1 || !Array.isArray(saved.overrides)) throw new Error('not a file of this version');
  const overrides = saved.overrides.filter(
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
  return {version: 1, changes, overrides};
}

const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

export function savedTraffic(traffic: Traffic): SavedTraffic {
  const services = [...traffic.all()].map((service) => ({
    name: service.name,
    lastAsked: service.lastAsked,
    ...(service.silence !== undefined && {silence: service.silence}),
    operations: [...service.all()].map(
      ({name, seen, kept, lastSeen, told}): SavedOperation => [name, seen, kept, lastSeen, told],
    ),
  }));
  return {version: 1, services};
}

/** Fills empty traffic with what was saved: the rates go on as if no time had passed. */
export function parseTraffic(document: unknown, traffic: Traffic, now: number): void {
  const saved = document as SavedTraffic;
  if (saved?.version !== 1 || !Array.isArray(saved.services)) throw new Error('not a file of this version');
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
