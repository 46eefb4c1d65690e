/** Services and environments as numbers, which the table of traces keeps of a trace's spans. */
import {hashBytes} from '../base/index.ts';

/** Fixed, since its hashes are stored. */
const seed = {basis: 0x811c9dc5, multiplier: 0x01000193};
const hashOf = (text: Uint8Array): number => hashBytes(seed, text, 0, text.length) || 1;

/**
 * A service and an environment as 64 bits, in the upper and the lower half; without an environment, the lower half is 0. The table
 * of traces keeps the numbers of a trace's spans. It is never 0, and two names have the same half once in four billion pairs.
 */
export const originNumber = (service: Uint8Array, environment: Uint8Array | undefined): bigint =>
  (BigInt(hashOf(service)) << 32n) | BigInt(environment === undefined ? 0 : hashOf(environment));
