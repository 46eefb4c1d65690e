/**
 * The decisions of the probabilistic sampler, whatever the signal: those of the Collector's for the same trace id, seed and
 * percentage. Spans say what is known of their sampling in the tracestate, log records in attributes; both come here as a
 * `TraceState`.
 */
import {
  type Bits56,
  isBelow,
  keepAll,
  keepNone,
  keptAlways,
  minProbability,
  probabilityThreshold,
  seededFnv,
  type TraceState,
  thresholdProbability56,
} from '../sampling/index.ts';

export type SamplerMode = 'hash_seed' | 'proportional' | 'equalizing';

export interface DecisionSettings {
  readonly mode: SamplerMode;
  /** 0 to 100, and more for all. */
  readonly percentage: number;
  readonly failClosed: boolean;
  readonly precision: number;
}

/** Why an item was decided about without its randomness. */
export type DecisionFault =
  | 'malformed'
  | 'missing_randomness'
  | 'randomness_in_use'
  | 'threshold_in_use'
  | 'inconsistent_threshold';

/** One object serves many decisions. */
export interface Decision {
  threshold: Bits56;
  randomness: Bits56;
  fault: DecisionFault | undefined;
  /** Whether the item may be told the threshold. */
  isWritable: boolean;
}

export const newDecision = (): Decision => ({
  threshold: keepNone,
  randomness: keptAlways,
  fault: undefined,
  isWritable: false,
});

/** Whether the item stays. */
export const isKept = ({threshold, randomness}: Decision): boolean => !isBelow(randomness, threshold);

/** Decides about an item: what it says of its sampling, and the randomness that was found for it. */
export type Decide = (said: TraceState, randomness: Bits56 | undefined, into: Decision) => void;

const hashBuckets = 0x4000;

export function createDecide({mode, percentage, failClosed, precision}: DecisionSettings): Decide {
  const percent = Math.min(Math.fround(percentage), 100);
  const ratio = Math.max(percent / 100, minProbability);
  const hashed = Math.floor(Math.fround(percent * Math.fround(hashBuckets / 100)));
  const fixed = mode === 'hash_seed' ? hashThreshold(hashed) : probabilityThreshold(ratio, precision);
  const isNever = percent === 0 || (mode === 'hash_seed' && hashed === 0);

  return (said, randomness, into) => {
    into.randomness = randomness ?? keptAlways;
    into.isWritable = said.fault === undefined;
    into.fault = undefined;
    if (isNever) {
      // Only a priority can keep it.
      into.randomness = keptAlways;
      into.threshold = keepNone;
      return;
    }
    into.fault = faultOf(said, randomness);
    if (into.fault === 'randomness_in_use' || into.fault === 'threshold_in_use') into.isWritable = false;
    if (into.fault === 'inconsistent_threshold') said.hasThreshold = false;
    if (into.fault !== undefined) into.threshold = failClosed ? keepNone : keepAll;
    else if (mode === 'proportional' && said.hasThreshold) {
      into.threshold = probabilityThreshold(thresholdProbability56(said.threshold) * ratio, precision);
    } else if (mode === 'equalizing' && said.hasThreshold && isBelow(fixed, said.threshold)) {
      into.threshold = {high: said.threshold.high, low: said.threshold.low};
    } else into.threshold = fixed;
  };

  function faultOf(said: TraceState, randomness: Bits56 | undefined): DecisionFault | undefined {
    if (said.fault !== undefined) return 'malformed';
    if (mode === 'hash_seed' && said.hasRandomness) return 'randomness_in_use';
    if (mode === 'hash_seed' && said.hasThreshold) return 'threshold_in_use';
    if (randomness === undefined) return 'missing_randomness';
    return said.hasThreshold && isBelow(randomness, said.threshold) ? 'inconsistent_threshold' : undefined;
  }
}

/** 14 bits of the hash are compared: the threshold has them at its top. */
const hashThreshold = (kept: number): Bits56 => ({high: (hashBuckets - kept) * 2 ** 14, low: 0});

/**
 * The randomness of hashed bytes: 14 bits that decide as they always have, and below them the rest of the 32, so that samplers
 * after this one may take it as `rv`.
 */
export function hashRandomness(seed: number, bytes: Uint8Array, start = 0, length = bytes.length - start): Bits56 {
  const hash = seededFnv(seed, bytes, start, length);
  const bucket = hash & (hashBuckets - 1);
  const upper = hash >>> 18;
  const mixed = upper ^ (upper << 10);
  return {high: (hashBuckets - 1 - bucket) * 2 ** 14 + (mixed >>> 14), low: (mixed & 0x3fff) * 2 ** 14 + bucket};
}
