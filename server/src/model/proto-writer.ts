import {utf8Bytes} from '../base/index.ts';

/**
 * Writes protobuf from the last byte to the first, so that a message's length is known when its header is written: nothing is
 * measured first nor moved afterwards. Fields and list elements must therefore be given last first.
 *
 *     const end = writer.length;
 *     writer.slice(bytes, start, size);
 *     writer.delimited(1, end);        // field 1, as long as what was written since `end`
 */
export class ProtoWriter {
  private bytes: Uint8Array;
  private view: DataView;
  private at: number;
  private capacity: number;

  /** `room` is a capacity, or memory to write into as long as it suffices: what is written is then a part of it. */
  constructor(room: number | Uint8Array = 1024) {
    this.bytes = typeof room === 'number' ? new Uint8Array(room) : room;
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    this.at = this.bytes.length;
    this.capacity = this.bytes.length;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.capacity - this.at;
  }

  /** The bytes written; the writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.bytes.subarray(this.at);
  }

  /** The header of a length-delimited field whose payload was written since `length` was `end`. */
  delimited(number: number, end: number): void {
    this.varint(this.length - end, 0);
    this.varint(((number << 3) | 2) >>> 0, 0);
  }

  /** The header of a field of the wire types 0, 1 and 5, after its payload. */
  tag(number: number, wire: 0 | 1 | 5): void {
    this.varint(((number << 3) | wire) >>> 0, 0);
  }

  slice(source: Uint8Array, start: number, length: number): void {
    const at = this.claim(length);
    const {bytes} = this;
    // A call costs more than a short copy: most texts are shorter than this.
    if (length > 48) bytes.set(source.subarray(start, start + length), at);
    else for (let i = 0; i < length; i++) bytes[at + i] = source[start + i] as number;
  }

  fixed32(value: number): void {
    const at = this.claim(4);
    this.view.setUint32(at, value, true);
  }

  fixed64(low: number, high: number): void {
    const at = this.claim(8);
    this.view.setUint32(at, low, true);
    this.view.setUint32(at + 4, high, true);
  }

  double(value: number): void {
    const at = this.claim(8);
    this.view.setFloat64(at, value, true);
  }

  /** Two unsigned 32-bit words as one varint. */
  varint(low: number, high: number): void {
    if (high === 0 && low < 128) {
      const at = this.claim(1);
      this.bytes[at] = low;
      return;
    }
    let size = 1;
    for (let l = low, h = high; h !== 0 || l > 127; size++) {
      l = ((l >>> 7) | (h << 25)) >>> 0;
      h >>>= 7;
    }
    let at = this.claim(size);
    for (let left = size; left > 0; left--) {
      this.bytes[at++] = (low & 0x7f) | (left > 1 ? 0x80 : 0);
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
  }

  /** A field of a whole number from 0 to 2^53. */
  numberField(number: number, value: number): void {
    this.varint(value >>> 0, Math.floor(value / 2 ** 32));
    this.tag(number, 0);
  }

  doubleField(number: number, value: number): void {
    this.double(value);
    this.tag(number, 1);
  }

  bytesField(number: number, value: Uint8Array): void {
    const end = this.length;
    this.slice(value, 0, value.length);
    this.delimited(number, end);
  }

  textField(number: number, value: string): void {
    if (value.length < 64) {
      // Short ASCII, the usual case for keys and values: cheaper than the encoder's call.
      const at = this.claim(value.length);
      const {bytes} = this;
      let i = 0;
      for (; i < value.length; i++) {
        const code = value.charCodeAt(i);
        if (code > 127) break;
        bytes[at + i] = code;
      }
      if (i === value.length) {
        this.varint(i, 0);
        return this.varint(((number << 3) | 2) >>> 0, 0);
      }
      this.at += value.length;
    }
    this.bytesField(number, utf8Bytes(value));
  }

  /** A field whose message `write` writes. */
  messageField(number: number, write: () => void): void {
    const end = this.length;
    write();
    this.delimited(number, end);
  }

  /** Makes room and returns where it starts. It may replace `bytes` and `view`: read them after it, never before. */
  private claim(count: number): number {
    if (this.at < count) {
      const old = this.bytes;
      const used = this.length;
      const larger = new Uint8Array(Math.max(old.length * 2, used + count));
      larger.set(old.subarray(this.at), larger.length - used);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
      this.at = larger.length - used;
      this.capacity = larger.length;
    }
    return (this.at -= count);
  }
}
