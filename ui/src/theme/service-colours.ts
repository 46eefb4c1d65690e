/**
 * The colour of a service: always the same for a name in this browser, and as a rule in every browser, because it comes from the
 * name itself. Two names that want the same colour get different ones while there are colours left.
 */

export const COLOURS = 10;

export interface ServiceColours {
  /** 0 to COLOURS - 1. Before the first `settle`, a name not known from before gets a colour for the time being. */
  of(service: string): number;
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
    const used = new Set([...given.values(), ...lent.values()]);
    for (let step = 0; step < COLOURS; step++) {
      // 3 has no common divisor with 10: every colour is tried, and neighbours in the table are not neighbours here.
      const colour = (wanted + step * 3) % COLOURS;
      if (!used.has(colour)) return colour;
    }
    return wanted;
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

  return {of, settle};
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
