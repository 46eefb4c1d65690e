/** One partition of the Kafka stand-in: its record batches in memory, the oldest dropped first. */
import {type BatchHeader, findRecord, numberBatch, readBatch, zstd} from './stand-in-kafka-batch.ts';
import {kafkaError} from './stand-in-kafka-errors.ts';
import {ProducerSequences} from './stand-in-kafka-sequences.ts';

export interface StoredBatch {
  readonly header: BatchHeader;
  readonly baseOffset: bigint;
  readonly nextOffset: bigint;
  readonly bytes: Buffer;
}
export interface Appended {
  readonly error: number;
  readonly offset: bigint;
}
export interface Found {
  readonly offset: bigint;
  readonly timestamp: bigint;
}

export class PartitionLog {
  readonly #batches: StoredBatch[] = [];
  readonly #sequences = new ProducerSequences();
  readonly #waiting = new Set<() => void>();
  #size = 0;
  #start = 0n;
  #end = 0n;

  get start(): bigint {
    return this.#start;
  }
  /** The offset that the next record gets: the high watermark, as nothing here is replicated. */
  get end(): bigint {
    return this.#end;
  }
  get size(): number {
    return this.#size;
  }
  get batches(): number {
    return this.#batches.length;
  }

  /**
   * Copies a producer's one batch and numbers it; what an idempotent producer sends again is not stored again.
   * Zstandard is refused in versions that did not know it.
   */
  append(records: Buffer | undefined, takesZstd: boolean): Appended {
    const header = readBatch(records);
    if (typeof header === 'number' || records === undefined) return refused(Number(header));
    if (header.codec === zstd && !takesZstd) return refused(kafkaError.unsupportedCompressionType);
    const known = this.#sequences.check(header);
    if (known !== 'next') return typeof known === 'number' ? refused(known) : {error: kafkaError.none, ...known};
    const bytes = Buffer.from(records);
    const baseOffset = this.#end;
    numberBatch(bytes, baseOffset);
    this.#sequences.add(header, baseOffset);
    this.#end += BigInt(header.count);
    this.#batches.push({header, baseOffset, nextOffset: this.#end, bytes});
    this.#size += bytes.length;
    this.wake();
    return {error: kafkaError.none, offset: baseOffset};
  }

  /** The batches from the one that holds `offset` on, within `maximumBytes`; where `atLeastOne`, the first at any size. */
  read(offset: bigint, maximumBytes: number, atLeastOne = true): StoredBatch[] {
    const found: StoredBatch[] = [];
    let size = 0;
    for (let index = this.#indexOf(offset); index < this.#batches.length; index++) {
      const batch = this.#batches[index] as StoredBatch;
      if (size + batch.bytes.length > maximumBytes && !(atLeastOne && found.length === 0)) break;
      found.push(batch);
      size += batch.bytes.length;
    }
    return found;
  }

  /** The first record of that time or later. */
  atTime(timestamp: bigint): Found | undefined {
    const batch = this.#batches.find(({header}) => header.maxTimestamp >= timestamp);
    return batch && this.#locate(batch, (its) => its >= timestamp);
  }
  /** The first record of the latest time of all. */
  latest(): Found | undefined {
    let latest: StoredBatch | undefined;
    for (const one of this.#batches)
      if (latest === undefined || one.header.maxTimestamp > latest.header.maxTimestamp) latest = one;
    const time = latest?.header.maxTimestamp;
    return latest && this.#locate(latest, (its) => its === time);
  }
  #locate({header, baseOffset, bytes}: StoredBatch, fits: (timestamp: bigint) => boolean): Found {
    const {delta, timestamp} = findRecord(bytes, header, fits);
    return {offset: baseOffset + BigInt(delta), timestamp};
  }

  /** Drops whole batches before `offset`, which becomes the first that is served. */
  dropBefore(offset: bigint): void {
    while (this.#batches[0] !== undefined && this.#batches[0].nextOffset <= offset) this.dropOldest();
    if (offset > this.#start) this.#start = offset;
  }
  dropOldest(): void {
    const gone = this.#batches.shift();
    if (gone === undefined) return;
    this.#size -= gone.bytes.length;
    if (gone.nextOffset > this.#start) this.#start = gone.nextOffset;
  }

  /** Calls `wake` at each append, until it is forgotten. */
  onAppend(wake: () => void): void {
    this.#waiting.add(wake);
  }
  forget(wake: () => void): void {
    this.#waiting.delete(wake);
  }
  wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #indexOf(offset: bigint): number {
    let [low, high] = [0, this.#batches.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#batches[middle] as StoredBatch).nextOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const refused = (error: number): Appended => ({error, offset: -1n});
