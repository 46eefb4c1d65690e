/** Which keys are in a set, in some two bytes each: `has` may be wrong where it says yes, once in 2^28 for each key in there. */

/** The lowest bits of a key that are let go. */
const droppedBits = 4;
/** Keys are found by their highest bits: a slot has some hundreds of them. */
const slotBits = 12;
const slotSpan = 2 ** (32 - slotBits - droppedBits);
/** A distance of this or more is written as this and the rest. */
const most = 255;

export class KeyFilter {
  readonly count: number;
  /** Of each slot's keys, the distance of each from the one before, the first one's from the slot's beginning. */
  private readonly distances: Uint8Array;
  /** Where the distances of each slot begin; and the end. */
  private readonly slots = new Uint32Array(2 ** slotBits + 1);

  /** The keys, 32 bits each, in ascending order. */
  constructor(keys: Uint32Array) {
    this.count = keys.length;
    let bytes = new Uint8Array(2 * keys.length + 1024);
    let length = 0;
    let slot = 0;
    let last = 0;
    for (const key of keys) {
      const value = key >>> droppedBits;
      for (; slot < Math.floor(value / slotSpan); slot++) {
        this.slots[slot + 1] = length;
        last = (slot + 1) * slotSpan;
      }
      if (value === last && length > (this.slots[slot] as number)) continue;
      let distance = value - last;
      last = value;
      if (length + 2 + distance / most > bytes.length) {
        const larger = new Uint8Array(2 * bytes.length + distance);
        larger.set(bytes);
        bytes = larger;
      }
      for (; distance >= most; distance -= most) bytes[length++] = most;
      bytes[length++] = distance;
    }
    this.slots.fill(length, slot + 1);
    this.distances = bytes.slice(0, length);
  }

  has(key: number): boolean {
    const value = key >>> droppedBits;
    const slot = Math.floor(value / slotSpan);
    const end = this.slots[slot + 1] as number;
    let at = slot * slotSpan;
    for (let i = this.slots[slot] as number; i < end && at <= value; i++) {
      const distance = this.distances[i] as number;
      at += distance;
      if (at === value && distance < most) return true;
    }
    return false;
  }
}
