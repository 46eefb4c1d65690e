/** Every fault the shop can have: the one table that the switches, the API, the command and the documentation follow. */

export interface FaultDefinition {
  readonly title: string;
  /** The symptom that somebody of the shop would notice, in one sentence. */
  readonly symptom: string;
  /** Where a search for it begins: the query of Weft's page of traces. */
  readonly search: Readonly<Record<string, string>>;
  /** The share of the requests concerned that it strikes without being switched on; 0 for most. */
  readonly background: number;
  /** The same share while it is switched on. */
  readonly share: number;
  /** The period in seconds of a fault that repeats by itself. Can be set with the switch. */
  readonly seconds?: number;
  /** The mend that can be put in place while its cause goes on, for those that have one. */
  readonly mended?: string;
}

export const faults = {
  'slow-checkout': {
    title: 'Checkout of 8 seconds',
    symptom: 'Now and then a checkout takes 8 seconds, although every service answers in well under 200 ms on average.',
    search: {service: 'gateway', operation: 'POST /api/checkout', min: '5s'},
    background: 1 / 40,
    share: 1 / 3,
  },
  'provider-outage': {
    title: 'Payment provider down, circuit open',
    symptom: 'Checkouts hang, and then all of them fail at once: the payment service does not even ask its provider.',
    search: {service: 'payment', attribute: 'circuit_breaker.rejected=true'},
    background: 0,
    share: 1,
  },
  'fourth-layer-error': {
    title: 'Error from the fourth layer',
    symptom: 'Some checkouts end in 500 Internal Server Error; the gateway and the order service only say so.',
    search: {service: 'gateway', status: 'error'},
    background: 1 / 30,
    share: 1 / 5,
  },
  deadlock: {
    title: 'Deadlock with a 5 s timeout',
    symptom: 'Carts with two products sometimes hang for 5 seconds and then fail.',
    search: {service: 'inventory', status: 'error', min: '4s'},
    background: 0,
    share: 1 / 2,
    mended: 'A transaction that the database ended to break a deadlock is tried again.',
  },
  'missing-index': {
    title: 'Missing index',
    symptom: 'Checking the stock of a product takes 1.5 seconds where it took milliseconds.',
    search: {service: 'inventory', operation: 'check stock', min: '500ms'},
    background: 0,
    share: 1,
    mended: 'The index is there, and the imported catalogue stays.',
  },
  'pool-restart': {
    title: 'Pool restarted every 5 minutes',
    symptom: 'For a few seconds every 5 minutes each checkout fails: the payment service is unavailable.',
    search: {service: 'order', operation: 'saga.compensate reserve stock'},
    background: 0,
    share: 1,
    seconds: 300,
    mended: 'The new pool is open before the old one closes, and the old one lets its queries finish.',
  },
  'pool-exhausted': {
    title: 'Connection pool exhausted',
    symptom: 'Orders hang for 3 seconds and fail; the database itself is idle.',
    search: {service: 'order', operation: 'pg-pool.connect', status: 'error'},
    background: 0,
    share: 1,
  },
  'lost-context': {
    title: 'Lost context propagation',
    symptom: 'Traces end at the order service; what inventory does is found only as traces of its own.',
    search: {service: 'inventory', operation: 'POST /reservations'},
    background: 0,
    share: 1,
  },
  'sensitive-data': {
    title: 'Sensitive data in attributes',
    symptom: 'Card numbers, e-mail addresses, tokens and SQL literals stand in spans and logs.',
    search: {attribute: 'payment.card_number=4111111111111111'},
    background: 0,
    share: 1,
  },
  'cardinality-explosion': {
    title: 'Cardinality explosion',
    symptom: 'A metric gets a new series with every visit, and every request a span name of its own.',
    search: {service: 'gateway'},
    background: 0,
    share: 1,
  },
  'chatty-n-plus-1': {
    title: 'Chatty N+1 queries',
    symptom: 'The list of orders sends one query for the list and one more for each order in it.',
    search: {service: 'gateway', operation: 'GET /api/orders', sort: 'spans'},
    background: 0,
    share: 1,
    mended: 'One query fetches the items of all orders.',
  },
  'slow-consumer': {
    title: 'Slow consumer, growing lag',
    symptom: 'Confirmation mails come later and later; nothing fails.',
    search: {service: 'notification', operation: 'send order confirmation', min: '1s'},
    background: 0,
    share: 1,
  },
  'head-sampling': {
    title: 'Head sampling set too low',
    symptom: 'One trace in a hundred is kept, chosen before anything is known of it: the slow and the failed are gone.',
    search: {service: 'gateway', live: 'true'},
    background: 0,
    share: 1,
  },
  'bad-canary': {
    title: 'Bad canary version',
    symptom: 'Some payments fail since a new version of the payment service takes a fifth of the traffic.',
    search: {service: 'payment', status: 'error', attribute: 'service.version=3.2.0-canary'},
    background: 0,
    share: 1 / 5,
  },
} as const satisfies Record<string, FaultDefinition>;

export type FaultId = keyof typeof faults;
export const faultIds = Object.keys(faults) as FaultId[];
export const isFaultId = (text: string): text is FaultId => Object.hasOwn(faults, text);

/** `default` leaves a fault its background share, `off` takes that away too; `mended` keeps its cause, with the mend in place. */
export type FaultMode = 'default' | 'on' | 'off' | 'mended';
export const faultModes: readonly FaultMode[] = ['default', 'on', 'off', 'mended'];
export const canBeMended = (id: FaultId): boolean => (faults[id] as FaultDefinition).mended !== undefined;

export interface FaultSetting {
  readonly mode: FaultMode;
  /** Overrides the definition's `seconds`. */
  readonly seconds?: number;
}
export type FaultSettings = Readonly<Record<FaultId, FaultSetting>>;

export const allFaults = (mode: FaultMode): FaultSettings =>
  Object.fromEntries(faultIds.map((id) => [id, {mode}])) as unknown as FaultSettings;

/** The share of requests, 0 to 1, that the fault strikes in this mode. */
export function faultShare(id: FaultId, {mode}: FaultSetting): number {
  if (mode === 'off') return 0;
  return mode === 'default' ? faults[id].background : faults[id].share;
}

export function faultSeconds(id: FaultId, {seconds}: FaultSetting): number | undefined {
  return seconds ?? (faults[id] as FaultDefinition).seconds;
}

/** A fault as the API shows it. */
export interface FaultView {
  readonly id: FaultId;
  readonly title: string;
  readonly symptom: string;
  /** The query, without `?`, that Weft's page of traces shows it with. */
  readonly search: string;
  readonly mode: FaultMode;
  readonly share: number;
  readonly seconds?: number;
  /** What its mend is, where it has one. */
  readonly mended?: string;
}

export function viewFaults(settings: FaultSettings): FaultView[] {
  return faultIds.map((id) => {
    const seconds = faultSeconds(id, settings[id]);
    const {mended} = faults[id] as FaultDefinition;
    return {
      id,
      title: faults[id].title,
      symptom: faults[id].symptom,
      search: new URLSearchParams(faults[id].search).toString(),
      mode: settings[id].mode,
      share: faultShare(id, settings[id]),
      ...(seconds === undefined ? {} : {seconds}),
      ...(mended === undefined ? {} : {mended}),
    };
  });
}
