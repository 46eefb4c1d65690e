/** Bytes that others are compared with again and again. */
export class Known {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = viewOf(bytes);
  }

  /** Whether these are the `length` bytes of `other` from `start` on: four at a time, the last four over again. */
  is(other: Uint8Array, start: number, length: number): boolean {
    const {bytes} = this;
    if (length !== bytes.length) return false;
    if (length < 4) {
      for (let i = 0; i < length; i++) if (bytes[i] !== other[start + i]) return false;
      return true;
    }
    if (other !== lastBytes) {
      lastBytes = other;
      lastView = viewOf(other);
    }
    const view = lastView;
    const own = this.#view;
    const last = length - 4;
    for (let i = 0; i < last; i += 4) if (own.getUint32(i) !== view.getUint32(start + i)) return false;
    return own.getUint32(last) === view.getUint32(start + last);
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A batch compares many slices of one heap. */
let lastBytes: Uint8Array = new Uint8Array(0);
let lastView = viewOf(lastBytes);
