/**
 * How an index knows the attributes of resources and scopes. The map of a resource's attributes stands in a part once for many spans;
 * hashing its pairs in ClickHouse would copy it for every span first, and a resource of 1 MiB in 16,000 spans would need 16 GiB.
 * So the hashes are made here, once a resource, and stand in a column of their own, `origin_hashes`: `@04618… 3k2f9a… | 1x8c0b…`,
 * with those of the scope behind the bar. The empty text is that of rows from before there were digests, which may have any.
 */
import {hashBytes} from '../base/index.ts';

/** Of a key and the text of its value. Two pairs may have the same: whoever looks by it tests the attribute itself too. */
export function pairDigest(key: Uint8Array, value: Uint8Array): string {
  let low = 0x811c9dc5 ^ key.length;
  let high = 0x9747b28c;
  for (const bytes of [key, value]) {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      low = Math.imul(low ^ byte, 0x01000193);
      high = Math.imul(high ^ byte, 0x5bd1e995);
      high ^= high >>> 15;
    }
  }
  low = Math.imul(low ^ (low >>> 15), 0x2c1b3c6d);
  return (low >>> 0).toString(36) + (high >>> 0).toString(36);
}

/** Fixed, since its hashes are stored. */
const seed = {basis: 0x811c9dc5, multiplier: 0x01000193};
const hashOf = (text: Uint8Array): number => hashBytes(seed, text, 0, text.length) || 1;

/**
 * A service and an environment as 64 bits, in the upper and the lower half; without an environment, the lower half is 0. The table
 * of traces keeps the numbers of a trace's spans. It is never 0, and two names have the same half once in four billion pairs.
 */
export const originNumber = (service: Uint8Array, environment: Uint8Array | undefined): bigint =>
  (BigInt(hashOf(service)) << 32n) | BigInt(environment === undefined ? 0 : hashOf(environment));

/** Digits of `originMark` behind its `@`. */
export const markDigits = 20;

/** The first word of `origin_hashes`, which no digest is like. */
export const originMark = (origin: bigint): string => `@${String(origin).padStart(markDigits, '0')}`;
