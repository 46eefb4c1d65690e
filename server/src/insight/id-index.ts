/** Finds a span by its id: a hash table in one flat array, several times quicker to fill than a Map of 100,000 strings. */

export interface IdIndex {
  /** The first span with this id, or undefined. */
  get(id: string): number | undefined;
}

export function indexIds(ids: readonly string[]): IdIndex {
  const mask = 2 ** Math.ceil(Math.log2(Math.max(1, ids.length) * 2)) - 1;
  const slots = new Int32Array(mask + 1).fill(-1);

  /** The slot that holds `id`, or the free one where it belongs. */
  function slotOf(id: string): number {
    let slot = hash(id) & mask;
    while (slots[slot]! >= 0 && ids[slots[slot]!] !== id) slot = (slot + 1) & mask;
    return slot;
  }

  for (let i = 0; i < ids.length; i++) {
    const slot = slotOf(ids[i]!);
    if (slots[slot]! < 0) slots[slot] = i;
  }
  return {
    get: (id) => {
      const found = slots[slotOf(id)]!;
      return found < 0 ? undefined : found;
    },
  };
}

/** FNV-1a, its high bits folded into the low ones that pick the slot. */
function hash(id: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) value = Math.imul(value ^ id.charCodeAt(i), 0x01000193);
  return value ^ (value >>> 15);
}
