/** Whether Weft answers at all, learnt from the outcome of every request of the page, and from a beat where a view asks nothing. */

export type ConnectionState =
  | {readonly kind: 'answering'}
  | {
      readonly kind: 'gone';
      /** When the first request went without an answer; milliseconds since 1970. */
      readonly since: number;
      /** When Weft is asked next; undefined while it is being asked, or while nobody sees the page. */
      readonly nextAt: number | undefined;
    };

export interface Connection {
  readonly state: () => ConnectionState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Calls `listener` each time that Weft is back. */
  readonly onBack: (listener: () => void) => () => void;
  /** Calls `listener` each time that another start of Weft answers than before, however short it was away. */
  readonly onRestart: (listener: () => void) => () => void;
  /** An answer of Weft has come, whatever it says. */
  readonly answered: () => void;
  /** A request has had no answer, or is long in waiting for one: asks Weft whether it is there, and resolves when that is known. */
  readonly doubt: () => Promise<void>;
  /** Asks at once where Weft is gone. */
  readonly tryNow: () => void;
  /** From now on a reader sees the page, and Weft is asked regularly; or nobody does, and it is asked nothing. */
  readonly watch: (visible: boolean) => void;
}

/** Asks Weft whether it is there. Resolves to which start of it answered, or to undefined; never rejects. */
export type Probe = () => Promise<{readonly started: string} | undefined>;

/** Seconds between two attempts, growing to the last. */
const waits = [1, 2, 3, 5, 8, 10];
/** Milliseconds between two beats: a view that asks nothing by itself learns within so long that Weft is gone. */
const BEAT = 10_000;
/** Milliseconds until a page that has been loaded asks for the first time, when its own first load is over. */
const FIRST = 2_000;
/** A page that is seen again asks within so long: many of them come back at once when a machine wakes up. */
const WAKE = 1_000;

/** `random` as `Math.random`: no wait is the same in any two pages. */
export function createConnection(probe: Probe, now: () => number = Date.now, random = Math.random): Connection {
  const answering: ConnectionState = {kind: 'answering'};
  const listeners = new Set<() => void>();
  const backListeners = new Set<() => void>();
  const restartListeners = new Set<() => void>();
  let state: ConnectionState = answering;
  let started: string | undefined;
  let attempts = 0;
  let asking: Promise<void> | undefined;
  let visible: boolean | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const become = (next: ConnectionState): void => {
    state = next;
    for (const listener of listeners) listener();
  };
  /** The one next attempt; none while nobody sees the page. Returns when it is. */
  const askIn = (milliseconds: number): number | undefined => {
    clearTimeout(timer);
    if (visible === false) return undefined;
    timer = setTimeout(() => void ask(), milliseconds);
    return now() + milliseconds;
  };
  const beat = (): void => {
    clearTimeout(timer);
    if (visible === true) askIn(spread(BEAT));
  };
  const spread = (milliseconds: number): number => Math.round(milliseconds * (0.8 + 0.4 * random()));
  const answered = (): void => {
    if (state.kind === 'answering') return;
    attempts = 0;
    become(answering);
    beat();
    for (const listener of backListeners) listener();
  };
  const ask = (): Promise<void> => {
    asking ??= askOnce().finally(() => {
      asking = undefined;
    });
    return asking;
  };
  const askOnce = async (): Promise<void> => {
    const doubtedAt = state.kind === 'gone' ? state.since : now();
    clearTimeout(timer);
    if (state.kind === 'gone') become({...state, nextAt: undefined});
    const found = await probe();
    if (found === undefined) {
      const wait = spread(waits[Math.min(attempts++, waits.length - 1)]! * 1_000);
      return become({kind: 'gone', since: doubtedAt, nextAt: askIn(wait)});
    }
    const restarted = started !== undefined && started !== found.started;
    started = found.started;
    if (state.kind === 'gone') answered();
    else beat();
    if (restarted) for (const listener of restartListeners) listener();
  };
  const listen = (set: Set<() => void>) => (listener: () => void) => {
    set.add(listener);
    return () => void set.delete(listener);
  };
  return {
    state: () => state,
    subscribe: listen(listeners),
    onBack: listen(backListeners),
    onRestart: listen(restartListeners),
    answered,
    doubt: async () => {
      if (state.kind === 'answering') await ask();
    },
    tryNow: () => {
      if (state.kind === 'gone') void ask();
    },
    watch: (seen) => {
      if (seen === visible) return;
      const first = visible === undefined;
      visible = seen;
      if (first && seen) return void askIn(spread(FIRST));
      if (!seen) {
        clearTimeout(timer);
        if (state.kind === 'gone') become({...state, nextAt: undefined});
        return;
      }
      const nextAt = askIn(Math.round(WAKE * random()));
      if (state.kind === 'gone') become({...state, nextAt});
    },
  };
}
