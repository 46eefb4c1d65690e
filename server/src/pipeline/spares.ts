/** Memory of batches that their owners need no more, for the next ones that are decoded: a process has one stock of it. */
import {type AnyBatch, type BatchOf, type ConsumeContext, type Consumer, recycle, type Signal} from '../model/index.ts';

/** As many as are decoded and not yet written, with a margin; each holds some hundred kB. */
const maxSpares = 8;

const spares: Readonly<Record<Signal, AnyBatch[]>> = {traces: [], metrics: [], logs: []};

/** An empty batch to decode into, in memory that was used before; undefined where there is none. */
export const takeSpare = <S extends Signal>(signal: S): BatchOf<S> | undefined =>
  spares[signal].pop() as BatchOf<S> | undefined;

/** Takes the memory of a batch that nobody reads any more; its owner calls it. */
export function release(batch: AnyBatch): void {
  const {heap} = batch;
  const spare = recycle(batch);
  heap.giveBack();
  if (spares[spare.signal].length < maxSpares) spares[spare.signal].push(spare);
}

/** Gives a consumer a batch of one's own, whose memory is used again where the consumer only read it. */
export async function handOver(next: Consumer, batch: AnyBatch, context: ConsumeContext): Promise<void> {
  if (next.access === 'takes') return next.consume(batch, context);
  try {
    await next.consume(batch, context);
  } finally {
    release(batch);
  }
}
