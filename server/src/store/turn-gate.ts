/** At most so many at the same time; others wait for their turn, first come, first served. */
import {RetryableError} from '../base/index.ts';

export interface TurnGate {
  /** Rejects with `RetryableError` where too many wait already, and with the signal's reason when that aborts before the turn. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export function createTurnGate({
  running: most,
  waiting: mostWaiting,
}: {
  readonly running: number;
  readonly waiting: number;
}): TurnGate {
  const waiting: (() => void)[] = [];
  let running = 0;
  const turn = (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (running < most) {
      running++;
      return Promise.resolve();
    }
    if (waiting.length >= mostWaiting) {
      throw new RetryableError(
        'statements',
        `${most} statements run and ${waiting.length} wait: ask again in a moment.`,
      );
    }
    return new Promise((resolve, reject) => {
      const start = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(start), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, {once: true});
      waiting.push(start);
    });
  };
  return {
    async run(signal, work) {
      await turn(signal);
      try {
        return await work();
      } finally {
        // Whoever waits longest takes the place over.
        const next = waiting.shift();
        if (next === undefined) running--;
        else next();
      }
    },
  };
}
