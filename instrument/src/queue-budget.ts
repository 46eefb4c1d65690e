/** Bytes that may wait for the collector, over all signals: what a collector that is away can cost at most. */
export type QueueBudget = {
  readonly limit: number;
  /** Bytes that wait now. */
  readonly used: number;
  /** Whether nothing more fits; asked before an item is encoded, which is the dear part. */
  readonly isFull: boolean;
  /** Counts `bytes` more, or, if they are negative, fewer. False, with nothing counted, if that is over the limit. */
  take(bytes: number): boolean;
  /** Counts them in any case: what waits already has become longer or shorter. */
  correct(bytes: number): void;
};

export function createQueueBudget(limit: number): QueueBudget {
  let used = 0;
  /** Something did not fit. Until something has left, the next would be encoded only to be dropped as well. */
  let refused = false;
  return {
    limit,
    get used() {
      return used;
    },
    get isFull() {
      return refused || used >= limit;
    },
    take(bytes) {
      if (used + bytes > limit) {
        refused = used > limit * nearlyFull; // Below that it was one huge item, and smaller ones fit.
        return false;
      }
      used += bytes;
      return true;
    },
    correct(bytes) {
      used += bytes;
      if (used <= limit * nearlyFull) refused = false;
    },
  };
}

const nearlyFull = 0.875;
