import {bug} from '../base/index.ts';
import type {Batch} from './batch.ts';
import {Heap} from './heap.ts';

const noBytes = new Uint8Array(0);

/**
 * An empty batch in the memory of one that its owner needs no more: allocating tables is most of decoding's cost. It is another
 * object, so that what somebody remembers of a batch by its identity stays true; the old one throws where it is read again.
 */
export function recycle<B extends Batch>(batch: B): B {
  const fresh: B = {...batch, heap: Heap.of(noBytes)};
  for (const name in fresh.tables) fresh.tables[name]!.clear();
  const old = batch as {-readonly [K in keyof Batch]: unknown} & Record<string, unknown>;
  for (const name in batch.tables) old[name] = gone;
  old.items = gone;
  old.heap = gone;
  old.tables = gone;
  return fresh;
}

const gone = new Proxy(
  {},
  {
    get: () => bug('a batch was read after its owner had taken it back'),
    ownKeys: () => bug('a batch was read after its owner had taken it back'),
  },
);
