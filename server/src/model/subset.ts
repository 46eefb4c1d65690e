/** Some items of a batch as a batch to read, without copying what they refer to. */
import type {Batch} from './batch.ts';
import type {RowCopier} from './columns.ts';
import type {AnyBatch} from './consumer.ts';
import {emptyBatch} from './copy.ts';
import type {Lent} from './lent.ts';

/** What an item refers to stays where it is. */
const within: RowCopier = {slice: (start) => start, range: (_, from) => from, ref: (_, row) => row};

/** The items `rows`, in that order, over the heap and the other tables of `batch`: to be read for as long as that one may be. */
export function subset<L extends Lent<AnyBatch>>(batch: L, rows: readonly number[]): L {
  // Its columns are copied from only; the view hides the classes that copying asks for.
  const source = batch as unknown as Batch;
  const items = emptyBatch(source.signal).items as Batch['items'];
  items.reserve(rows.length);
  for (const from of rows) {
    const to = items.add();
    for (let i = 0; i < items.all.length; i++) items.all[i]!.copyRow(to, source.items.all[i]!, from, within);
  }
  const name = Object.keys(source.tables).find((each) => source.tables[each] === source.items) as string;
  return {...source, items, [name]: items, tables: {...source.tables, [name]: items}} as unknown as L;
}
