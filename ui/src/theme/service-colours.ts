/**
 * The colour of a service: always the same for a name in this browser, and as a rule in every browser, because it comes from the
 * name itself. Two names that want the same colour get different ones while there are colours left.
 */

export const COLOURS = 10;

export interface ServiceColours {
  /** 0 to COLOURS - 1. */
  of(service: string): number;
  /** Gives out colours in the order of the names, not of their appearance, so that engineers see the same. */
  settle(services: readonly string[]): void;
}

/** `known` are the colours given out before; `save` hears of each new one. */
export function createServiceColours(
  known: Readonly<Record<string, number>>,
  save: (colours: Readonly<Record<string, number>>) => void,
): ServiceColours {
  const given = new Map(
    Object.entries(known).filter(([, colour]) => Number.isInteger(colour) && colour >= 0 && colour < COLOURS),
  );

  function choose(service: string): number {
    const wanted = hash(service) % COLOURS;
    const used = new Set(given.values());
    for (let step = 0; step < COLOURS; step++) {
      // 3 has no common divisor with 10: every colour is tried, and neighbours in the table are not neighbours here.
      const colour = (wanted + step * 3) % COLOURS;
      if (!used.has(colour)) return colour;
    }
    return wanted;
  }

  function of(service: string): number {
    let colour = given.get(service);
    if (colour === undefined) {
      colour = choose(service);
      given.set(service, colour);
      save(Object.fromEntries(given));
    }
    return colour;
  }

  return {
    of,
    settle: (services) => {
      for (const service of [...services].sort()) of(service);
    },
  };
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
