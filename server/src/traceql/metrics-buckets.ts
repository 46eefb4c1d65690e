/** Powers of two, in which histograms and quantiles count. */

/** The power of two that holds the value: that is the bucket's upper end. Undefined below 2, which has no bucket. */
export function bucketOf(value: number): number | undefined {
  if (!(value >= 2)) return undefined;
  const whole = Math.floor(value);
  const exponent = Math.ceil(Math.log2(whole));
  // `log2` of a large power of two may lie on either side of it.
  for (const each of [exponent - 1, exponent]) if (2 ** each >= whole) return 2 ** each;
  return 2 ** (exponent + 1);
}

/** Between the ends of a bucket it goes up exponentially. 0 of nothing. */
export function quantileOf(quantile: number, buckets: ReadonlyMap<number, number>): number {
  const sorted = [...buckets].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return 0;
  const wanted = Math.max(1, Math.ceil(quantile * total));
  let seen = 0;
  for (const [i, [end, count]] of sorted.entries()) {
    if (seen + count > wanted) {
      const upper = Math.log2(end);
      const lower = i === 0 ? upper - 1 : Math.log2((sorted[i - 1] as [number, number])[0]);
      return 2 ** (lower + ((upper - lower) * (wanted - seen)) / count);
    }
    seen += count;
    if (seen === wanted) return end;
  }
  return (sorted.at(-1) as [number, number])[0];
}
