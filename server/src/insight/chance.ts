/** What chance can do: whether two samples differ, and within which bounds a share or a quantile lies. */

/**
 * The Mann–Whitney rank test of two samples, by its normal approximation with ties and continuity corrected.
 * `superiority` is the chance that a value of `b` is above one of `a` (ties count half); `p` is two-sided.
 */
export function rankTest(
  a: readonly number[],
  b: readonly number[],
): {readonly superiority: number; readonly p: number} {
  const [m, n] = [a.length, b.length];
  if (m === 0 || n === 0) return {superiority: 0.5, p: 1};
  const all = [...a.map((value) => ({value, of: 0})), ...b.map((value) => ({value, of: 1}))];
  all.sort((x, y) => x.value - y.value);
  let ranksOfB = 0;
  let ties = 0;
  for (let from = 0; from < all.length; ) {
    let to = from + 1;
    while (to < all.length && all[to]!.value === all[from]!.value) to++;
    const rank = (from + 1 + to) / 2;
    for (let at = from; at < to; at++) if (all[at]!.of === 1) ranksOfB += rank;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const u = ranksOfB - (n * (n + 1)) / 2;
  const count = m + n;
  const variance = ((m * n) / 12) * (count + 1 - ties / (count * (count - 1)));
  const off = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5);
  return {superiority: u / (m * n), p: variance <= 0 ? 1 : Math.min(1, 2 * upperTail(off / Math.sqrt(variance)))};
}

/** Fisher's exact test, two-sided, of `hits` among `count` in two samples. */
export function fisherTest(hitsA: number, countA: number, hitsB: number, countB: number): number {
  const hits = hitsA + hitsB;
  const all = countA + countB;
  const log = logFactorials(all);
  const chance = (x: number): number =>
    log[countA]! +
    log[countB]! +
    log[hits]! +
    log[all - hits]! -
    log[all]! -
    (log[x]! + log[countA - x]! + log[hits - x]! + log[countB - hits + x]!);
  const seen = chance(hitsA);
  let p = 0;
  for (let x = Math.max(0, hits - countB); x <= Math.min(hits, countA); x++) {
    // As likely or less, but for what rounding does.
    if (chance(x) <= seen + 1e-7) p += Math.exp(chance(x));
  }
  return Math.min(1, p);
}

function logFactorials(most: number): Float64Array {
  const log = new Float64Array(most + 1);
  for (let n = 2; n <= most; n++) log[n] = log[n - 1]! + Math.log(n);
  return log;
}

export type Interval = readonly [low: number, high: number];

/** Wilson's interval of a share, at 95 %. */
export function shareInterval(hits: number, count: number): Interval {
  if (count === 0) return [0, 1];
  const share = hits / count;
  const middle = (share + z95 ** 2 / (2 * count)) / (1 + z95 ** 2 / count);
  const half = (z95 / (1 + z95 ** 2 / count)) * Math.sqrt((share * (1 - share)) / count + z95 ** 2 / (4 * count ** 2));
  return [hits === 0 ? 0 : middle - half, hits === count ? 1 : middle + half];
}

/** Newcombe's interval of the difference of two shares (the second less the first), at 95 %. */
export function differenceInterval(hitsA: number, countA: number, hitsB: number, countB: number): Interval {
  if (countA === 0 || countB === 0) return [-1, 1];
  const [a, b] = [hitsA / countA, hitsB / countB];
  const [lowA, highA] = shareInterval(hitsA, countA);
  const [lowB, highB] = shareInterval(hitsB, countB);
  return [b - a - Math.hypot(b - lowB, highA - a), b - a + Math.hypot(highB - b, a - lowA)];
}

/** How much two shares differ at the least, at 95 %; 0 where they may be equal. Few make it small, however far the shares lie apart. */
export function leastDifference(hitsA: number, countA: number, hitsB: number, countB: number): number {
  const [low, high] = differenceInterval(hitsA, countA, hitsB, countB);
  return Math.max(0, low, -high);
}

/** Within which the quantile of what was sampled lies, at 95 %, by order statistics; the ends where the sample is too small to say. */
export function quantileInterval(sorted: ArrayLike<number>, q: number): Interval {
  const {length} = sorted;
  if (length === 0) return [Number.NaN, Number.NaN];
  const half = z95 * Math.sqrt(length * q * (1 - q));
  const low = Math.floor(length * q - half);
  const high = Math.ceil(length * q + half);
  return [sorted[Math.max(0, low)]!, sorted[Math.min(length - 1, high)]!];
}

const z95 = 1.959964;

/** The chance of a value above `z`, not negative, of the standard normal distribution; within 1.2e-7 of itself. */
function upperTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  return (t / 2) * Math.exp(-x * x + erfcFit.reduceRight((sum, factor) => sum * t + factor, 0));
}
/** Chebyshev's coefficients of the complement of the error function, as polynomials in `t`. */
const erfcFit = [
  ...[-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806],
  ...[0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277],
];
