/** Whether ClickHouse is there, as far as whoever watches it knows: questions to one that is not are answered at once. */
export interface Presence {
  readonly away: boolean;
  /** Aborted when ClickHouse goes away: what is under way will not be answered. */
  readonly lost: AbortSignal;
  change(there: boolean): void;
  /** Calls it whenever that changes, after `lost` says so. */
  onChange(listener: (there: boolean) => void): void;
}

export function createPresence(): Presence {
  let away = false;
  let lost = new AbortController();
  const listeners: ((there: boolean) => void)[] = [];
  return {
    get away() {
      return away;
    },
    get lost() {
      return lost.signal;
    },
    change(there) {
      if (away === !there) return;
      away = !there;
      if (away) lost.abort();
      else lost = new AbortController();
      for (const listener of listeners) listener(there);
    },
    onChange: (listener) => void listeners.push(listener),
  };
}
