/** The joint between a component and those behind it, which a reload can move while data flows. */
import {type Consumer, copyBatch} from '../model/index.ts';

export interface Outlet {
  /** Given to the component in front; its `access` stays. */
  readonly consumer: Consumer;
  /** From the next batch on, `to` gets what comes. */
  point(to: Consumer): void;
  /** Until the next `point` or `release`, batches wait. */
  hold(): void;
  /** Batches that wait go to whom they were for. */
  release(): void;
}

/** A batch is copied where it was lent to this joint and what is behind it now wants one of its own. */
export function createOutlet(to: Consumer): Outlet {
  let target = to;
  let held: PromiseWithResolvers<void> | undefined;
  const consumer: Consumer =
    to.access === 'takes'
      ? {
          access: 'takes',
          async consume(batch, context) {
            if (held !== undefined) await held.promise;
            return target.consume(batch, context);
          },
        }
      : {
          access: 'reads',
          async consume(batch, context) {
            if (held !== undefined) await held.promise;
            return target.access === 'reads'
              ? target.consume(batch, context)
              : target.consume(copyBatch(batch), context);
          },
        };
  const release = (): void => {
    held?.resolve();
    held = undefined;
  };
  return {
    consumer,
    point(next) {
      target = next;
      release();
    },
    hold() {
      held ??= Promise.withResolvers();
    },
    release,
  };
}

/**
 * An outlet of a receiver's intake, which looks at `access` with each batch: it is that of what is behind at that moment, and
 * nothing is copied.
 */
export function createIntakeOutlet(to: Consumer): Outlet {
  let target = to;
  const consumer = {
    get access() {
      return target.access;
    },
    get consume() {
      return target.consume;
    },
  } as Consumer;
  return {
    consumer,
    point(next) {
      target = next;
    },
    hold() {},
    release() {},
  };
}
