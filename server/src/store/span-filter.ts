/**
 * Bloom filters over the attributes of spans: whether a key may have a value in the spans of a cell, told without looking at these. A
 * cell is what one INSERT brought of one bucket: its rows lie together. The words are stored, so neither the hashes nor the form may
 * change: another form is another `filterForm`.
 */

/** In the column `form` of the table. */
export const filterForm = 1;

/** Where a value stands: beside a span's template, in an event or a link, in the template, or in the origin. */
export type PairKind = 'own' | 'record' | 'template' | 'origin';

const basisOf: Readonly<Record<PairKind, number>> = {
  own: 0x811c9dc5,
  record: 0x5bd1e995,
  template: 0x3c6ef372,
  origin: 0x1b873593,
};
/** Odd, so that no bit is lost. Nobody gains by pairs that collide: these are looked for in vain. */
const multiplier = 0x01000193;
/** Between the key and the value. */
const separator = 0x11d;

/** Of a key: what the hashes of its values begin with. */
export function keyHash(kind: PairKind, bytes: Uint8Array, start: number, length: number): number {
  return Math.imul(pairHash(basisOf[kind] | 0, bytes, start, length) ^ separator, multiplier);
}

/** Of a key and its value: 32 bits with a sign. */
export function pairHash(key: number, bytes: Uint8Array, start: number, length: number): number {
  let hash = key;
  const end = start + length;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), multiplier);
  return hash;
}

/** The hashes of a cell's pairs are mixed with it. */
export const cellSalt = (segment: number, bucket: number): number =>
  Math.imul(segment ^ Math.imul(bucket, 0x85ebca6b), 0x9e3779b1);

/** In place of a cell's: of the keys alone, in any cell. */
export const keySalt = 0x6a09e667;

/** Of a pair in a cell, or a key: 32 bits, never 0. */
export function cellHash(pair: number, salt: number): number {
  // Multiplying moves differences up only.
  let hash = Math.imul(pair ^ (pair >>> 15) ^ salt, 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return (hash ^ (hash >>> 15)) >>> 0 || 1;
}

const probes = 10;
/** One wrong yes in 5,000 and in 50,000. Many small filters are asked at once, and a large one takes more of the disk. */
const bitsOfMany = 18;
const bitsOfFew = 24;
const few = 20_000;

/** The filter of so many different hashes, out of a table in which the others are 0. */
export function filterOf(hashes: Uint32Array, count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 * Math.ceil((count * (count > few ? bitsOfMany : bitsOfFew)) / 64));
  const scale = (8 * bytes.length) / 2 ** 32;
  for (let i = 0; i < hashes.length; i++) {
    const hash = hashes[i] as number;
    if (hash === 0) continue;
    const step = stepOf(hash);
    for (let at = hash | 0, probe = 0; probe < probes; probe++, at = (at + step) | 0) {
      // Exact: of 2^32 times at most 2^26, never rounded to the next bit.
      const bit = Math.floor((at >>> 0) * scale);
      bytes[bit >>> 3] = (bytes[bit >>> 3] as number) | (1 << (bit & 7));
    }
  }
  return bytes;
}

/** Whether the hash may be one of the filter's. */
export function mayHave(filter: Uint8Array, hash: number): boolean {
  const scale = (8 * filter.length) / 2 ** 32;
  const step = stepOf(hash);
  for (let at = hash | 0, probe = 0; probe < probes; probe++, at = (at + step) | 0) {
    const bit = Math.floor((at >>> 0) * scale);
    if (((filter[bit >>> 3] as number) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** Odd, and another one for hashes that begin alike. */
const stepOf = (hash: number): number => (Math.imul(hash, 0x9e3779b1) ^ (hash >>> 13)) | 1;
