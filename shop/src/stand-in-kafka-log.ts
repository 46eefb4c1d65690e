/** The topics of the Kafka stand-in: each partition a list of record batches (format 2) in memory, oldest dropped first. */
interface StoredBatch {
  readonly baseOffset: bigint;
  readonly nextOffset: bigint;
  readonly bytes: Buffer;
}

/** Where the fields that a broker reads and sets stand in a record batch of format 2. */
const batchField = {length: 8, leaderEpoch: 12, magic: 16, lastOffsetDelta: 23, headerSize: 61} as const;

export class PartitionLog {
  readonly #batches: StoredBatch[] = [];
  readonly #maximumBytes: number;
  #size = 0;
  #end = 0n;
  #waiting: (() => void)[] = [];

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  get start(): bigint {
    return this.#batches[0]?.baseOffset ?? this.#end;
  }
  /** The offset that the next record gets: the high watermark, as nothing here is replicated. */
  get end(): bigint {
    return this.#end;
  }

  /** Takes a producer's record set, numbers its batches and returns the first offset. Throws on another format than 2. */
  append(records: Buffer): bigint {
    const first = this.#end;
    for (let at = 0; at + batchField.headerSize <= records.length; ) {
      const size = 12 + records.readInt32BE(at + batchField.length);
      const bytes = records.subarray(at, at + size);
      if (bytes.readInt8(batchField.magic) !== 2) throw new RangeError('only record batches of format 2 are taken');
      const count = BigInt(bytes.readInt32BE(batchField.lastOffsetDelta)) + 1n;
      bytes.writeBigInt64BE(this.#end, 0);
      bytes.writeInt32BE(0, batchField.leaderEpoch);
      this.#batches.push({baseOffset: this.#end, nextOffset: this.#end + count, bytes});
      this.#end += count;
      this.#size += bytes.length;
      at += size;
    }
    while (this.#size > this.#maximumBytes && this.#batches.length > 1)
      this.#size -= this.#batches.shift()?.bytes.length ?? 0;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
    return first;
  }

  /** The batches from the one that holds `offset` on, at least one, until `maximumBytes` are reached. */
  read(offset: bigint, maximumBytes: number): Buffer[] {
    const found: Buffer[] = [];
    let size = 0;
    for (const batch of this.#batches) {
      if (batch.nextOffset <= offset) continue;
      if (found.length > 0 && size + batch.bytes.length > maximumBytes) break;
      found.push(batch.bytes);
      size += batch.bytes.length;
    }
    return found;
  }

  /** Calls `wake` once at the next append. */
  onAppend(wake: () => void): void {
    this.#waiting.push(wake);
  }
  forget(wake: () => void): void {
    this.#waiting = this.#waiting.filter((one) => one !== wake);
  }
}

export class TopicLogs {
  readonly #topics = new Map<string, PartitionLog[]>();
  readonly #maximumBytes: number;

  constructor(maximumBytesPerPartition: number) {
    this.#maximumBytes = maximumBytesPerPartition;
  }
  /** False where the topic is there already. */
  create(topic: string, partitions: number): boolean {
    if (this.#topics.has(topic)) return false;
    this.#topics.set(
      topic,
      Array.from({length: Math.max(1, partitions)}, () => new PartitionLog(this.#maximumBytes)),
    );
    return true;
  }
  names(): string[] {
    return [...this.#topics.keys()];
  }
  partitions(topic: string): readonly PartitionLog[] {
    return this.#topics.get(topic) ?? [];
  }
  partition(topic: string, index: number): PartitionLog | undefined {
    return this.#topics.get(topic)?.[index];
  }
}
