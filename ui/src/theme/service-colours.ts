/**
 * The look of a service, a colour and where the colours do not suffice a mark: always the same for a name in this browser, and as a
 * rule in every browser, because it comes from the name itself. The busiest services have colours of their own; within a trace
 * all services look different. See docs/decisions/0053.
 */

export const COLOURS = 10;
/** Marks that tell services of one colour apart: none, and four more. */
export const MARKS = 5;
const LOOKS = COLOURS * MARKS;
/** Powers of two by which another service must be busier to take the colour of one that has it for itself: four times at least. */
const RIVALRY = 2.5;

export interface ServiceColours {
  /** 0 to COLOURS - 1. Before the first `settle`, a name not known from before gets a look for the time being. */
  of(service: string): number;
  /** 0 to MARKS - 1. */
  markOf(service: string): number;
  /**
   * Gives out lasting looks, those of the busiest services first. The first call may change what was given out before; later ones
   * only add. A service that is not among them keeps its look until another needs it: it may come again. True when that changed a
   * look that was given for the time being.
   */
  settle(services: readonly BusyService[]): boolean;
}

export interface BusyService {
  readonly name: string;
  readonly spans: number;
}

/** A look as one number: `mark * COLOURS + colour`. */
type Look = number;

/** `known` are the looks given out before; `save` hears of all of them whenever one is new. */
export function createServiceColours(
  known: Readonly<Record<string, Look>>,
  save: (looks: Readonly<Record<string, Look>>) => void,
): ServiceColours {
  const lent = new Map<string, Look>();
  /** By look, who had it at last and is away: it is free for others, who take it last. */
  let resting = new Map<Look, string>();
  let settled = false;
  let given = new Map(Object.entries(known).filter(([, look]) => Number.isInteger(look) && look >= 0 && look < LOOKS));

  function look(service: string): Look {
    const found = given.get(service) ?? lent.get(service);
    if (found !== undefined) return found;
    const takers = countTakers([...given.values(), ...lent.values()]);
    const chosen = restingLook(service, takers) ?? leastTaken(service, takers, resting);
    if (settled) {
      give(service, chosen);
      keep();
    } else {
      lent.set(service, chosen);
    }
    return chosen;
  }

  function give(service: string, look: Look): void {
    given.set(service, look);
    resting.delete(look);
  }

  const keep = (): void =>
    save(Object.fromEntries([...[...resting].map(([look, service]) => [service, look] as const), ...given]));

  function restingLook(service: string, takers: Uint32Array): Look | undefined {
    const own = [...resting].find(([, one]) => one === service)?.[0];
    return own !== undefined && takers[own] === 0 ? own : undefined;
  }

  function settle(services: readonly BusyService[]): boolean {
    const lentBefore = new Set(lent.keys());
    const before = [...given, ...lent];
    // A Weft that has just begun knows nobody yet: there is nothing to give out, and nobody to forget.
    if (services.length === 0) return false;
    lent.clear();
    if (settled) for (const service of byWeight(services, given)) look(service);
    else {
      settled = true;
      const known = given;
      given = place(byWeight(services, given), given);
      const taken = new Set(given.values());
      const away = [...known].filter(([service, look]) => !given.has(service) && !taken.has(look));
      resting = new Map(away.map(([service, look]) => [look, service]));
      keep();
    }
    // What is no more is not asked for: it would get a look again.
    return before.some(([service, was]) => (given.has(service) || lentBefore.has(service)) && look(service) !== was);
  }

  return {
    of: (service) => look(service) % COLOURS,
    markOf: (service) => Math.floor(look(service) / COLOURS),
    settle,
  };
}

/** The busiest first, by powers of two, so that browsers that look at different moments agree; equally busy ones by name. */
function byWeight(services: readonly BusyService[], given: ReadonlyMap<string, Look>): readonly string[] {
  const weight = ({name, spans}: BusyService): number =>
    Math.floor(Math.log2(Math.max(1, spans))) + (isPlain(given.get(name)) ? RIVALRY : 0);
  return services
    .toSorted((a, b) => weight(b) - weight(a) || (a.name < b.name ? -1 : 1))
    .map((service) => service.name);
}

/** Each of the first COLOURS services has a colour of its own; the rest look different from all others while looks are left. */
function place(services: readonly string[], before: ReadonlyMap<string, Look>): Map<string, Look> {
  const looks = new Map<string, Look>();
  const takers = countTakers([]);
  const here = new Set(services);
  const away = new Map([...before].filter(([service]) => !here.has(service)).map(([service, look]) => [look, service]));
  const take = (service: string, look: Look): void => {
    looks.set(service, look);
    takers[look]!++;
  };
  for (const [some, among] of [
    [services.slice(0, COLOURS), COLOURS],
    [services.slice(COLOURS), LOOKS],
  ] as const) {
    const left: string[] = [];
    for (const service of some) {
      const own = before.get(service);
      if (own !== undefined && own < among && takers[own] === 0) take(service, own);
      else left.push(service);
    }
    for (const service of left) take(service, leastTaken(service, takers, away, among));
  }
  return looks;
}

/**
 * The looks of services that are seen together: as everywhere, except where two would look the same or, as long as ten colours
 * suffice, have one colour. Then the one that has it without a mark stays, or the first by name; the other gets what is free.
 * `before`: those that have been on show together; they stay as they are when others join them.
 */
export function coloursWithin(
  colours: ServiceColours,
  services: readonly string[],
  before: {readonly colours: ServiceColours; readonly services: readonly string[]} = {colours, services: []},
): ServiceColours {
  const looks = new Map<string, Look>();
  const takers = countTakers([]);
  const few = services.length <= COLOURS;
  const lookIn = (all: ServiceColours, service: string): Look => all.markOf(service) * COLOURS + all.of(service);
  const elsewhere = (service: string): Look => lookIn(colours, service);
  const shown = new Set(before.services);
  const order = services
    .filter((name) => !shown.has(name))
    .map((name) => ({name, look: elsewhere(name)}))
    .sort((a, b) => a.look - b.look || (a.name < b.name ? -1 : 1));
  const take = (service: string, look: Look): void => {
    looks.set(service, look);
    takers[look]!++;
    // Whatever its mark: of few services none shares a colour.
    if (few && look >= COLOURS) takers[look % COLOURS]!++;
  };
  for (const name of shown) take(name, lookIn(before.colours, name));
  const left: string[] = [];
  for (const {name, look} of order) {
    if (takers[few ? look % COLOURS : look] === 0) take(name, look);
    else left.push(name);
  }
  for (const service of left) take(service, leastTaken(service, takers, undefined, few ? COLOURS : LOOKS));
  const lookOf = (service: string): Look => looks.get(service) ?? elsewhere(service);
  return {
    of: (service) => lookOf(service) % COLOURS,
    markOf: (service) => Math.floor(lookOf(service) / COLOURS),
    settle: (all) => colours.settle(all),
  };
}

/** Has no common divisor with COLOURS: every colour is tried, and neighbours in the table are not neighbours here. */
const STRIDE = 3;

/**
 * Of the looks that the fewest have: the fewest marks first, then those that nobody who is away had, then the colour that the name
 * asks for and those after it.
 */
function leastTaken(
  service: string,
  takers: Uint32Array,
  resting: ReadonlyMap<Look, string> = new Map(),
  among = LOOKS,
): Look {
  const own = hash(service) % COLOURS;
  const cost = (look: Look): number =>
    takers[look]! * 2 * MARKS + 2 * Math.floor(look / COLOURS) + (resting.has(look) ? 1 : 0);
  let best = own;
  for (let base = 0; base < among; base += COLOURS) {
    for (let step = 0; step < COLOURS; step++) {
      const look = base + ((own + step * STRIDE) % COLOURS);
      if (cost(look) < cost(best)) best = look;
    }
  }
  return best;
}

function countTakers(looks: readonly Look[]): Uint32Array {
  const takers = new Uint32Array(LOOKS);
  for (const look of looks) takers[look]!++;
  return takers;
}

const isPlain = (look: Look | undefined): boolean => look !== undefined && look < COLOURS;

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
