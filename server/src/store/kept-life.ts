/**
 * When a reading thread reads what it keeps in memory of ClickHouse's tables, and when it forgets it: written once for all that is kept.
 * Statements and what is told after `settled` are together everything; after news were missed, or while ClickHouse is away, nothing is.
 */
import {setTimeout as delay} from 'node:timers/promises';
import type {Presence} from './read-presence.ts';
import type {Queries} from './read-query.ts';
import type {SpanNews, SpanNewsSource} from './span-news.ts';

export interface KeptOptions {
  readonly queries: Queries;
  readonly news: SpanNewsSource;
  readonly presence: Presence;
}

export interface Kept {
  /** Reads all of it, until the signal aborts. Rejects where ClickHouse cannot be asked. */
  load(signal: AbortSignal): Promise<void>;
  told(news: SpanNews): void;
  clear(): void;
  /** It is read when `wanted` is called. Otherwise as soon as it can be, and again after a load that failed. */
  readonly whenWanted?: boolean;
}

export interface KeptLife {
  wanted(): void;
  /** Forgets it all. Where it is not read when it is wanted, only `again` has it read again. */
  forget(): void;
  /** Forgets it all, and reads it once more. */
  again(): void;
}

/** Until a load that failed is tried again. */
const againMs = 10_000;

export function createKeptLife({news, presence}: Omit<KeptOptions, 'queries'>, kept: Kept): KeptLife {
  let settled = false;
  /** Of the load that was begun last; stays when it has ended. */
  let loading: AbortController | undefined;

  const forget = (): void => {
    loading?.abort();
    loading = undefined;
    kept.clear();
  };
  const again = (): void => {
    forget();
    news.again();
  };
  const load = async (): Promise<void> => {
    if (!settled || presence.away || loading !== undefined) return;
    loading = new AbortController();
    const {signal} = loading;
    try {
      await kept.load(signal);
    } catch {
      if (signal.aborted) return;
      // ClickHouse is away, or has too much to do.
      kept.clear();
      if (kept.whenWanted) loading = undefined;
      else await delay(againMs, undefined, {signal, ref: false}).then(again, () => {}); // forgotten meanwhile
    }
  };

  news.subscribe((one) => {
    if (one.kind === 'missed') {
      settled = false;
      forget();
    }
    kept.told(one);
    if (one.kind !== 'settled') return;
    settled = true;
    if (!kept.whenWanted) void load();
  });
  presence.onChange((there) => {
    // It may come back with other data.
    if (there) return news.again();
    settled = false;
    forget();
  });
  return {wanted: () => void load(), forget, again};
}
