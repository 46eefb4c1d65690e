/** Reads a table into memory, what is newest first, as far as there is room, in steps that hold nobody up. */
import {setTimeout as delay} from 'node:timers/promises';
import {Budget} from '../query/index.ts';
import type {Queries} from './read-query.ts';

export interface NewestTable {
  /** SELECT of `at`, a time as a whole number, and the `size` of the rows of each. */
  readonly sizes: string;
  /** SELECT of the rows of times `from` to `to`. */
  rows(from: number, to: number): string;
  /** Takes an answer in the format Native. */
  onRows(answer: Uint8Array): void;
  /** Everything from this time on has been taken. */
  onLoaded(from: number): void;
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
  const isAll = sizes.length <= maxTimes;
  let left = room;
  let i = 0;
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
    const answer = await queries.native({
      sql: table.rows(from, to),
      settings: {max_threads: 1},
      budget: new Budget(signal, {rows: maxRows}),
    });
    if (signal.aborted) return;
    table.onRows(answer);
    if (i < sizes.length) table.onLoaded(from);
    await delay(pauseMs, undefined, {signal, ref: false});
  }
  if (i === sizes.length && isAll) table.onLoaded(0);
}

/** More than any step has. */
const maxRows = 20_000_000;
