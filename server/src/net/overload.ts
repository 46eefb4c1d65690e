/**
 * Refuses requests at their headers when more are in work than are answered in time. What waits in the sockets of the system
 * cannot be seen and ages there until its sender gives up: refusing early and cheaply keeps what is taken quick. The bound on
 * requests in work falls by a third while there is congestion and grows while there is none (additive increase, multiplicative
 * decrease), so that it finds what this machine can do. See docs/decisions/0032.
 */

export interface OverloadGuard {
  /** Whether one more request may begin. */
  readonly admits: boolean;
  begin(): Work;
  stop(): void;
}

/** One request. */
export interface Work {
  /** Its body is here: from now on it waits for nobody but Weft. */
  arrived(): void;
  /** Idempotent. */
  end(): void;
}

export interface OverloadOptions {
  readonly now?: () => number;
  /** How often to look. Default 50 ms. */
  readonly tickMs?: number;
}

/** The event loop is so far behind: everything that it has to read is that old. */
const maxLagMs = 300;
/** A request has waited so long for its answer since its body was here. */
const maxHandlingMs = 1500;
/** Whoever takes longer than this to send a body is slow, and is no sign of congestion. */
const slowBodyMs = 2000;
const leastLimit = 8;
const cut = 2 / 3;
const cutEveryMs = 200;
const growth = 1.1;
/** So many at once mean that nothing is in the way. */
const unlimited = 100_000;

export interface TickedGuard extends OverloadGuard {
  /** Looks; `lagMs` is how much later than it should have been called. For tests: a timer calls it. */
  tick(lagMs: number): void;
  readonly limit: number;
}

export function createOverloadGuard({now = () => performance.now(), tickMs = 50}: OverloadOptions = {}): TickedGuard {
  /** Each in the order of their beginning. */
  const receiving = new Map<object, number>();
  const handling = new Map<object, number>();
  let limit = Number.POSITIVE_INFINITY;
  let lastCut = Number.NEGATIVE_INFINITY;
  let lastTick = now();

  const tick = (lagMs: number): void => {
    const at = now();
    for (const [work, since] of receiving) {
      if (at - since < slowBodyMs) break;
      receiving.delete(work);
    }
    const [oldest = at] = handling.values();
    if (lagMs > maxLagMs || at - oldest > maxHandlingMs) {
      if (at - lastCut < cutEveryMs) return;
      lastCut = at;
      limit = Math.max(leastLimit, Math.floor(Math.min(limit, receiving.size + handling.size) * cut));
    } else if (limit < unlimited) limit = limit * growth + 1;
    else limit = Number.POSITIVE_INFINITY;
  };
  const timer = setInterval(() => {
    const at = now();
    tick(at - lastTick - tickMs);
    lastTick = at;
  }, tickMs).unref();

  return {
    tick,
    get limit() {
      return limit;
    },
    get admits() {
      return receiving.size + handling.size < limit;
    },
    begin() {
      const work = {};
      let ended = false;
      receiving.set(work, now());
      return {
        arrived() {
          receiving.delete(work);
          if (!ended) handling.set(work, now());
        },
        end() {
          ended = true;
          receiving.delete(work);
          handling.delete(work);
        },
      };
    },
    stop: () => clearInterval(timer),
  };
}
