/** Hashes that the platform lacks. */

export function fnv1a64(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

const rotate32 = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/** Murmur3 for 32-bit machines, seed 0: its 4 bytes, the lowest first. */
export function murmur3x86(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const mix = (k: number): number => Math.imul(rotate32(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  const whole = bytes.length & ~3;
  let h = 0;
  for (let at = 0; at < whole; at += 4) {
    h ^= mix(view.getUint32(at, true));
    h = (Math.imul(rotate32(h, 13), 5) + 0xe6546b64) | 0;
  }
  let k = 0;
  for (let at = bytes.length - 1; at >= whole; at--) k = (k << 8) | (bytes[at] as number);
  if (whole < bytes.length) h ^= mix(k);
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h ^= h >>> 16;
  const out = new Uint8Array(4);
  new DataView(out.buffer).setInt32(0, h, true);
  return out;
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate64 = (value: bigint, by: bigint): bigint => u64((value << by) | (value >> (64n - by)));

/** Murmur3 of 128 bits for 64-bit machines, seed 0: its 16 bytes, the lowest of each half first. */
export function murmur3x64(bytes: Uint8Array): Uint8Array {
  const c1 = 0x87c37b91114253d5n;
  const c2 = 0x4cf5ad432745937fn;
  const mix1 = (k: bigint): bigint => u64(rotate64(u64(k * c1), 31n) * c2);
  const mix2 = (k: bigint): bigint => u64(rotate64(u64(k * c2), 33n) * c1);
  const read = (at: number, end: number): bigint => {
    let value = 0n;
    for (let i = Math.min(end, bytes.length) - 1; i >= at; i--) value = (value << 8n) | BigInt(bytes[i] as number);
    return value;
  };
  let h1 = 0n;
  let h2 = 0n;
  const whole = bytes.length & ~15;
  for (let at = 0; at < whole; at += 16) {
    h1 = u64((rotate64(h1 ^ mix1(read(at, at + 8)), 27n) + h2) * 5n + 0x52dce729n);
    h2 = u64((rotate64(h2 ^ mix2(read(at + 8, at + 16)), 31n) + h1) * 5n + 0x38495ab5n);
  }
  if (bytes.length > whole + 8) h2 ^= mix2(read(whole + 8, bytes.length));
  if (bytes.length > whole) h1 ^= mix1(read(whole, whole + 8));
  const length = BigInt(bytes.length);
  h1 ^= length;
  h2 ^= length;
  h1 = u64(h1 + h2);
  h2 = u64(h2 + h1);
  const finish = (h: bigint): bigint => {
    let k = u64((h ^ (h >> 33n)) * 0xff51afd7ed558ccdn);
    k = u64((k ^ (k >> 33n)) * 0xc4ceb9fe1a85ec53n);
    return k ^ (k >> 33n);
  };
  h1 = finish(h1);
  h2 = finish(h2);
  h1 = u64(h1 + h2);
  h2 = u64(h2 + h1);
  const out = new Uint8Array(16);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, h1, true);
  view.setBigUint64(8, h2, true);
  return out;
}
