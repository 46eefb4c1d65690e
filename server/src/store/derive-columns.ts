/** Columns of blocks of spans, as `derive-spans.ts` looks at them. */
import type {DictionaryColumn, DictionaryValues, FixedValues, NativeBlock} from '../native/index.ts';
import {bucketNanos} from './schema-spans.ts';

/** A time divided by 1024 is exact as a number; ten seconds have a whole number of these. */
const bucketUnits = Number(bucketNanos) / 1024;

/** Rounds to zero and then wraps, as the column does with times before 1970. */
export function bucketOf(low: number, high: number): number {
  const units = (high | 0) * 2 ** 22 + (low >>> 10);
  if (units >= 0) return Math.floor(units / bucketUnits);
  return Math.ceil((units + ((low & 1023) === 0 ? 0 : 1)) / bucketUnits) >>> 0;
}

/** As `toUInt64OrZero` reads the digits that an origin begins with. */
export function numberOf(digits: string): bigint {
  const number = /^[0-9]{20}$/.test(digits) ? BigInt(digits) : 0n;
  return number < 2n ** 64n ? number : 0n;
}

/** For every entry of a block's dictionary, its index in the dictionary of all blocks. */
export function idsOf({bytes}: NativeBlock, {keys: {slices}}: DictionaryValues, all: DictionaryColumn): Uint32Array {
  const ids = new Uint32Array(slices.length / 2);
  for (let i = 0; i < ids.length; i++) {
    ids[i] = all.intern(bytes, slices[2 * i] as number, slices[2 * i + 1] as number);
  }
  return ids;
}

/** A column of a block as words. Copied, since columns begin anywhere and words only at multiples of four. */
export class WordColumn {
  private words = new Uint32Array(0);

  /** The words are good until the next `read`. */
  read({bytes, at, width}: FixedValues, rows: number): Uint32Array {
    const length = rows * width;
    if (length > this.words.byteLength) this.words = new Uint32Array(length / 2);
    new Uint8Array(this.words.buffer).set(bytes.subarray(at, at + length));
    return this.words;
  }
}
