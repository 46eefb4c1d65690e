/** The changes that a person can make here: how each is asked for, and how it is undone. */
import {api, type Override, type OverrideChange, type SamplingChange, type SamplingResponse} from '../../api/index.ts';
import {nanosToMs} from '../../format/index.ts';

export type Change =
  | {readonly kind: 'policy'; readonly change: SamplingChange}
  | {readonly kind: 'reset'}
  | {readonly kind: 'set'; readonly service: string; readonly change: OverrideChange}
  | {readonly kind: 'end'; readonly service: string; readonly what: Override['what']};

/** Every service. */
export const everyService = '*';

/** The settings that hold afterwards, as far as the answer says them. */
export type Outcome = Partial<SamplingResponse>;

export function ask(change: Change): Promise<Outcome> {
  switch (change.kind) {
    case 'policy':
      return api.changeSampling(change.change);
    case 'reset':
      return api.resetSampling();
    case 'set':
      return api.setOverride(change.service, change.change);
    case 'end':
      return api.endOverride(change.service, change.what);
  }
}

/** Brings back what held in `before`, each part once; what has ended by itself meanwhile (`now`, milliseconds) stays ended. */
export function inverse(change: Change, before: SamplingResponse, now: number): readonly Change[] {
  switch (change.kind) {
    case 'policy':
    case 'reset': {
      const {setBy, mode, budget, probability} = before;
      return [setBy === 'configuration' ? {kind: 'reset'} : {kind: 'policy', change: {mode, budget, probability}}];
    }
    case 'set': {
      const touched: Override['what'][] = [];
      if (change.change.logLevel !== undefined) touched.push('logLevel');
      if (change.change.probability !== undefined) touched.push('sampling');
      return touched.map((what) => restore(change.service, what, before.overrides, now));
    }
    case 'end':
      return [restore(change.service, change.what, before.overrides, now)];
  }
}

function restore(service: string, what: Override['what'], overrides: readonly Override[], now: number): Change {
  const before = overrideOf(overrides, service, what);
  if (before === undefined || nanosToMs(before.untilUnixNano) <= now) return {kind: 'end', service, what};
  return {kind: 'set', service, change: sameUntil(before, nanosToMs(before.untilUnixNano))};
}

/** The override as it is, until another moment (milliseconds since 1970). */
export function sameUntil({what, value, setBy, note}: Override, until: number): OverrideChange {
  return {
    ...(what === 'sampling' ? {probability: Number(value)} : {logLevel: String(value)}),
    until: new Date(until).toISOString(),
    setBy,
    note,
  };
}

/** Its own, not that of all services. */
export const overrideOf = (
  overrides: readonly Override[],
  service: string,
  what: Override['what'],
): Override | undefined => overrides.find((one) => one.service === service && one.what === what);

/** The override in force for a service: its own, else that of all services. */
export const inForce = (
  overrides: readonly Override[],
  service: string,
  what: Override['what'],
): Override | undefined => overrideOf(overrides, service, what) ?? overrideOf(overrides, everyService, what);
