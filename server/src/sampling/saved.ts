/** What survives a restart: `sampling.json` (what people set) and `sampling-traffic.json` (rates, saved now and then). */
import type {Override} from './overrides.ts';
import type {SamplingChange} from './sampling.ts';
import type {OperationTraffic, Traffic} from './traffic.ts';

export interface SavedSettings {
  readonly version: 1;
  readonly changes: SamplingChange;
  readonly overrides: readonly Override[];
}

type SavedOperation = readonly [name: string, seen: number, kept: number, lastSeen: number];
export interface SavedTraffic {
  readonly version: 1;
  readonly services: readonly {
    readonly name: string;
    readonly operations: readonly SavedOperation[];
  }[];
}

/** Throws where the document is none of ours. */
export function parseChanges(document: unknown): SavedSettings {
  const saved = document as SavedSettings;
  if (saved?.version !== 1 || !Array.isArray(saved.overrides)) throw new Error('not a file of this version');
  const overrides = saved.overrides.filter(
    ({service, what, value, until}) =>
      typeof service === 'string' &&
      typeof until === 'number' &&
      (what === 'logLevel' ? typeof value === 'string' : typeof value === 'number'),
  );
  return {version: 1, changes: saved.changes ?? {}, overrides};
}

export function savedTraffic(traffic: Traffic): SavedTraffic {
  const services = [...traffic.all()].map((service) => ({
    name: service.name,
    operations: [...service.all()].map(({name, seen, kept, lastSeen}): SavedOperation => [name, seen, kept, lastSeen]),
  }));
  return {version: 1, services};
}

/** Fills empty traffic with what was saved: the rates go on as if no time had passed. */
export function parseTraffic(document: unknown, traffic: Traffic, now: number): void {
  const saved = document as SavedTraffic;
  if (saved?.version !== 1 || !Array.isArray(saved.services)) throw new Error('not a file of this version');
  for (const {name, operations} of saved.services) {
    const service = traffic.restore(name);
    for (const [operation, seen, kept, lastSeen] of operations) {
      const entry: OperationTraffic = service.restore(operation);
      if (![seen, kept, lastSeen].every((value) => Number.isFinite(value) && value >= 0)) continue;
      // Added up: with smaller limits several are now the rest.
      entry.seen += seen;
      entry.kept += kept;
      entry.lastSeen = Math.max(entry.lastSeen, Math.min(lastSeen, now));
    }
  }
}
