/**
 * The colour of a service: always the same for a name in this browser, and as a rule in every browser, because it comes from the
 * name itself. Two names that want the same colour get different ones while there are colours left; within a trace they differ
 * always, by a mark where the colours do not suffice.
 */

export const COLOURS = 10;
/** Marks that tell services of one colour apart: none, and two more. */
export const MARKS = 3;

export interface ServiceColours {
  /** 0 to COLOURS - 1. Before the first `settle`, a name not known from before gets a colour for the time being. */
  of(service: string): number;
  /** 0 to MARKS - 1. */
  markOf(service: string): number;
  /**
   * Gives out lasting colours, in the order of the names and not of their appearance, so that all engineers see the same.
   * True when that changed a colour that was given for the time being.
   */
  settle(services: readonly string[]): boolean;
}

/** `known` are the colours given out before; `save` hears of each new one. */
export function createServiceColours(
  known: Readonly<Record<string, number>>,
  save: (colours: Readonly<Record<string, number>>) => void,
): ServiceColours {
  const lent = new Map<string, number>();
  let settled = false;
  const given = new Map(
    Object.entries(known).filter(([, colour]) => Number.isInteger(colour) && colour >= 0 && colour < COLOURS),
  );

  function choose(service: string): number {
    const wanted = hash(service) % COLOURS;
    return firstFree(wanted, new Set([...given.values(), ...lent.values()])) ?? wanted;
  }

  function of(service: string): number {
    const colour = given.get(service) ?? lent.get(service);
    if (colour !== undefined) return colour;
    const chosen = choose(service);
    if (settled) {
      given.set(service, chosen);
      save(Object.fromEntries(given));
    } else {
      lent.set(service, chosen);
    }
    return chosen;
  }

  function settle(services: readonly string[]): boolean {
    settled = true;
    const before = new Map(lent);
    lent.clear();
    for (const service of [...services].sort()) of(service);
    return [...before].some(([service, colour]) => of(service) !== colour);
  }

  return {of, markOf: () => 0, settle};
}

/**
 * The colours of services that are seen together: as everywhere, but that of two with one colour the later by name gets a free
 * one, and where none is left, a mark. Others keep the colour that they have everywhere.
 */
export function coloursWithin(colours: ServiceColours, services: readonly string[]): ServiceColours {
  const looks = new Map<string, {readonly colour: number; readonly mark: number}>();
  const used = new Set<number>();
  const left: string[] = [];
  for (const service of [...services].sort()) {
    const colour = colours.of(service);
    if (used.has(colour)) left.push(service);
    else {
      used.add(colour);
      looks.set(service, {colour, mark: 0});
    }
  }
  const timesUsed = new Map<number, number>();
  for (const service of left) {
    const wanted = colours.of(service);
    const free = firstFree(wanted, used);
    if (free !== undefined) {
      used.add(free);
      looks.set(service, {colour: free, mark: 0});
      continue;
    }
    // All ten are taken: the colour that has the fewest marks, its own before others.
    const turns = Array.from({length: COLOURS}, (_, step) => (wanted + step * STRIDE) % COLOURS);
    const colour = turns.reduce((best, one) => ((timesUsed.get(one) ?? 0) < (timesUsed.get(best) ?? 0) ? one : best));
    const times = (timesUsed.get(colour) ?? 0) + 1;
    timesUsed.set(colour, times);
    looks.set(service, {colour, mark: times % MARKS});
  }
  return {
    of: (service) => looks.get(service)?.colour ?? colours.of(service),
    markOf: (service) => looks.get(service)?.mark ?? 0,
    settle: (all) => colours.settle(all),
  };
}

/** Has no common divisor with COLOURS: every colour is tried, and neighbours in the table are not neighbours here. */
const STRIDE = 3;

function firstFree(wanted: number, used: ReadonlySet<number>): number | undefined {
  for (let step = 0; step < COLOURS; step++) {
    const colour = (wanted + step * STRIDE) % COLOURS;
    if (!used.has(colour)) return colour;
  }
  return undefined;
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
