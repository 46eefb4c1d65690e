/**
 * Refuses requests at their headers when more are in work than are answered in time. Requests that wait in the system's sockets
 * cannot be seen and age there until their sender gives up: refusing early and cheaply keeps the accepted ones quick. The bound
 * on requests in work falls by a third while there is congestion and grows while there is none (additive increase,
 * multiplicative decrease), so that it finds what this machine can do. See docs/decisions/0032.
 */

export interface OverloadGuard {
  /** Whether one more request may begin. */
  readonly admits: boolean;
  begin(): Work;
  /**
   * Something waits for this process itself: for its disk, its store. Call the result when it waits no more. Waits for
   * somebody else (another server, a timer, a reader) are not told: they say nothing of how this process keeps up.
   */
  ownWait(): () => void;
  stop(): void;
}

/** One request. */
export interface Work {
  /** Its body is here. */
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
/** Something has waited so long for this process itself. */
const maxOwnWaitMs = 1500;
/** A sender that takes longer than this over a body is slow, and is no sign of congestion. */
const slowBodyMs = 2000;
/** A request that arrived so long before all that waits for this process has got past it, and waits for somebody else. */
const elsewhereMs = 250;
const leastLimit = 8;
const cut = 2 / 3;
const cutEveryMs = 200;
const growth = 1.1;
/** After so many looks at nothing it is not looked any more. */
const restingTicks = 20;
/** A limit this high means that nothing is in the way. */
const unlimited = 100_000;

export interface TickedGuard extends OverloadGuard {
  /** Looks; `lagMs` is how much later than it should have been called. For tests: a timer calls it. */
  tick(lagMs: number): void;
  readonly limit: number;
  /** Whether a timer looks. */
  readonly looks: boolean;
}

export function createOverloadGuard({now = () => performance.now(), tickMs = 50}: OverloadOptions = {}): TickedGuard {
  /** Each in the order of their beginning. */
  const receiving = new Map<object, number>();
  const handling = new Map<object, number>();
  const waiting = new Map<object, number>();
  let limit = Number.POSITIVE_INFINITY;
  let lastCut = Number.NEGATIVE_INFINITY;
  let lastTick = now();

  /** Stops counting the works that began before `time`. */
  const forget = (works: Map<object, number>, time: number): void => {
    for (const [work, since] of works) {
      if (since >= time) break;
      works.delete(work);
    }
  };
  const tick = (lagMs: number): void => {
    const at = now();
    const [oldest = at] = waiting.values();
    forget(receiving, at - slowBodyMs);
    forget(handling, oldest - elsewhereMs);
    if (lagMs > maxLagMs || at - oldest > maxOwnWaitMs) {
      if (at - lastCut < cutEveryMs) return;
      lastCut = at;
      limit = Math.max(leastLimit, Math.floor(Math.min(limit, receiving.size + handling.size) * cut));
    } else if (limit < unlimited) limit = limit * growth + 1;
    else limit = Number.POSITIVE_INFINITY;
  };
  /** Not while nothing is in work: a process that rests is not to be woken. */
  let timer: NodeJS.Timeout | undefined;
  let resting = 0;
  let stopped = false;
  const look = (): void => {
    const at = now();
    tick(at - lastTick - tickMs);
    lastTick = at;
    const rests = receiving.size + handling.size + waiting.size === 0 && limit === Number.POSITIVE_INFINITY;
    resting = rests ? resting + 1 : 0;
    if (resting < restingTicks) return;
    clearInterval(timer);
    timer = undefined;
  };
  const wake = (): void => {
    if (timer !== undefined || stopped) return;
    lastTick = now();
    timer = setInterval(look, tickMs).unref();
  };

  return {
    tick,
    get limit() {
      return limit;
    },
    get looks() {
      return timer !== undefined;
    },
    get admits() {
      return receiving.size + handling.size < limit;
    },
    begin() {
      const work = {};
      let ended = false;
      receiving.set(work, now());
      wake();
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
    ownWait() {
      const wait = {};
      waiting.set(wait, now());
      wake();
      return () => waiting.delete(wait);
    },
    stop() {
      stopped = true;
      clearInterval(timer);
      timer = undefined;
    },
  };
}
