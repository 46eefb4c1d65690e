/** FNV-1a in 32 bits of a seed (little-endian) and bytes: what the Collector's probabilistic sampler takes for chance. */
export function seededFnv(seed: number, bytes: Uint8Array, start = 0, length = bytes.length - start): number {
  let hash = 0x811c9dc5;
  for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((seed >>> shift) & 255), 0x01000193);
  for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}
