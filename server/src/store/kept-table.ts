/**
 * The rows of a table in the memory of the thread that answers questions: read once, the newest first, and then told by `SpanNews` when
 * they are inserted. A row may come twice, so what is made of it must bear that.
 */
import {createKeptLife, type KeptOptions} from './kept-life.ts';
import {type LoadLimits, loadNewest, type NewestSpans} from './load-newest.ts';

/** A table, and how its rows are kept. */
export interface TableRows {
  readonly name: string;
  /** As `NewestTable` has them. */
  readonly sizes: string;
  rows(from: number, to: number): string;
  readonly spans?: NewestSpans | undefined;
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

export function createKeptTable(options: KeptOptions, table: TableRows, limits: LoadLimits): KeptTable {
  let from: number | undefined;
  /** Rows of earlier times may have been let go. */
  let raised = 0;
  /** Halved when the rows took more than was thought. */
  let {room} = limits;

  const add = (blocks: Uint8Array): void => {
    if (table.add(blocks)) return;
    room /= 2;
    life.again();
  };
  const clear = (): void => {
    from = undefined;
    raised = 0;
    table.clear();
  };

  const life = createKeptLife(options, {
    load(signal) {
      // What has been told is in the table too.
      clear();
      const rows = {
        sizes: table.sizes,
        rows: table.rows,
        spans: table.spans,
        onRows: add,
        onLoaded(at: number) {
          from = Math.max(at === 0 ? 0 : table.timeOf(at), raised);
        },
      };
      return loadNewest(options.queries, rows, {...limits, room}, signal);
    },
    told(news) {
      if (news.kind !== 'summed up') return;
      if (news.sums === undefined) life.again();
      else for (const {table: name, bytes} of news.sums) if (name === table.name) add(bytes);
    },
    clear,
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
