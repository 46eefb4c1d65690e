/**
 * A bucket of a burst has more spans than a search for the newest needs: it is looked through in parts, the segments that came last
 * first. When these have given enough, the others are asked only for spans that are newer than the last of it.
 */
import type {TenantId} from '../base/index.ts';
import type {Queries} from './read-query.ts';

/** Spans of a bucket that are not worth another statement. */
export const wholeBucket = 60_000;
/** How many more spans a later part has. */
const growth = 8;

/** What one segment brought of a bucket. */
export interface Cell {
  readonly segment: number;
  readonly spans: number;
}

/** By bucket. */
export type Cells = ReadonlyMap<number, readonly Cell[]>;

/**
 * Of each bucket of `first … last` its cells, those that are not summed up yet too. Undefined where some are not known.
 */
export function cellsOf(
  queries: Queries,
  tenant: TenantId,
  {first, last}: {readonly first: number; readonly last: number},
): Cells | undefined {
  // Before the filters: what is summed up meanwhile is then in both.
  const recent = queries.recent();
  const known = queries.memory.filters?.of(tenant);
  if (known === undefined || known.from > first) return undefined;
  const cells = new Map<number, Cell[]>();
  const add = (from: number, to: number, cell: Cell): void => {
    for (let bucket = Math.max(first, from); bucket <= Math.min(last, to); bucket++) {
      const list = cells.get(bucket);
      if (list === undefined) cells.set(bucket, [cell]);
      else list.push(cell);
    }
  };
  for (const one of known.all) {
    if (one.last < first) continue;
    const {segments, firsts, lasts, counts} = one;
    for (let i = 0; i < segments.length; i++) {
      const [from, to] = [firsts[i] as number, lasts[i] as number];
      if (to >= first && from <= last) add(from, to, {segment: segments[i] as number, spans: counts[i] as number});
    }
  }
  for (const {first: from, last: to, segment, spans} of recent) add(from, to, {segment, spans});
  return cells;
}

/**
 * The parts of a bucket as conditions on `segment`: together they hold all of it, whether the cells are all or not. The first has some
 * `room` spans; the rest comes as one part as soon as `isEnough` says so.
 */
export function* bucketParts(cells: readonly Cell[], room: number, isEnough: () => boolean): Generator<string> {
  let before: number | undefined;
  let spans = 0;
  let wanted = room;
  const condition = (from?: number): string =>
    [
      ...(from === undefined ? [] : [`segment >= ${from}`]),
      ...(before === undefined ? [] : [`segment < ${before}`]),
    ].join(' AND ') || 'true';
  const newestFirst = cells.toSorted((a, b) => b.segment - a.segment);
  for (const [i, {segment, spans: more}] of newestFirst.entries()) {
    spans += more;
    const next = newestFirst[i + 1]?.segment;
    if (spans < wanted || next === undefined || next === segment) continue;
    yield condition(segment);
    before = segment;
    if (isEnough()) break;
    wanted *= growth;
    spans = 0;
  }
  yield condition();
}
