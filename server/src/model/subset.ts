/** Some items of a batch as a batch to read, without copying what they refer to. */
import type {Batch} from './batch.ts';
import type {AnyBatch} from './consumer.ts';
import {copyRowWithin, emptyBatch} from './copy.ts';
import type {Lent} from './lent.ts';

/** The items `rows`, in that order, over the heap and the other tables of `batch`: to be read for as long as that one may be. */
export function subset<L extends Lent<AnyBatch>>(batch: L, rows: readonly number[]): L {
  // Its columns are copied from only; the view hides the classes that copying asks for.
  const source = batch as unknown as Batch;
  const items = emptyBatch(source.signal).items as Batch['items'];
  items.reserve(rows.length);
  for (const from of rows) copyRowWithin(items, items.add(), from, source.items);
  const name = Object.keys(source.tables).find((each) => source.tables[each] === source.items) as string;
  return {...source, items, [name]: items, tables: {...source.tables, [name]: items}} as unknown as L;
}
