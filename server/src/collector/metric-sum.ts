/** Adding the values of two points. */
import {coarsened, type Explicit, type Exponential, type PointValue, sameBounds, sumOfBuckets} from './metric-value.ts';

/** Undefined where they are of different kinds or have different bounds. */
export function sumOf(a: PointValue, b: PointValue): PointValue | undefined {
  if (a.kind === 'int' && b.kind === 'int') return {kind: 'int', value: a.value + b.value};
  if (a.kind === 'double' && b.kind === 'double') return {kind: 'double', value: a.value + b.value};
  if (a.kind === 'histogram' && b.kind === 'histogram') {
    if (!sameBounds(a, b)) return undefined;
    return {
      ...b,
      ...summary(a, b),
      counts: a.counts.map((count, index) => count + (b.counts[index] as bigint)),
    };
  }
  return a.kind === 'exponential' && b.kind === 'exponential' ? merged(a, b) : undefined;
}

/** More buckets than this and the scale goes down, as in the SDKs. */
const maxBuckets = 160;

function merged(a: Exponential, b: Exponential): Exponential {
  const threshold = Math.max(a.zeroThreshold, b.zeroThreshold);
  let scale = Math.min(a.scale, b.scale);
  for (;;) {
    const [x, y] = [coarsened(a, scale, threshold), coarsened(b, scale, threshold)];
    const positive = sumOfBuckets(x.positive, y.positive);
    const negative = sumOfBuckets(x.negative, y.negative);
    if (spread(positive) <= maxBuckets && spread(negative) <= maxBuckets) {
      return {
        kind: 'exponential',
        ...summary(a, b),
        scale,
        zeroThreshold: threshold,
        zeroCount: x.zeroCount + y.zeroCount,
        positive,
        negative,
      };
    }
    scale--;
  }
}

function spread(buckets: ReadonlyMap<number, bigint>): number {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const index of buckets.keys()) [from, to] = [Math.min(from, index), Math.max(to, index)];
  return buckets.size === 0 ? 0 : to - from + 1;
}

/** What only one of them knows is unknown of both. */
const summary = (a: Explicit | Exponential, b: Explicit | Exponential) => ({
  count: a.count + b.count,
  sum: ofBoth(a.sum, b.sum, (x, y) => x + y),
  min: ofBoth(a.min, b.min, Math.min),
  max: ofBoth(a.max, b.max, Math.max),
});

const ofBoth = (
  a: number | undefined,
  b: number | undefined,
  how: (a: number, b: number) => number,
): number | undefined => (a === undefined || b === undefined ? undefined : how(a, b));
