import {MalformedError} from '../base/index.ts';

/** How deep groups (a deprecated wire type that only unknown fields can have) may nest before they are refused. */
const maxGroups = 32;

/**
 * Walks the fields of protobuf messages in place (https://protobuf.dev/programming-guides/encoding). One reader serves all
 * messages of a body: `next` reads the field at an offset and leaves what it found in the reader's properties, which hold
 * until the next call. Nothing is allocated. Throws MalformedError with the offset wherever the bytes are not protobuf.
 *
 *     for (let at = start; at < end; ) {
 *       at = reader.next(at, end);
 *       if (reader.tag === 0x0a) name = utf8(bytes, reader.from, at - reader.from);
 *     }
 */
export class ProtoReader {
  bytes: Uint8Array;
  view: DataView;
  /** `number << 3 | wireType` of the last field. */
  tag = 0;
  /** Where its payload starts: after the tag and, for a length-delimited field, after the length. */
  from = 0;
  /** The value of the last varint, as two unsigned 32-bit words. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  /** Goes on in a larger copy of the same bytes: offsets stay what they were. */
  retarget(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  /** Reads the field at `at` of a message that ends at `end`; returns the end of its payload, which never exceeds `end`. */
  next(at: number, end: number): number {
    const bytes = this.bytes;
    let tag = bytes[at] as number;
    let from = at + 1;
    if (tag > 127) {
      from = this.varint(at, end);
      if (this.high !== 0) throw new MalformedError('a field number is too large', at);
      tag = this.low;
    }
    if (tag < 8) throw new MalformedError('a field has the number 0', at);
    this.tag = tag;
    switch (tag & 7) {
      case 2: {
        let length = from < end ? (bytes[from] as number) : 128;
        if (length < 128) from++;
        else {
          from = this.varint(from, end);
          length = this.high === 0 ? this.low : end;
        }
        if (length > end - from) throw new MalformedError(`field ${tag >>> 3} is longer than its message`, at);
        this.from = from;
        return from + length;
      }
      case 0:
        this.from = from;
        return this.varint(from, end);
      case 1:
      case 5: {
        const to = from + ((tag & 7) === 1 ? 8 : 4);
        if (to > end) throw new MalformedError(`field ${tag >>> 3} is cut off`, at);
        this.from = from;
        return to;
      }
      case 3:
        return this.skipGroup(tag, from, end);
      default:
        throw new MalformedError(`field ${tag >>> 3} has the wire type ${tag & 7}, which cannot start a field`, at);
    }
  }

  /** Reads the varint at `at` into `low` and `high`; returns where it ends. */
  varint(at: number, end: number): number {
    const bytes = this.bytes;
    let low = 0;
    let high = 0;
    let shift = 0;
    for (let i = at; i < end; i++) {
      const byte = bytes[i] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return i + 1;
      }
      shift += 7;
      if (shift === 70) throw new MalformedError('a number has more than 10 bytes', at);
    }
    throw new MalformedError('a number is cut off', at);
  }

  /** Skips a group whose opening tag was read; fields may nest in it, and the closing tag must be its own. */
  private skipGroup(tag: number, start: number, end: number): number {
    const open = [tag];
    let at = start;
    while (open.length > 0) {
      if (at >= end) throw new MalformedError(`the group of field ${tag >>> 3} is not closed`, start);
      const fieldStart = at;
      at = this.varint(at, end);
      const inner = this.low;
      if (this.high !== 0 || inner < 8) throw new MalformedError('a field number is out of range', fieldStart);
      if ((inner & 7) === 4) {
        if (open.pop() !== inner - 1) throw new MalformedError('a group is closed by the wrong field', fieldStart);
      } else if ((inner & 7) === 3) {
        if (open.length === maxGroups) throw new MalformedError(`groups nest deeper than ${maxGroups}`, fieldStart);
        open.push(inner);
      } else at = this.next(fieldStart, end);
    }
    this.tag = tag;
    this.from = start;
    return at;
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
