/**
 * What a component has decided about texts, remembered by their bytes: few keys and values come again and again, and expressions need
 * not see each of them again. One text a slot, the last one stays; long ones are decided about each time.
 */
import {hashBytes, randomSeed, sameBytes} from '../base/index.ts';

export type DecideBytes = (bytes: Uint8Array, start: number, length: number) => number;

/** So many bytes at the end of a long text say which slot it has: few texts end alike. */
const sampled = 10;

export class ByteVerdicts {
  private readonly decide: DecideBytes;
  private readonly seed = randomSeed();
  private readonly mask: number;
  private readonly width: number;
  private readonly texts: Uint8Array;
  /** One more than the length of the slot's text; 0 for none. */
  private readonly lengths: Uint8Array;
  private readonly verdicts: Int32Array;

  /** `slots` is a power of 2; texts of up to `width` bytes (at most 254) are remembered. */
  constructor(decide: DecideBytes, slots = 2048, width = 64) {
    this.decide = decide;
    this.mask = slots - 1;
    this.width = width;
    this.texts = new Uint8Array(slots * width);
    this.lengths = new Uint8Array(slots);
    this.verdicts = new Int32Array(slots);
  }

  of(bytes: Uint8Array, start: number, length: number): number {
    if (length > this.width) return this.decide(bytes, start, length);
    const slot = this.hash(bytes, start, length) & this.mask;
    const place = slot * this.width;
    if (this.lengths[slot] === length + 1 && sameBytes(bytes, start, length, this.texts, place, length)) {
      return this.verdicts[slot] as number;
    }
    const verdict = this.decide(bytes, start, length);
    for (let i = 0; i < length; i++) this.texts[place + i] = bytes[start + i] as number;
    this.lengths[slot] = length + 1;
    this.verdicts[slot] = verdict;
    return verdict;
  }

  /** Of a long text only some: one that differs from another in none of these only takes its slot. */
  private hash(bytes: Uint8Array, start: number, length: number): number {
    if (length <= 2 * sampled) return hashBytes(this.seed, bytes, start, length);
    const middle = start + (length >>> 1);
    return (
      hashBytes(this.seed, bytes, middle - 2, 4) ^
      hashBytes(this.seed, bytes, start + length - sampled, sampled) ^
      length
    );
  }
}
