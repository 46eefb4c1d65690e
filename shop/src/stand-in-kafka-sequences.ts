/** A partition remembers the batches of idempotent producers, so that a batch sent again after a lost answer is stored once. */
import type {BatchHeader} from './stand-in-kafka-batch.ts';
import {kafkaError} from './stand-in-kafka-errors.ts';

interface Sent {
  readonly first: number;
  readonly last: number;
  readonly offset: bigint;
}
interface Producer {
  readonly epoch: number;
  readonly sent: Sent[];
}

/** As many batches as Kafka remembers of a producer, which is as many as one may have in flight. */
const remembered = 5;
/** Producers a partition; the one that was silent longest is forgotten first. */
const maximumProducers = 256;
const sequences = 2 ** 31;

export class ProducerSequences {
  readonly #producers = new Map<bigint, Producer>();

  /** `next` where the batch is to be stored, its offset where it is stored already, else an error code. */
  check({producerId, producerEpoch, baseSequence, count}: BatchHeader): 'next' | {readonly offset: bigint} | number {
    if (producerId < 0n) return 'next';
    if (producerEpoch < 0 || baseSequence < 0) return kafkaError.invalidRecord;
    const producer = this.#producers.get(producerId);
    if (producer === undefined) return 'next';
    if (producerEpoch < producer.epoch) return kafkaError.invalidProducerEpoch;
    if (producerEpoch > producer.epoch) return baseSequence === 0 ? 'next' : kafkaError.outOfOrderSequenceNumber;
    const last = lastOf(baseSequence, count);
    const same = producer.sent.find((one) => one.first === baseSequence && one.last === last);
    if (same !== undefined) return {offset: same.offset};
    const expected = ((producer.sent.at(-1)?.last ?? -1) + 1) % sequences;
    return baseSequence === expected ? 'next' : kafkaError.outOfOrderSequenceNumber;
  }

  add({producerId, producerEpoch, baseSequence, count}: BatchHeader, offset: bigint): void {
    if (producerId < 0n) return;
    const known = this.#producers.get(producerId);
    const sent = known?.epoch === producerEpoch ? known.sent : [];
    sent.push({first: baseSequence, last: lastOf(baseSequence, count), offset});
    if (sent.length > remembered) sent.shift();
    this.#producers.delete(producerId);
    this.#producers.set(producerId, {epoch: producerEpoch, sent});
    const [oldest] = this.#producers.keys();
    if (this.#producers.size > maximumProducers && oldest !== undefined) this.#producers.delete(oldest);
  }
}

const lastOf = (first: number, count: number): number => (first + count - 1) % sequences;
