/**
 * What a component has decided about a key, remembered by the key's bytes: few keys come again and again, and an expression or a
 * set of texts need not see each of them again. Bounded: keys that find no place are decided about each time.
 */
import {hashBytes, randomSeed, sameBytes, utf8} from '../base/index.ts';

const maxProbes = 8;

export class KeyVerdicts {
  private readonly decide: (key: string) => number;
  private readonly seed = randomSeed();
  private readonly slots: number;
  private readonly keys: (Uint8Array | undefined)[];
  private readonly verdicts: Int32Array;

  /** `decide` gives a number for a key. At most `slots` (a power of 2) are remembered, of keys up to 256 bytes. */
  constructor(decide: (key: string) => number, slots = 4096) {
    this.decide = decide;
    this.slots = slots;
    this.keys = new Array(slots);
    this.verdicts = new Int32Array(slots);
  }

  of(bytes: Uint8Array, start: number, length: number): number {
    if (length > 256) return this.decide(utf8(bytes, start, length));
    const first = hashBytes(this.seed, bytes, start, length);
    for (let probe = 0; probe < maxProbes; probe++) {
      const slot = (first + probe) & (this.slots - 1);
      const key = this.keys[slot];
      if (key === undefined) {
        const verdict = this.decide(utf8(bytes, start, length));
        this.keys[slot] = bytes.slice(start, start + length);
        this.verdicts[slot] = verdict;
        return verdict;
      }
      if (sameBytes(bytes, start, length, key, 0, key.length)) return this.verdicts[slot] as number;
    }
    return this.decide(utf8(bytes, start, length));
  }
}
