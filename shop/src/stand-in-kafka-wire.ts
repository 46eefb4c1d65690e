/** The primitive types of Kafka's protocol (the classic, not the compact encoding): big-endian, length before content. */
export class KafkaReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }
  #take(length: number): number {
    const at = this.#at;
    if (length < 0 || at + length > this.#bytes.length) throw new RangeError('a Kafka request ends too early');
    this.#at += length;
    return at;
  }
  int8(): number {
    return this.#bytes.readInt8(this.#take(1));
  }
  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2));
  }
  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }
  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }
  /** STRING and NULLABLE_STRING; null is the empty string, which no field of this broker tells apart. */
  string(): string {
    const length = this.int16();
    if (length < 0) return '';
    const at = this.#take(length);
    return this.#bytes.toString('utf8', at, at + length);
  }
  /** BYTES and RECORDS, as a copy of its own. */
  bytes(): Buffer {
    const length = this.int32();
    if (length <= 0) return Buffer.alloc(0);
    const at = this.#take(length);
    return Buffer.from(this.#bytes.subarray(at, at + length));
  }
  array<T>(item: (reader: this) => T): T[] {
    const length = this.int32();
    const items: T[] = [];
    for (let index = 0; index < length; index++) items.push(item(this));
    return items;
  }
}

/** Writes are chained; `finish` gives the bytes. */
export class KafkaWriter {
  readonly #parts: Buffer[] = [];

  #number(size: number, write: (buffer: Buffer) => void): this {
    const buffer = Buffer.allocUnsafe(size);
    write(buffer);
    this.#parts.push(buffer);
    return this;
  }
  int8(value: number): this {
    return this.#number(1, (buffer) => buffer.writeInt8(value));
  }
  int16(value: number): this {
    return this.#number(2, (buffer) => buffer.writeInt16BE(value));
  }
  int32(value: number): this {
    return this.#number(4, (buffer) => buffer.writeInt32BE(value));
  }
  int64(value: bigint): this {
    return this.#number(8, (buffer) => buffer.writeBigInt64BE(value));
  }
  string(value: string): this {
    const bytes = Buffer.from(value, 'utf8');
    this.int16(bytes.length);
    this.#parts.push(bytes);
    return this;
  }
  nothing(): this {
    return this.int16(-1);
  }
  bytes(...values: readonly Buffer[]): this {
    this.int32(values.reduce((sum, value) => sum + value.length, 0));
    this.#parts.push(...values);
    return this;
  }
  array<T>(items: readonly T[], write: (writer: this, item: T) => void): this {
    this.int32(items.length);
    for (const item of items) write(this, item);
    return this;
  }
  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** The error codes of Kafka's protocol that this broker answers with. */
export const kafkaError = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  illegalGeneration: 22,
  unknownMemberId: 25,
  rebalanceInProgress: 27,
  topicAlreadyExists: 36,
} as const;
