import type {SamplingRule} from './sampler.ts';
import {keepAll, thresholdOf} from './sampling-threshold.ts';

/**
 * Keeps about `perSecond` traces a second whatever the traffic: below that all of them, above it a probability that
 * follows the arrival rate (smoothed over a second) and is written to tracestate, so that counts can be scaled back.
 * A sudden burst is held to twice the limit by a bucket; what the bucket refuses is not counted in the probability.
 */
export function rateLimit(perSecond: number, now: () => number = () => performance.now()): SamplingRule {
  if (!(perSecond > 0)) throw new RangeError(`a rate limit is above 0, not ${perSecond}`);
  const capacity = Math.max(1, 2 * perSecond);
  let last = now();
  let count = 0;
  let span = 0;
  let tokens = capacity;
  let probability = 1;
  let threshold = keepAll;

  return {
    decide({traceId, ot}) {
      const at = now();
      const elapsed = Math.max(0, at - last) / 1_000;
      last = at;
      const decay = Math.exp(-elapsed);
      count = count * decay + 1;
      span = span * decay + elapsed;
      tokens = Math.min(capacity, tokens + elapsed * perSecond);
      const wanted = Math.min(1, (perSecond * span) / count || 1);
      if (Math.abs(wanted - probability) > probability / 100) {
        probability = wanted;
        threshold = thresholdOf(wanted);
      }
      if ((ot.rv ?? traceId.slice(-14)) < threshold) return {threshold, reliable: true};
      if (tokens < 1) return {threshold: undefined, reliable: false};
      tokens--;
      return {threshold, reliable: true};
    },
    describe: () => `rate_limit(${perSecond}/s)`,
  };
}

/** At most `perSecond` spans a second, evenly; its decisions say nothing about probability. */
export function tokenBucket(perSecond: number, now: () => number): () => boolean {
  const capacity = Math.max(1, perSecond);
  let tokens = capacity;
  let last = now();
  return () => {
    const at = now();
    tokens = Math.min(capacity, tokens + ((at - last) / 1_000) * perSecond);
    last = at;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}
