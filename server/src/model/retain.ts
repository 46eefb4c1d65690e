/** Leaving items out of a batch that one owns. */
import type {Batch} from './batch.ts';
import type {AnyBatch} from './consumer.ts';
import {copyRowWithin, emptyBatch, gatherRows} from './copy.ts';
import type {Lent} from './lent.ts';

/** Where less than this share stays, it is copied: a batch that waits should not hold the memory of what left it. */
const copiedShare = 1 / 4;

/**
 * The items (spans, log records, points) for which `keep` says so, in their order: in the same batch, or in a new one where
 * little stays. Takes the batch. Resources, scopes and metrics without items stay in its tables, referred to by nobody.
 */
export function retainItems<B extends AnyBatch>(batch: B, keep: (row: number) => boolean): B {
  const {items} = batch as Batch;
  const {count} = items;
  let first = 0;
  while (first < count && keep(first)) first++;
  // Most batches lose nothing, and need no list.
  if (first === count) return batch;
  const kept = Array.from({length: first}, (_, row) => row);
  for (let row = first + 1; row < count; row++) if (keep(row)) kept.push(row);
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
