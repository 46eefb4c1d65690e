/**
 * Turns for work that may hold the event loop up: one in each of its rounds. A hundred small bodies that take a tenth of a second
 * each to decompress and decode may arrive in one round; without turns everybody else would wait for all of them.
 */
export interface Turns {
  /** Resolves when it is the caller's turn, first come, first served. The turn lasts until the caller's next await. */
  take(): Promise<void>;
}

export function createTurns(): Turns {
  const waiting: (() => void)[] = [];
  const next = (): void => {
    waiting[0]?.();
    // Not before: one that comes meanwhile must not ask for a round of its own.
    waiting.shift();
    if (waiting.length > 0) setImmediate(next);
  };
  return {
    take: () =>
      new Promise((resolve) => {
        if (waiting.push(resolve) === 1) setImmediate(next);
      }),
  };
}

/** Uncompressed bodies up to this size need no turn: they cost what they bring. */
export const lightBytes = 256 * 1024;
