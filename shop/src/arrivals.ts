/** When visitors come: a Poisson process, at the rate of the moment. */

export interface ArrivalOptions {
  /** Mean arrivals per second; 0 for none. Asked for each arrival. */
  readonly rate: () => number;
  /** Called once for each arrival and not waited for: visitors come however long the earlier ones take. */
  readonly arrive: () => void;
  readonly random?: () => number;
}
export interface Arrivals {
  /** Starts, and takes a changed rate at once. */
  restart(): void;
  stop(): void;
}

/** A pause longer than this (the machine slept) is not made up for. */
const longestCatchUpMilliseconds = 1_000;

/** The instants are drawn beforehand, each from the last: a timer that fires late delays one visitor, not all that follow. */
export function createArrivals({rate, arrive, random = Math.random}: ArrivalOptions): Arrivals {
  let timer: NodeJS.Timeout | undefined;
  let next = 0;

  const draw = (): void => {
    next += (-Math.log(1 - random()) / rate()) * 1000;
  };
  const wait = (): void => {
    timer = setTimeout(() => {
      const now = performance.now();
      next = Math.max(next, now - longestCatchUpMilliseconds);
      while (next <= now && rate() > 0) {
        arrive();
        draw();
      }
      if (rate() > 0) wait();
    }, next - performance.now());
  };
  const stop = (): void => clearTimeout(timer);
  return {
    restart: () => {
      stop();
      if (rate() === 0) return;
      next = performance.now();
      draw();
      wait();
    },
    stop,
  };
}
