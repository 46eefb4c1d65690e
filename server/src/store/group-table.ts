/** Rows of numbers by their keys, as GROUP BY has them: open addressing over typed arrays, without an object a row. A hot path. */
import {type HashSeed, hashWords, randomSeed} from '../base/index.ts';

/** Far beyond what chance does to a table that is at most half full. */
const maxProbes = 128;
/** Reseeding in vain would be chance beyond belief; it must end all the same. */
const maxReseeds = 8;
const firstSlots = 256;
/** Memory of more slots than these is given back at `reset`. */
const keptSlots = 0x40000;

export class GroupTable {
  /** Where the key goes before `find`. */
  readonly key: Uint32Array;
  /** Words of a row: those of its key, then those of its values. */
  readonly width: number;
  /** Row `r` begins at `r * width`. Fetch again after `find`, which may make it larger. */
  words: Uint32Array;
  /** Rows so far. */
  count = 0;
  /** How often keys since the last `reset` collided so much that another seed was taken. */
  reseeds = 0;
  /** In turn: 0 is free, else row + 1; the hash of its key. As many pairs as a power of two, at least twice `count`. */
  private slots = new Int32Array(2 * firstSlots);
  private seed: HashSeed;

  constructor(keyWords: number, valueWords: number, seed = randomSeed()) {
    this.key = new Uint32Array(keyWords);
    this.width = keyWords + valueWords;
    this.words = new Uint32Array((this.width * firstSlots) / 2);
    this.seed = seed;
  }

  /** Where in `words` the row of `key` begins; a new one has zeros as its values. */
  find(): number {
    const {key, slots, words, width} = this;
    const hash = hashWords(this.seed, key);
    const mask = (slots.length >>> 1) - 1;
    for (let slot = hash & mask, probes = 0; ; slot = (slot + 1) & mask, probes++) {
      const row = (slots[2 * slot] as number) - 1;
      if (row < 0) {
        slots[2 * slot] = this.count + 1;
        slots[2 * slot + 1] = hash;
        return this.add();
      }
      if (probes > maxProbes && this.reseeds < maxReseeds) {
        this.reseed();
        return this.find();
      }
      if (slots[2 * slot + 1] !== hash) continue;
      const at = row * width;
      let i = 0;
      while (i < key.length && words[at + i] === key[i]) i++;
      if (i === key.length) return at;
    }
  }

  /** As `find`, cheaper where `guess` is where the row begins. It may be any place. */
  findNear(guess: number): number {
    const {key, words} = this;
    if (guess + this.width <= this.count * this.width) {
      let i = key.length - 1;
      while (i >= 0 && words[guess + i] === key[i]) i--;
      if (i < 0) return guess;
    }
    return this.find();
  }

  private add(): number {
    const {key, width} = this;
    const at = this.count++ * width;
    if (at + width > this.words.length) {
      const larger = new Uint32Array(this.words.length * 2);
      larger.set(this.words);
      this.words = larger;
    }
    const {words} = this;
    for (let i = 0; i < key.length; i++) words[at + i] = key[i] as number;
    for (let i = key.length; i < width; i++) words[at + i] = 0;
    if (4 * this.count > this.slots.length) this.grow();
    return at;
  }

  private grow(): void {
    const {slots} = this;
    const larger = new Int32Array(slots.length * 2);
    for (let i = 0; i < slots.length; i += 2) {
      if (slots[i] !== 0) place(larger, slots[i] as number, slots[i + 1] as number);
    }
    this.slots = larger;
  }

  private reseed(): void {
    this.reseeds++;
    this.seed = randomSeed();
    const {slots, words, width, key} = this;
    slots.fill(0);
    for (let row = 0; row < this.count; row++) {
      const rowKey = words.subarray(row * width, row * width + key.length);
      place(slots, row + 1, hashWords(this.seed, rowKey));
    }
  }

  reset(): void {
    this.count = 0;
    this.reseeds = 0;
    if (this.slots.length > 2 * keptSlots) {
      this.slots = new Int32Array(2 * firstSlots);
      this.words = new Uint32Array((this.width * firstSlots) / 2);
    } else this.slots.fill(0);
  }
}

function place(slots: Int32Array, entry: number, hash: number): void {
  const mask = (slots.length >>> 1) - 1;
  let slot = hash & mask;
  while (slots[2 * slot] !== 0) slot = (slot + 1) & mask;
  slots[2 * slot] = entry;
  slots[2 * slot + 1] = hash;
}
