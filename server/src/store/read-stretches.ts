/** Stretches of the table of spans, segments within some buckets, as conditions and as windows of time. */

/** Spans of a segment within these buckets. */
export interface Stretch extends Buckets {
  readonly segment: number;
  readonly spans: number;
}

export interface Buckets {
  readonly first: number;
  readonly last: number;
}

export const overlaps = (one: Buckets, other: Buckets): boolean => one.first <= other.last && one.last >= other.first;

/** More ranges than this cost more to tell apart than what lies between them. */
const maxRanges = 100;

/** A condition on `bucket`. Ranges that follow one another are joined. */
export function bucketsSql(ranges: readonly Buckets[]): string {
  const joined: {first: number; last: number}[] = [];
  for (const {first, last} of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else joined.push({first, last});
  }
  const [oldest, newest] = [joined[0], joined.at(-1)];
  if (oldest === undefined || newest === undefined) return 'false';
  const listed = joined.length > maxRanges ? [{first: oldest.first, last: newest.last}] : joined;
  return `(${listed.map(({first, last}) => `bucket BETWEEN ${first} AND ${last}`).join(' OR ')})`;
}

/** Whether a span lies in one of the stretches. */
export function stretchesSql(stretches: readonly Stretch[]): string {
  const single = stretches.filter(({first, last}) => first === last);
  const pairs = new Set(single.map(({first, segment}) => `(${first}, ${segment})`));
  const terms = [
    ...(pairs.size === 0 ? [] : [`(bucket, segment) IN (${[...pairs].join(', ')})`]),
    ...stretches
      .filter(({first, last}) => first !== last)
      .map(({first, last, segment}) => `(bucket BETWEEN ${first} AND ${last} AND segment = ${segment})`),
  ];
  return terms.length === 0 ? 'false' : `(${terms.join(' OR ')})`;
}

/** Spans of the stretches that a first window has, and how much more a later one may have. */
const firstSpans = 300_000;
const growth = 8;
/** What is rare is once in each stretch: as many as a list is long, where these are not too many spans, give all of it at once. */
const listStretches = 25;
const mostSpans = 1_500_000;

/** Buckets from `within.last` down to `within.first`, and those of the stretches that reach into them. */
export function* stretchWindows(
  among: readonly Stretch[],
  within: Buckets,
): Generator<Buckets & {readonly stretches: readonly Stretch[]}> {
  const all = among.filter((one) => overlaps(one, within));
  all.sort((a, b) => b.last - a.last);
  let {last} = within;
  let room = firstSpans;
  for (let end = 0; end < all.length; ) {
    let spans = 0;
    do spans += (all[end++] as Stretch).spans;
    while (end < all.length && spans + (all[end] as Stretch).spans <= (end < listStretches ? mostSpans : room));
    const next = all[end];
    const first = next === undefined ? within.first : Math.max(within.first, next.last + 1);
    // Several may end in the same bucket.
    if (first > last) continue;
    const stretches = all.slice(0, end).filter((one) => overlaps(one, {first, last}));
    if (stretches.length > 0) yield {first, last, stretches};
    last = first - 1;
    room *= growth;
  }
}
