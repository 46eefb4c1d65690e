/**
 * How many spans a span stands for, as a whole number: one that was kept with a third's probability stands for three. Where the
 * adjusted count is no whole number, it is rounded up for as many spans as its fraction says, by the span's own id: the sum is right,
 * and everybody who counts the span counts it alike, in whichever process and metric.
 */

/** `spanIds` holds ids of eight bytes; `row` is the span's. `probability` is above 0 and at most 1. */
export function spanWeight(probability: number, spanIds: Uint8Array, row: number): number {
  if (probability >= 1) return 1;
  const adjusted = Math.min(1 / probability, maxWeight);
  const whole = Math.floor(adjusted);
  const rest = adjusted - whole;
  // A threshold has at most 14 digits, so a third is nearly one.
  if (rest < weightTolerance) return whole;
  if (rest > 1 - weightTolerance) return whole + 1;
  return uniform(spanIds, 8 * row) < rest ? whole + 1 : whole;
}

export const weightTolerance = 1e-9;
/** The least probability that a threshold can say is 2^-56; sums of such counts must stay exact. */
export const maxWeight = 2 ** 40;

/** A number in [0, 1) of the eight bytes at `at`; ids that count up are spread as well. */
function uniform(bytes: Uint8Array, at: number): number {
  let hash = 0x811c9dc5;
  for (let i = at; i < at + 8; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
