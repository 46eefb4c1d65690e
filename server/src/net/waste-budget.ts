/**
 * A budget for calls that cost their caller nothing and lead to nothing: cancelled before they are complete, of methods that
 * nobody serves, without a message. One for all connections, because each of many may stay below any bound of its own.
 */
export interface WasteBudget {
  /** Counts one such call. False where its connection is to be ended. */
  spend(connection: object): boolean;
}

export interface WasteBudgetOptions {
  readonly now?: () => number;
}

/** Of all connections: about a twentieth of a core's time. */
const burst = 1000;
const perSecond = 300;
/** Of one connection: forgotten at `forgetPerSecond`. */
const ownBurst = 200;
const forgetPerSecond = 5;
/** Once all is spent, connections that have wasted more than this lately are ended; the others have done nothing unusual. */
const usual = 3;

export function createWasteBudget({now = () => performance.now()}: WasteBudgetOptions = {}): WasteBudget {
  let left = burst;
  let filledAt = now();
  const own = new WeakMap<object, {spent: number; at: number}>();
  return {
    spend(connection) {
      const at = now();
      left = Math.min(burst, left + ((at - filledAt) / 1000) * perSecond);
      filledAt = at;
      let entry = own.get(connection);
      if (entry === undefined) own.set(connection, (entry = {spent: 0, at}));
      entry.spent = Math.max(0, entry.spent - ((at - entry.at) / 1000) * forgetPerSecond) + 1;
      entry.at = at;
      if (left >= 1) left--;
      else if (entry.spent > usual) return false;
      return entry.spent <= ownBurst;
    },
  };
}
