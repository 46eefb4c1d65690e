/**
 * Hashes of foreign bytes. The seed is secret, so that nobody can choose names that collide: with a known one, 8,192 names of
 * 19 KB cost a table a second. A table still bounds its probes, and takes another seed where they exceed the bound.
 */
export interface HashSeed {
  readonly basis: number;
  /** Odd, so that no bit is lost. */
  readonly multiplier: number;
}

export function randomSeed(): HashSeed {
  const [basis = 0, multiplier = 0] = crypto.getRandomValues(new Uint32Array(2));
  return {basis, multiplier: multiplier | 1};
}

/** 32 bits, unsigned. */
export function hashBytes({basis, multiplier}: HashSeed, bytes: Uint8Array, start: number, length: number): number {
  let hash = basis ^ length;
  for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ (bytes[i] as number), multiplier);
  // Multiplying moves differences up only, and tables take the lowest bits.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/**
 * 32 bits, with a sign, of whole words. Each word is multiplied by both secrets with shifts between, so that no difference of two
 * words undoes that of others under every seed, and no seed is a weak one.
 */
export function hashWords({basis, multiplier}: HashSeed, words: Uint32Array): number {
  const last = basis | 1;
  let hash = basis | 0;
  for (let i = 0; i < words.length; i++) {
    let mixed = hash ^ (words[i] as number);
    mixed = Math.imul(mixed ^ (mixed >>> 16), multiplier);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
    hash = Math.imul(mixed ^ (mixed >>> 13), last);
  }
  return hash ^ (hash >>> 16);
}
