/**
 * The author of a component writes one function; these make a consumer of it. The graph only hands a component the
 * signals that its factory names, so the function's batch has that type.
 */
import {bug} from '../base/index.ts';
import type {AnyBatch, BatchOf, ConsumeContext, Consumer, Lent, Reader, Signal, Taker} from '../model/index.ts';
import {handOver, release} from './spares.ts';

type Awaitable<T> = T | Promise<T>;

/** An end of the pipeline that only reads: `reads<'traces'>(async (batch) => …)`. */
export const reads = <S extends Signal = Signal>(
  read: (batch: Lent<BatchOf<S>>, context: ConsumeContext) => Promise<void>,
): Reader => ({access: 'reads', consume: read as Reader['consume']});

/** An end of the pipeline, or a processor that holds batches back, which keeps or edits what it is given. */
export const takes = <S extends Signal = Signal>(
  take: (batch: BatchOf<S>, context: ConsumeContext) => Promise<void>,
): Taker => ({access: 'takes', consume: take as Taker['consume']});

/** A processor that looks at a batch, or refuses it by throwing, and hands it on as it is. */
export function inspects<S extends Signal = Signal>(
  next: Consumer,
  look: (batch: Lent<BatchOf<S>>, context: ConsumeContext) => Awaitable<void>,
): Consumer {
  const seen = look as (batch: Lent<AnyBatch>, context: ConsumeContext) => Awaitable<void>;
  return around(next, async (consume, batch, context) => {
    await seen(batch, context);
    await consume(batch, context);
  });
}

/** `inner` with `pass` around each call, which hands on what it is given to `consume`. */
export function around(
  inner: Consumer,
  pass: <B extends Lent<AnyBatch>>(
    consume: (batch: B, context: ConsumeContext) => Promise<void>,
    batch: B,
    context: ConsumeContext,
  ) => Promise<void>,
): Consumer {
  return inner.access === 'reads'
    ? {access: 'reads', consume: (batch, context) => pass(inner.consume, batch, context)}
    : {access: 'takes', consume: (batch, context) => pass(inner.consume, batch, context)};
}

/**
 * A processor that edits a batch in place and hands it on. `edit` returns what goes on: the batch, another one with the rows
 * that stay, which shares no memory with it, or undefined where nothing does. It keeps neither: their memory is used again, where
 * what follows only reads.
 */
export function edits<S extends Signal = Signal>(
  next: Consumer,
  edit: (batch: BatchOf<S>, context: ConsumeContext) => Awaitable<BatchOf<S> | undefined>,
): Taker {
  return takes<S>(async (batch, context) => {
    const rest = (await edit(batch, context)) as BatchOf<Signal> | undefined;
    if (rest !== batch) release(batch);
    if (rest === undefined) return;
    if (rest.items.count === 0) return release(rest);
    await handOver(next, rest, context);
  });
}

/** A connector that gives each batch to the consumer of its signal. */
export function handOn(next: Readonly<Partial<Record<Signal, Consumer>>>): Consumer {
  const readers = Object.entries(next).flatMap(([signal, consumer]) =>
    consumer.access === 'reads' ? [[signal, consumer] as const] : [],
  );
  if (readers.length === Object.keys(next).length) {
    const bySignal: Readonly<Record<string, Reader>> = Object.fromEntries(readers);
    return reads((batch, context) => bySignal[batch.signal]?.consume(batch, context) ?? nobody(batch.signal));
  }
  return takes((batch, context) => next[batch.signal]?.consume(batch, context) ?? nobody(batch.signal));
}

const nobody = (signal: Signal): never => bug(`no pipeline takes the ${signal} of a connector`);
