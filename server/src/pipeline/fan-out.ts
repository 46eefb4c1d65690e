/** One batch to several consumers. */
import {PermanentError, RetryableError} from '../base/index.ts';
import {type AnyBatch, type ConsumeContext, type Consumer, copyBatch, type Lent} from '../model/index.ts';
import {reads, takes} from './kit.ts';

/**
 * Gives every branch the batch. Those that read share one; each that takes has its own, and the last of them the original where
 * nobody reads it.
 *
 * Acknowledged when all have taken it. When one refuses retryably, so does the whole, and the sender sends the batch again
 * to all: a branch that had taken it gets it twice, because losing data is worse than seeing it twice. (An exporter with a
 * `sending_queue` retries by itself and seldom refuses.) When one refuses permanently and none retryably, the sender is told,
 * although others may have kept it.
 */
export function fanOut(branches: readonly Consumer[]): Consumer {
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) return only;
  const readers = branches.filter((branch) => branch.access === 'reads');
  const takers = branches.filter((branch) => branch.access === 'takes');
  const read = (batch: Lent<AnyBatch>, context: ConsumeContext) =>
    // An async function of each, so that one that throws at once does not keep the batch from the others.
    readers.map(async (reader) => reader.consume(batch, context));
  if (takers.length === 0) {
    return reads(async (batch, context) => throwWorst(await Promise.allSettled(read(batch, context))));
  }
  return takes(async (batch, context) => {
    // All copies are made before anybody edits the original.
    const own = takers.map((_, index) =>
      readers.length === 0 && index === takers.length - 1 ? batch : copyBatch(batch),
    );
    const taken = takers.map(async (taker, index) => taker.consume(own[index] as AnyBatch, context));
    throwWorst(await Promise.allSettled([...read(batch, context), ...taken]));
  });
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
