/** Every fault the shop can have: the one table that the switches, the API, the command and the documentation follow. */

export interface FaultDefinition {
  readonly title: string;
  /** What a person of the shop would notice, in one sentence. */
  readonly symptom: string;
  /** The share of the requests it concerns that it strikes by itself, without being switched on; 0 for most. */
  readonly background: number;
  /** The same share while it is switched on. */
  readonly share: number;
}

export const faults = {
  'slow-checkout': {
    title: 'Checkout of 8 seconds',
    symptom: 'Now and then a checkout takes 8 seconds, although every service answers in well under 200 ms on average.',
    background: 1 / 40,
    share: 1 / 3,
  },
  'fourth-layer-error': {
    title: 'Error from the fourth layer',
    symptom:
      'Some checkouts end in 500 Internal Server Error; the gateway, the order service and their logs only say so.',
    background: 1 / 30,
    share: 1 / 4,
  },
} as const satisfies Record<string, FaultDefinition>;

export type FaultId = keyof typeof faults;
export const faultIds = Object.keys(faults) as FaultId[];
export const isFaultId = (text: string): text is FaultId => Object.hasOwn(faults, text);

/** `default` leaves a fault its background share, `off` takes that away too. */
export type FaultMode = 'default' | 'on' | 'off';
export const faultModes: readonly FaultMode[] = ['default', 'on', 'off'];
export type FaultModes = Readonly<Record<FaultId, FaultMode>>;

export const allFaults = (mode: FaultMode): FaultModes =>
  Object.fromEntries(faultIds.map((id) => [id, mode])) as FaultModes;

/** The share of requests, 0 to 1, that the fault strikes in this mode. */
export function faultShare(id: FaultId, mode: FaultMode): number {
  if (mode === 'off') return 0;
  return mode === 'on' ? faults[id].share : faults[id].background;
}

/** What the faults' API shows of each. */
export interface FaultView {
  readonly id: FaultId;
  readonly title: string;
  readonly symptom: string;
  readonly mode: FaultMode;
  readonly share: number;
}

export const viewFaults = (modes: FaultModes): FaultView[] =>
  faultIds.map((id) => ({
    id,
    title: faults[id].title,
    symptom: faults[id].symptom,
    mode: modes[id],
    share: faultShare(id, modes[id]),
  }));
