/** Whether Weft answers at all, learnt from the outcome of every request of the page. */

export type ConnectionState =
  | {readonly kind: 'answering'}
  | {
      readonly kind: 'gone';
      /** When the first request went without an answer; milliseconds since 1970. */
      readonly since: number;
      /** When an answer last came; undefined where none ever has. */
      readonly lastAnswer: number | undefined;
      /** When Weft is asked next; undefined while it is being asked. */
      readonly nextAt: number | undefined;
    };

export interface Connection {
  readonly state: () => ConnectionState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Calls `listener` each time that Weft is back. */
  readonly onBack: (listener: () => void) => () => void;
  /** An answer of Weft has come, whatever it says. */
  readonly answered: () => void;
  /** A request has had no answer, or is long in waiting for one: asks Weft whether it is there before saying so. */
  readonly doubt: () => void;
  /** Asks at once where Weft is gone. */
  readonly tryNow: () => void;
}

/** Seconds between two attempts, growing to the last. */
const waits = [1, 2, 3, 5, 8, 10];

/** `probe` resolves to whether Weft answered, and never rejects. */
export function createConnection(probe: () => Promise<boolean>, now: () => number = Date.now): Connection {
  const answering: ConnectionState = {kind: 'answering'};
  const listeners = new Set<() => void>();
  const backListeners = new Set<() => void>();
  let state: ConnectionState = answering;
  let lastAnswer: number | undefined;
  let attempts = 0;
  let asking = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const become = (next: ConnectionState): void => {
    state = next;
    for (const listener of listeners) listener();
  };
  const answered = (): void => {
    lastAnswer = now();
    if (state.kind === 'answering') return;
    clearTimeout(timer);
    attempts = 0;
    become(answering);
    for (const listener of backListeners) listener();
  };
  const ask = async (doubtedAt: number): Promise<void> => {
    if (asking) return;
    asking = true;
    clearTimeout(timer);
    if (state.kind === 'gone') become({...state, nextAt: undefined});
    const there = await probe();
    asking = false;
    if (there) return answered();
    const wait = waits[Math.min(attempts++, waits.length - 1)]! * 1_000;
    timer = setTimeout(() => void ask(doubtedAt), wait);
    become({kind: 'gone', since: state.kind === 'gone' ? state.since : doubtedAt, lastAnswer, nextAt: now() + wait});
  };
  const listen = (set: Set<() => void>) => (listener: () => void) => {
    set.add(listener);
    return () => void set.delete(listener);
  };
  return {
    state: () => state,
    subscribe: listen(listeners),
    onBack: listen(backListeners),
    answered,
    doubt: () => {
      if (state.kind === 'answering') void ask(now());
    },
    tryNow: () => {
      if (state.kind === 'gone') void ask(state.since);
    },
  };
}
