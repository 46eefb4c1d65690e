import {MalformedError} from '../base/index.ts';

/** Types of values, as the binary protocol numbers them. */
export const thriftType = {
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
} as const;

export type ThriftProtocol = 'binary' | 'compact';

/** How deep structs, lists and maps may nest: an unknown field cannot exhaust the stack. */
const maxDepth = 32;

/** The compact protocol's types (0 … 12) in the numbers of the binary one; 1 and 2 are the values of a bool. */
const fromCompact = [0, 2, 2, 3, 6, 8, 10, 4, 11, 15, 14, 13, 12];

/** The fewest bytes that a value of a type takes, by its number: a list that announces more than there is room for is refused. */
const leastBinary = [1, 1, 1, 1, 8, 1, 2, 1, 4, 1, 8, 4, 1, 6, 5, 5];
const leastCompact = [1, 1, 1, 1, 8, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];

/**
 * Walks Thrift values in place, in the binary or the compact protocol
 * (https://github.com/apache/thrift/blob/master/doc/specs). What a call finds is in the reader's properties until the next
 * call; nothing is allocated. Throws MalformedError with the offset wherever the bytes are not what they say.
 *
 *     reader.enter();
 *     while (reader.field()) {
 *       if (reader.id === 1 && reader.is(thriftType.string)) reader.binary(); // from … to
 *       else reader.skip();
 *     }
 */
export class ThriftReader {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly compact: boolean;
  private readonly least: readonly number[];
  /** The ids of the last fields of the structs around this one: the compact protocol tells differences. */
  private readonly outer = new Int16Array(maxDepth + 1);
  private depth = 0;
  /** A bool of the compact protocol whose value stood in its field's header. */
  private headed: boolean | undefined;
  at = 0;
  /** The field that was read last. */
  id = 0;
  type = 0;
  /** The last number, as two unsigned words (two's complement). */
  low = 0;
  high = 0;
  /** The last string's bytes. */
  from = 0;
  to = 0;
  /** The last list's elements. */
  count = 0;

  constructor(bytes: Uint8Array, protocol: ThriftProtocol) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.compact = protocol === 'compact';
    this.least = this.compact ? leastCompact : leastBinary;
  }

  /** Reads the head of a message; its method's name is `from … to`. False where it is a reply or an exception. */
  message(): boolean {
    if (this.compact) {
      const start = this.at;
      if (this.byte() !== 0x82) this.fail('no message of the compact protocol', start);
      const kind = this.byte();
      if ((kind & 0x1f) !== 1) this.fail('the compact protocol has another version', start);
      this.varint();
      this.binary();
      return isCall(kind >>> 5);
    }
    const start = this.at;
    const head = this.word();
    const isStrict = head >>> 16 === 0x8001;
    if (isStrict) this.binary();
    else {
      // Without a version, as old clients write it: the name's length comes first.
      if (head > 255) this.fail('no message of the binary protocol', start);
      this.take(head);
    }
    const {from, to} = this;
    const kind = isStrict ? head & 0xff : this.byte();
    this.word();
    this.from = from;
    this.to = to;
    return isCall(kind);
  }

  /** Enters a struct. `field` leaves it at its end. */
  enter(): void {
    if (this.depth === maxDepth) this.fail(`values nest deeper than ${maxDepth} levels`, this.at);
    this.outer[this.depth++] = this.id;
    this.id = 0;
  }

  /** Reads the head of the struct's next field: `id` and `type`. At the end it leaves the struct and returns false. */
  field(): boolean {
    const head = this.byte();
    if (head === 0) {
      this.id = this.outer[--this.depth] as number;
      return false;
    }
    if (!this.compact) {
      this.type = head;
      this.id = this.short();
      return true;
    }
    const start = this.at - 1;
    const type = fromCompact[head & 0x0f];
    if (type === undefined || type === 0) this.fail(`a field has the type ${head & 0x0f}, which is none`, start);
    this.type = type;
    if (type === thriftType.bool) this.headed = (head & 0x0f) === 1;
    if (head >>> 4 !== 0) this.id += head >>> 4;
    else {
      this.varint();
      this.id = (((this.low >>> 1) ^ -(this.low & 1)) << 16) >> 16;
    }
    return true;
  }

  /** Whether the field's value has the type; one of another type is skipped, as generated readers do. */
  is(type: number): boolean {
    if (this.type === type) return true;
    this.skip();
    return false;
  }

  /** Whether the field's value is a list of the type, of which `count` elements follow; else it is skipped. */
  isListOf(type: number): boolean {
    if (!this.is(thriftType.list)) return false;
    const element = this.list();
    if (element === type || this.count === 0) return true;
    for (let left = this.count; left > 0; left--) this.skipValue(element, this.depth + 1);
    this.count = 0;
    return false;
  }

  bool(): boolean {
    const {headed} = this;
    this.headed = undefined;
    return headed ?? this.byte() === 1;
  }

  /** An i16, i32 or i64 into `low` and `high`. */
  integer(type: number): void {
    if (this.compact) {
      this.varint();
      const sign = -(this.low & 1);
      const low = ((this.low >>> 1) | (this.high << 31)) ^ sign;
      this.high = ((this.high >>> 1) ^ sign) >>> 0;
      this.low = low >>> 0;
    } else if (type === thriftType.i64) this.eight(false);
    else {
      const value = type === thriftType.i32 ? this.word() | 0 : this.short();
      this.low = value >>> 0;
      this.high = value < 0 ? 0xffff_ffff : 0;
    }
  }

  i64(): void {
    this.integer(thriftType.i64);
  }

  /** An i64 as the eight bytes of an id. */
  idBytes(target: Uint8Array, at: number): void {
    this.integer(thriftType.i64);
    for (let i = 0; i < 4; i++) {
      target[at + i] = this.high >>> (24 - 8 * i);
      target[at + 4 + i] = this.low >>> (24 - 8 * i);
    }
  }

  /** The value of an i32. */
  i32(): number {
    this.integer(thriftType.i32);
    return this.low | 0;
  }

  /** The bits of a double into `low` and `high`. */
  double(): void {
    this.eight(this.compact);
  }

  /** A string or byte string: `from … to`. */
  binary(): void {
    const start = this.at;
    let length: number;
    if (this.compact) {
      this.varint();
      length = this.high === 0 ? this.low : Number.POSITIVE_INFINITY;
    } else length = this.word();
    if (length > this.bytes.length - this.at) this.fail('a string is longer than the message', start);
    this.take(length);
  }

  /** Reads the head of a list or set: `count`, and returns its elements' type. */
  list(): number {
    const start = this.at;
    const head = this.byte();
    let type = head;
    if (this.compact) {
      const known = fromCompact[head & 0x0f];
      if (known === undefined) this.fail('a list has elements of no type', start);
      type = known;
      this.count = head >>> 4;
      if (this.count === 15) this.length(start);
    } else this.count = this.word();
    this.checkCount(this.least[type] ?? this.fail('a list has elements of no type', start), start);
    return type;
  }

  /** Reads and forgets the field's value. */
  skip(): void {
    if (this.type === thriftType.bool) this.bool();
    else this.skipValue(this.type, this.depth);
  }

  fail(message: string, at: number): never {
    throw new MalformedError(message, at);
  }

  private skipValue(type: number, depth: number): void {
    if (depth > maxDepth) this.fail(`values nest deeper than ${maxDepth} levels`, this.at);
    switch (type) {
      case thriftType.bool:
      case thriftType.byte:
        this.byte();
        return;
      case thriftType.double:
        this.double();
        return;
      case thriftType.i16:
      case thriftType.i32:
      case thriftType.i64:
        this.integer(type);
        return;
      case thriftType.string:
        this.binary();
        return;
      case thriftType.struct:
        this.enter();
        while (this.field()) this.skip();
        return;
      case thriftType.list:
      case thriftType.set: {
        const element = this.list();
        for (let left = this.count; left > 0; left--) this.skipValue(element, depth + 1);
        return;
      }
      case thriftType.map:
        this.skipMap(depth);
        return;
      default:
        this.fail(`a field has the type ${type}, which is none`, this.at);
    }
  }

  private skipMap(depth: number): void {
    const start = this.at;
    let key: number;
    let value: number;
    if (this.compact) {
      this.length(start);
      if (this.count === 0) return;
      const types = this.byte();
      key = fromCompact[types >>> 4] ?? 0;
      value = fromCompact[types & 0x0f] ?? 0;
    } else {
      key = this.byte();
      value = this.byte();
      this.count = this.word();
    }
    this.checkCount((this.least[key] ?? 1) + (this.least[value] ?? 1), start);
    for (let left = this.count; left > 0; left--) {
      this.skipValue(key, depth + 1);
      this.skipValue(value, depth + 1);
    }
  }

  private length(start: number): void {
    this.varint();
    if (this.high !== 0) this.fail('a list announces more elements than its message has room for', start);
    this.count = this.low;
  }

  private checkCount(least: number, start: number): void {
    if (this.count * least > this.bytes.length - this.at) {
      this.fail('a list announces more elements than its message has room for', start);
    }
  }

  private take(length: number): void {
    if (length > this.bytes.length - this.at) this.fail('the message is cut off', this.at);
    this.from = this.at;
    this.to = this.at += length;
  }

  private byte(): number {
    if (this.at >= this.bytes.length) this.fail('the message is cut off', this.at);
    return this.bytes[this.at++] as number;
  }

  private short(): number {
    this.take(2);
    return this.view.getInt16(this.from);
  }

  private word(): number {
    this.take(4);
    return this.view.getUint32(this.from);
  }

  private eight(littleEndian: boolean): void {
    this.take(8);
    const first = this.view.getUint32(this.from, littleEndian);
    const second = this.view.getUint32(this.from + 4, littleEndian);
    this.low = littleEndian ? first : second;
    this.high = littleEndian ? second : first;
  }

  private varint(): void {
    const {bytes} = this;
    const start = this.at;
    let low = 0;
    let high = 0;
    for (let shift = 0, at = start; at < bytes.length; shift += 7) {
      if (shift === 70) this.fail('a number has more than 10 bytes', start);
      const byte = bytes[at++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) {
        this.at = at;
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    this.fail('a number is cut off', start);
  }
}

/** CALL or ONEWAY. */
const isCall = (kind: number): boolean => kind === 1 || kind === 4;
