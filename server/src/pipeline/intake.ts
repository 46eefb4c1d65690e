/** A receiver's side of the pipelines: decoded batches go in here, are counted, and have their memory used again. */
import type {Counter} from '../base/index.ts';
import type {AnyBatch, BatchOf, ConsumeContext, Signal} from '../model/index.ts';
import {errorStatus} from '../net/index.ts';
import type {Consumers} from './component.ts';
import {createGate, type Gate} from './gate.ts';
import {itemNoun} from './receiver-metrics.ts';
import {handOver, takeSpare} from './spares.ts';
import type {Supervisor} from './supervise.ts';

export interface Delivery {
  readonly batch: AnyBatch;
  readonly context: ConsumeContext;
  /** The transport, for the counters: `grpc`, `http`. */
  readonly transport: string;
  /** Items that the decoder left out because they were invalid. */
  readonly rejected?: number;
}

export interface Intake {
  /** Whether some pipeline takes the signal from this receiver. */
  takes(signal: Signal): boolean;
  /** An empty batch to decode into, in memory that was used before; undefined where there is none. */
  spare<S extends Signal>(signal: S): BatchOf<S> | undefined;
  /** Hands the batch over, which is no longer the receiver's. Resolves when it is safe; rejects as a `Consumer` does. */
  deliver(delivery: Delivery): Promise<void>;
}

export function createIntake(
  {meter, tally, blame}: Supervisor,
  id: string,
  next: Consumers,
): {readonly intake: Intake; readonly gate: Gate} {
  const gate = createGate(id);
  tally.inside = () => gate.inside;
  const counter = (verb: 'accepted' | 'refused' | 'failed', help: string) => (signal: Signal) =>
    meter.counter(`otelcol_receiver_${verb}_${itemNoun[signal]}`, help);
  const accepted = counter('accepted', 'Number of items successfully pushed into the pipeline.');
  const refused = counter('refused', 'Number of items that could not be pushed into the pipeline.');
  const failed = counter('failed', 'Number of items that could not be taken because of an error inside.');
  const bound = new Map<string, Counter>();
  const acceptedBy = (signal: Signal, transport: string): Counter => {
    const key = `${signal} ${transport}`;
    let known = bound.get(key);
    if (known === undefined) bound.set(key, (known = accepted(signal).with({receiver: id, transport})));
    return known;
  };

  const intake: Intake = {
    takes: (signal) => next[signal] !== undefined,
    spare: takeSpare,
    async deliver({batch, context, transport, rejected = 0}) {
      const {signal} = batch;
      const {count} = batch.items;
      const labels = {receiver: id, transport};
      // An empty request is a success (OTLP specification, "Full Success").
      const consumer = count === 0 ? undefined : next[signal];
      if (consumer !== undefined) {
        try {
          await gate.pass(() => handOver(consumer, batch, context));
        } catch (error) {
          blame(tally, error);
          const {reason, unforeseen} = errorStatus(error);
          (unforeseen ? failed : refused)(signal)
            .with({...labels, reason})
            .add(count);
          throw error;
        }
        acceptedBy(signal, transport).add(count);
      }
      if (rejected > 0) {
        refused(signal)
          .with({...labels, reason: 'invalid'})
          .add(rejected);
      }
    },
  };
  return {intake, gate};
}
