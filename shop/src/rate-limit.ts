/** A token bucket per key: `rate` tokens a second, at most `burst` saved up. */
export function createRateLimit(rate: number, burst: number, clock: () => number = () => performance.now()) {
  const buckets = new Map<string, {tokens: number; at: number}>();
  return {
    /** Takes a token if there is one; says how many are left. */
    take(key: string): {readonly allowed: boolean; readonly left: number} {
      const now = clock();
      const bucket = buckets.get(key) ?? {tokens: burst, at: now};
      bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * rate);
      bucket.at = now;
      const allowed = bucket.tokens >= 1;
      if (allowed) bucket.tokens -= 1;
      buckets.set(key, bucket);
      return {allowed, left: Math.floor(bucket.tokens)};
    },
  };
}
