/** Reads a table into memory, what is newest first, as far as there is room, in steps that hold nobody up. */
import {setTimeout as delay} from 'node:timers/promises';
import {QueryError} from '../base/index.ts';
import {Budget} from '../query/index.ts';
import type {Queries, Query} from './read-query.ts';

export interface NewestTable {
  /** SELECT of `at`, a time as a whole number, and the `size` of the rows of each. */
  readonly sizes: string;
  /** SELECT of the rows of times `from` to `to`. */
  rows(from: number, to: number): string;
  /** Takes an answer in the format Native. */
  onRows(answer: Uint8Array): void;
  /** What spans there are, so that rows that were lost do not hide any. */
  readonly spans?: NewestSpans | undefined;
  /** Everything from this time on has been taken. */
  onLoaded(from: number): void;
}

export interface NewestSpans {
  /** SELECT of the spans of times `from` to `to`, both included, of which the rows should tell. `to` may be infinite. */
  sql(from: number, to: number): string;
  /** Takes the answer, after all rows that tell of these spans. */
  onSpans(answer: Uint8Array): void;
}

export interface LoadLimits {
  /** Of all that is read, and of one step: in the table's sizes. */
  readonly room: number;
  readonly step: number;
}

/** Between two steps. */
const pauseMs = 50;
/** Times that are told at once: of minutes, half a year. */
const maxTimes = 250_000;
/** Spans before the first row that are looked at: of more, as an earlier version left, nothing is said. */
const maxOlder = 50_000_000;

/** Rejects where ClickHouse cannot be asked, or `signal` aborts. */
export async function loadNewest(
  queries: Queries,
  table: NewestTable,
  {room, step}: LoadLimits,
  signal: AbortSignal,
): Promise<void> {
  const sizes = await queries.rows(
    {sql: `${table.sizes} GROUP BY at ORDER BY at DESC LIMIT ${maxTimes + 1}`, budget: new Budget(signal)},
    {at: 'number', size: 'number'},
  );
  const ask = (sql: string, settings: Settings = {}): Promise<Uint8Array> =>
    queries.native({sql, settings: {max_threads: 1, ...settings}, budget: new Budget(signal, {rows: maxRows})});
  const look = async (from: number, to: number, settings: Settings = {}): Promise<void> => {
    if (table.spans === undefined) return;
    // Spans are grouped as they are sorted.
    const spans = await ask(table.spans.sql(from, to), {optimize_aggregation_in_order: 1, ...settings});
    if (!signal.aborted) table.spans.onSpans(spans);
  };
  const isAll = sizes.length <= maxTimes;
  let left = room;
  let i = 0;
  let end = Number.POSITIVE_INFINITY;
  while (i < sizes.length && (sizes[i] as {size: number}).size <= left) {
    const to = (sizes[i] as {at: number}).at;
    let from = to;
    for (let taken = 0; i < sizes.length; i++) {
      const {at, size} = sizes[i] as {at: number; size: number};
      if (size > left || (taken > 0 && taken + size > step)) break;
      from = at;
      taken += size;
      left -= size;
    }
    const answer = await ask(table.rows(from, to));
    if (signal.aborted) return;
    table.onRows(answer);
    await look(from, end);
    if (signal.aborted) return;
    end = from - 1;
    table.onLoaded(from);
    await delay(pauseMs, undefined, {signal, ref: false});
  }
  if (i < sizes.length || !isAll) return;
  try {
    await look(0, end, {max_rows_to_read: maxOlder});
  } catch (error) {
    if (error instanceof QueryError && error.reason === 'too_large') return;
    throw error;
  }
  if (!signal.aborted) table.onLoaded(0);
}

type Settings = NonNullable<Query['settings']>;

/** More than any step has. */
const maxRows = 20_000_000;
