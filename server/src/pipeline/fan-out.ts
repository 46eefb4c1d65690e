/** One batch to several consumers. */
import {PermanentError, RetryableError} from '../base/index.ts';
import {
  appendBatch,
  type Batch,
  type Consumer,
  createLogBatch,
  createMetricBatch,
  createSpanBatch,
  Heap,
  type Signal,
} from '../model/index.ts';

/** A consumer, and whether it (or anything behind it) edits or keeps what it is given. */
export interface Branch {
  readonly consume: Consumer<Batch>;
  readonly mutates: boolean;
}

/**
 * Gives every branch the batch. It is copied only where branches could disturb each other: those that only read share one,
 * each that edits has its own.
 *
 * Acknowledged when all have taken it. When one refuses retryably, so does the whole, and the sender sends the batch again
 * to all: a branch that had taken it gets it twice, because losing data is worse than seeing it twice. (An exporter with a
 * `sending_queue` retries by itself and seldom refuses.) When one refuses for good and none retryably, the sender is told,
 * although others may have kept it.
 */
export function fanOut(branches: readonly Branch[]): Consumer<Batch> {
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) return only.consume;
  const anyReads = branches.some((branch) => !branch.mutates);
  // Of those that edit, the last may have the original when nobody reads it.
  const lastMutating = branches.findLastIndex((branch) => branch.mutates);
  return async (batch, context) => {
    const batches = branches.map((branch, index) =>
      branch.mutates && (anyReads || index !== lastMutating) ? copyBatch(batch) : batch,
    );
    const results = await Promise.allSettled(
      branches.map(async (branch, index) => branch.consume(batches[index] as Batch, context)),
    );
    // Each branch speaks for itself only: another may have kept the batch.
    batch.released = false;
    throwWorst(results);
  };
}

/** Throws the failure that says most about what the sender should do: send again before give up, an unforeseen one first. */
export function throwWorst(results: readonly PromiseSettledResult<unknown>[]): void {
  const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown);
  if (failures.length === 0) return;
  const retryable = failures.filter((failure) => failure instanceof RetryableError);
  const unforeseen = failures.find(
    (failure) => !(failure instanceof RetryableError || failure instanceof PermanentError),
  );
  if (unforeseen !== undefined) throw unforeseen;
  if (retryable.length > 0) throw retryable.reduce((a, b) => (b.retryAfterMs > a.retryAfterMs ? b : a));
  throw failures[0];
}

const create: Readonly<Record<Signal, (heap: Heap) => Batch>> = {
  traces: createSpanBatch,
  logs: createLogBatch,
  metrics: createMetricBatch,
};

export const emptyBatch = (signal: Signal, heapBytes?: number): Batch => create[signal](Heap.empty(heapBytes));

/** A batch of its own with the same rows. */
export function copyBatch<B extends Batch>(batch: B): B {
  const copy = emptyBatch(batch.signal, batch.heap.length) as B;
  appendBatch(copy, batch);
  return copy;
}
