/**
 * The primitive types of Kafka's protocol: big-endian numbers, length before content. Versions that Kafka calls flexible
 * write lengths as unsigned varints of length plus one ("compact") and end each structure with tagged fields.
 * Source: the protocol guide of Apache Kafka 4.1, "Protocol Primitive Types".
 */

/** A request that does not hold to the protocol. It costs the sender the connection, as with Kafka. */
export class KafkaProtocolError extends Error {}

/** Items of all arrays of one request together: far above any client's, far below what would hurt. */
const maximumItems = 100_000;
const deepestVarint = 28;
const deepestVarlong = 63n;

export class KafkaReader {
  flexible = false;
  readonly #bytes: Buffer;
  #at: number;
  #items = 0;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }
  #take(length: number): number {
    const at = this.#at;
    if (length < 0 || at + length > this.#bytes.length) throw new KafkaProtocolError('the request ends too early');
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
  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#take(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
      if (shift === deepestVarint) throw new KafkaProtocolError('a varint has more than five bytes');
    }
  }
  /** A record's signed number of up to 64 bits, zigzag. */
  varlong(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes.readUInt8(this.#take(1));
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n);
      if (shift === deepestVarlong) throw new KafkaProtocolError('a varlong has more than ten bytes');
    }
  }
  /** `classic` reads the length of versions that are not flexible; -1 is null. */
  #length(classic: () => number): number {
    const length = this.flexible ? this.varint() - 1 : classic();
    if (length < -1) throw new KafkaProtocolError(`a length is ${length}`);
    return length;
  }
  /** STRING, NULLABLE_STRING and their compact forms; null is undefined. */
  string(): string | undefined {
    return this.#text(this.#length(() => this.int16()));
  }
  /** The client id of a request's header, which is never compact. */
  classicString(): string | undefined {
    return this.#text(this.int16());
  }
  #text(length: number): string | undefined {
    if (length < 0) return undefined;
    const at = this.#take(length);
    return this.#bytes.toString('utf8', at, at + length);
  }
  /** BYTES and RECORDS: a view into the request, to be copied by whoever keeps it. Null is undefined. */
  bytes(): Buffer | undefined {
    const length = this.#length(() => this.int32());
    return length < 0 ? undefined : this.view(length);
  }
  view(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }
  /** The number of an array's items; -1 is null. Throws where the rest of the request cannot hold as many. */
  count(): number {
    const count = this.#length(() => this.int32());
    if (count > this.#bytes.length - this.#at) throw new KafkaProtocolError(`an array of ${count} ends too early`);
    this.#items += Math.max(0, count);
    if (this.#items > maximumItems) throw new KafkaProtocolError(`a request has more than ${maximumItems} items`);
    return count;
  }
  /** Calls `read` with each tag; skips what `read` left unread and what it did not know. */
  tags(read: (tag: number) => void = () => {}): void {
    if (!this.flexible) return;
    for (let left = this.varint(); left > 0; left--) {
      const tag = this.varint();
      const size = this.varint();
      const end = this.#take(size) + size;
      this.#at = end - size;
      read(tag);
      if (this.#at > end) throw new KafkaProtocolError(`tag ${tag} is longer than its size`);
      this.#at = end;
    }
  }
}

const firstCapacity = 256;
const maximumClassicString = 0x7fff;

/** Writes are chained. `finish` gives the parts to send, in order; record batches among them are not copied. */
export class KafkaWriter {
  flexible = false;
  readonly #parts: Buffer[] = [];
  #head = Buffer.allocUnsafe(firstCapacity);
  #from = 0;
  #at = 0;
  #size = 0;

  /** Where `size` bytes may be written in `#head`, which this call may replace. */
  #room(size: number): number {
    if (this.#at + size > this.#head.length) {
      this.#flush();
      this.#head = Buffer.allocUnsafe(Math.max(2 * this.#head.length, size));
      this.#from = this.#at = 0;
    }
    this.#at += size;
    this.#size += size;
    return this.#at - size;
  }
  #flush(): void {
    if (this.#at > this.#from) this.#parts.push(this.#head.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }
  int8(value: number): this {
    const at = this.#room(1);
    this.#head.writeInt8(value, at);
    return this;
  }
  int16(value: number): this {
    const at = this.#room(2);
    this.#head.writeInt16BE(value, at);
    return this;
  }
  int32(value: number): this {
    const at = this.#room(4);
    this.#head.writeInt32BE(value, at);
    return this;
  }
  int64(value: bigint): this {
    const at = this.#room(8);
    this.#head.writeBigInt64BE(value, at);
    return this;
  }
  varint(value: number): this {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#byte((rest & 0x7f) | 0x80);
    return this.#byte(rest);
  }
  #byte(value: number): this {
    const at = this.#room(1);
    this.#head[at] = value;
    return this;
  }
  string(value: string | undefined): this {
    if (value === undefined) return this.flexible ? this.varint(0) : this.int16(-1);
    const bytes = Buffer.from(value, 'utf8');
    if (bytes.length > maximumClassicString) throw new RangeError(`BUG: a text of ${bytes.length} bytes to a client`);
    return (this.flexible ? this.varint(bytes.length + 1) : this.int16(bytes.length)).raw(bytes);
  }
  /** BYTES and RECORDS of several parts; null where undefined. */
  bytes(parts: readonly Buffer[] | undefined): this {
    const size = parts?.reduce((sum, {length}) => sum + length, 0) ?? -1;
    (this.flexible ? this.varint(size + 1) : this.int32(size)).raw(...(parts ?? []));
    return this;
  }
  count(value: number): this {
    return this.flexible ? this.varint(value + 1) : this.int32(value);
  }
  raw(...parts: readonly Buffer[]): this {
    this.#flush();
    for (const part of parts) {
      this.#parts.push(part);
      this.#size += part.length;
    }
    return this;
  }
  get size(): number {
    return this.#size;
  }
  finish(): readonly Buffer[] {
    this.#flush();
    return this.#parts;
  }
}
