/**
 * At most so many at the same time; others wait for their turn. Who has fewest running comes next, so that nobody keeps others out by
 * asking much; among equals it is first come, first served. While several ask, a place stays free of whoever has all others: nobody
 * waits for the longest of somebody else's.
 */
import {RetryableError} from '../base/index.ts';

export interface TurnGate {
  /** Rejects with `RetryableError` where too many wait already, and with the signal's reason when that aborts before the turn. */
  run<T>(who: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

interface Limits {
  readonly running: number;
  /** Of one, and of all together. */
  readonly waitingEach: number;
  readonly waiting: number;
}

interface Waiting {
  readonly who: string;
  readonly start: () => void;
}

/** Whoever was among so many that ran last still asks. */
const remembered = 20;

export function createTurnGate(most: Limits): TurnGate {
  const waiting: Waiting[] = [];
  /** By whom: one entry for each that runs. */
  const running: string[] = [];
  const runningOf = (who: string): number => running.filter((one) => one === who).length;

  const recent: string[] = [];
  const mayRun = (who: string): boolean => {
    if (running.length >= most.running) return false;
    const alone = recent.every((one) => one === who) && waiting.every((one) => one.who === who);
    return alone || runningOf(who) < Math.max(1, most.running - 1);
  };
  const begin = (who: string): void => {
    running.push(who);
    recent.push(who);
    if (recent.length > remembered) recent.shift();
  };

  const turn = (who: string, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (mayRun(who)) {
      begin(who);
      return Promise.resolve();
    }
    const own = waiting.filter((one) => one.who === who).length;
    if (own >= most.waitingEach || waiting.length >= most.waiting) {
      throw new RetryableError(
        'statements',
        `${running.length} statements run and ${waiting.length} wait: ask again in a moment.`,
      );
    }
    return new Promise((resolve, reject) => {
      const start = (): void => {
        signal.removeEventListener('abort', leave);
        begin(who);
        resolve();
      };
      const entry = {who, start};
      const leave = (): void => {
        waiting.splice(waiting.indexOf(entry), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, {once: true});
      waiting.push(entry);
    });
  };

  const startNext = (): void => {
    for (;;) {
      const able = waiting.filter(({who}) => mayRun(who));
      const fewest = Math.min(...able.map(({who}) => runningOf(who)));
      const next = able.find(({who}) => runningOf(who) === fewest);
      if (next === undefined) return;
      waiting.splice(waiting.indexOf(next), 1);
      next.start();
    }
  };

  return {
    async run(who, signal, work) {
      await turn(who, signal);
      try {
        return await work();
      } finally {
        running.splice(running.indexOf(who), 1);
        startNext();
      }
    },
  };
}
