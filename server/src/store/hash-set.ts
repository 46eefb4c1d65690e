/** Distinct hashes, in open addressing. A hot path: see `derive-filters.ts`. */

const firstSlots = 512;
/** Memory of more slots is given back when it is emptied. */
const keptSlots = 0x40000;

export class HashSet {
  /** 0 is free. */
  slots = new Uint32Array(firstSlots);
  count = 0;
  /** Secret, so that nobody can choose values that take neighbouring slots. */
  private readonly multiplier = (crypto.getRandomValues(new Uint32Array(1))[0] as number) | 1;

  /** Of 32 bits, and not 0. */
  add(hash: number): void {
    const {slots} = this;
    const mask = slots.length - 1;
    for (let slot = this.slotOf(hash) & mask; ; slot = (slot + 1) & mask) {
      const known = slots[slot] as number;
      if (known === hash) return;
      if (known !== 0) continue;
      slots[slot] = hash;
      if (2 * ++this.count > slots.length) this.grow();
      return;
    }
  }

  /** The highest bits of the product depend on all of the hash. */
  private slotOf(hash: number): number {
    const mixed = Math.imul(hash, this.multiplier);
    return mixed ^ (mixed >>> 15);
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Uint32Array(2 * old.length);
    this.count = 0;
    for (const hash of old) if (hash !== 0) this.add(hash);
  }

  reset(): void {
    this.count = 0;
    if (this.slots.length > keptSlots) this.slots = new Uint32Array(firstSlots);
    else this.slots.fill(0);
  }
}
