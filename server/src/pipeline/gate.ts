import {RetryableError} from '../base/index.ts';

/** Counts who is inside a component, so that it can close its door and wait until everybody has left. */
export interface Gate {
  /** How many are inside. */
  readonly inside: number;
  /** Runs `work` inside. Rejects with RetryableError once the gate is closed. */
  pass<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
  /** Resolves when nobody is inside. */
  empty(): Promise<void>;
}

export function createGate(id: string): Gate {
  let inside = 0;
  let closed = false;
  let left: PromiseWithResolvers<void> | undefined;
  return {
    get inside() {
      return inside;
    },
    async pass(work) {
      if (closed) throw new RetryableError('stopping', `${id} is stopping`);
      inside++;
      try {
        return await work();
      } finally {
        inside--;
        if (inside === 0) left?.resolve();
      }
    },
    close() {
      closed = true;
    },
    async empty() {
      while (inside > 0) await (left = Promise.withResolvers()).promise;
    },
  };
}
