/** Leaving items out of a batch that one owns. */
import type {Batch} from './batch.ts';
import type {RowCopier} from './columns.ts';
import type {AnyBatch} from './consumer.ts';
import {emptyBatch, gatherRows} from './copy.ts';
import type {Lent} from './lent.ts';
import type {Columns, Table} from './table.ts';

/** Where less than this share stays, it is copied: a batch that waits should not hold the memory of what left it. */
const copiedShare = 1 / 4;

/** What an item refers to stays where it is. */
const within: RowCopier = {slice: (start) => start, range: (_, from) => from, ref: (_, row) => row};

/**
 * The items (spans, log records, points) for which `keep` says so, in their order: in the same batch, or in a new one where
 * little stays. Takes the batch. Resources, scopes and metrics without items stay in its tables, referred to by nobody.
 */
export function retainItems<B extends AnyBatch>(batch: B, keep: (row: number) => boolean): B {
  const {items} = batch as Batch;
  const {count} = items;
  const kept: number[] = [];
  for (let row = 0; row < count; row++) if (keep(row)) kept.push(row);
  if (kept.length === count) return batch;
  if (kept.length < count * copiedShare) {
    const target = emptyBatch(batch.signal) as unknown as Batch;
    gatherRows<Batch>(target, batch as unknown as Lent<Batch>, kept);
    return target as unknown as B;
  }
  for (const [to, from] of kept.entries()) {
    if (to !== from) copyRowWithin(items, to, from);
  }
  items.truncate(kept.length);
  return batch;
}

/** Sets a row to what another one of its table is; both then refer to the same texts and children. */
export function copyRowWithin(table: Table<Columns>, to: number, from: number): void {
  for (const column of table.all) column.copyRow(to, column, from, within);
}
