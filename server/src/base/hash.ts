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
