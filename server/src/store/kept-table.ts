/**
 * The rows of a table in the memory of the thread that answers questions: read once, the newest first, and then told by `SpanNews` when
 * they are inserted. A row may come twice, so what is made of it must bear that.
 */
import {setTimeout as delay} from 'node:timers/promises';
import {type LoadLimits, loadNewest} from './load-newest.ts';
import type {Presence} from './read-presence.ts';
import type {Queries} from './read-query.ts';
import type {SpanNews, SpanNewsSource} from './span-news.ts';

export interface KeptTableOptions {
  readonly queries: Queries;
  readonly news: SpanNewsSource;
  readonly presence: Presence;
}

/** A table, and how its rows are kept. */
export interface TableRows {
  readonly name: string;
  /** As `NewestTable` has them. */
  readonly sizes: string;
  rows(from: number, to: number): string;
  /** The time of rows in those of `kept.from`. */
  timeOf(at: number): number;
  /** Takes Native blocks, whose bytes are its own; false where it has no room for them, and is to be emptied. */
  add(blocks: Uint8Array): boolean;
  clear(): void;
}

export interface KeptTable {
  /** All rows from this time on are known, undefined while none are. */
  readonly from: number | undefined;
  /** Earlier rows have been let go. */
  raise(from: number): void;
}

/** Until a load that failed is tried again. */
const againMs = 10_000;

export function createKeptTable(
  {queries, news, presence}: KeptTableOptions,
  table: TableRows,
  limits: LoadLimits,
): KeptTable {
  let from: number | undefined;
  let loading: AbortController | undefined;
  /** Rows of earlier times may have been let go. */
  let raised = 0;
  /** Halved when the rows took more than was thought. */
  let {room} = limits;

  const forget = (): void => {
    loading?.abort();
    loading = undefined;
    from = undefined;
    raised = 0;
    table.clear();
  };

  const load = async (): Promise<void> => {
    forget();
    loading = new AbortController();
    const {signal} = loading;
    const rows = {
      sizes: table.sizes,
      rows: table.rows,
      onRows: add,
      onLoaded(at: number) {
        from = Math.max(at === 0 ? 0 : table.timeOf(at), raised);
      },
    };
    try {
      await loadNewest(queries, rows, {...limits, room}, signal);
    } catch {
      // ClickHouse is away, or has too much to do.
      await delay(againMs, undefined, {signal, ref: false}).then(again, () => {}); // forgotten meanwhile
    }
  };

  const again = (): void => {
    forget();
    news.again();
  };

  const add = (blocks: Uint8Array): void => {
    if (table.add(blocks)) return;
    room /= 2;
    again();
  };

  news.subscribe((one: SpanNews) => {
    if (one.kind === 'missed') forget();
    else if (one.kind === 'settled' && loading === undefined && !presence.away) void load();
    else if (one.kind === 'summed up') {
      if (one.sums === undefined) again();
      else for (const {table: name, bytes} of one.sums) if (name === table.name) add(bytes);
    }
  });
  presence.onChange((there) => {
    // It may come back with other data.
    if (there) news.again();
    else forget();
  });

  return {
    get from() {
      return from;
    },
    raise(at) {
      raised = Math.max(raised, at);
      if (from !== undefined) from = Math.max(from, raised);
    },
  };
}
