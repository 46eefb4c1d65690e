/**
 * Spans whose row of `span_filters` is not there: ClickHouse refused it, or the disk damaged it. The spans themselves tell of them, so
 * that these are looked through rather than hidden.
 */
import {utf8} from '../base/index.ts';
import {dictionaryColumn, fixedColumn, type NativeBlock} from '../native/index.ts';
import {latestMinute} from '../red/index.ts';
import type {FilteredSpans} from './kept-filters.ts';
import type {Buckets} from './read-stretches.ts';
import {spanTable} from './schema-segments.ts';
import {bucketSeconds, latestBucket} from './schema-spans.ts';
import type {RecentSegment} from './span-changes.ts';

/** Of a time in the column. */
const greatestBucket = 2 ** 32 - 1;

/** SELECT of all cells in these buckets. */
export const cellsSql = (first: number, last: number): string =>
  `SELECT tenant, bucket, segment, toUInt32(count()) AS spans FROM ${spanTable} ` +
  `WHERE bucket BETWEEN ${first} AND ${Math.min(last, greatestBucket)} GROUP BY tenant, bucket, segment`;

/** Of a tenant: all spans of buckets from `from` on, as far as filters tell. */
interface Known {
  readonly from: number;
  readonly all: readonly FilteredSpans[];
}

/**
 * Of the answer to `cellsSql` the cells with more spans than are known, for each tenant as one filter without words. To be called when
 * everything that tells of these buckets is known, and `recent` are the segments that nothing tells of yet.
 */
export function* lostCells(
  answer: Iterable<NativeBlock>,
  known: ReadonlyMap<string, Known>,
  recent: readonly RecentSegment[],
): Generator<{readonly tenant: string; readonly spans: FilteredSpans}> {
  const notYet = new Set(recent.map(({segment}) => segment));
  const counts = new Map<string, (segment: number, bucket: number) => number>();
  const lost = new Map<string, {segment: number; bucket: number; spans: number}[]>();
  const blocks = [...answer];
  const buckets = bucketsOf(blocks);
  for (const block of blocks) {
    const {bytes} = block;
    const {keys, indexes} = dictionaryColumn(block, 'tenant');
    const tenants = Array.from({length: keys.slices.length / 2}, (_, i) =>
      utf8(bytes, keys.slices[2 * i] as number, keys.slices[2 * i + 1] as number),
    );
    const at = (['bucket', 'segment', 'spans'] as const).map((name) => fixedColumn(block, name).at);
    for (let row = 0; row < block.rows; row++) {
      const tenant = tenants[indexes[row] as number] as string;
      const [bucket, segment, spans] = at.map((start) => bytes.readUInt32LE(start + 4 * row)) as [
        number,
        number,
        number,
      ];
      if (notYet.has(segment)) continue;
      const {all = [], from = 0} = known.get(tenant) ?? {};
      if (bucket < from) continue;
      const count = counts.get(tenant) ?? countsOf(all, buckets);
      counts.set(tenant, count);
      if (count(segment, bucket) >= spans) continue;
      const cells = lost.get(tenant) ?? [];
      lost.set(tenant, cells);
      cells.push({segment, bucket, spans});
    }
  }
  for (const [tenant, cells] of lost) {
    const each = Uint32Array.from(cells, ({bucket}) => bucket);
    const spans = {
      last: each.reduce((last, bucket) => Math.max(last, bucket), 0),
      segments: Uint32Array.from(cells, ({segment}) => segment),
      ...{firsts: each, lasts: each},
      counts: Uint32Array.from(cells, ({spans}) => spans),
      words: new Uint8Array(0),
    };
    yield {tenant, spans};
  }
}

function bucketsOf(blocks: readonly NativeBlock[]): Buckets {
  let [least, greatest] = [greatestBucket, 0];
  for (const block of blocks) {
    const {bytes, at} = fixedColumn(block, 'bucket');
    for (let row = 0; row < block.rows; row++) {
      const bucket = bytes.readUInt32LE(at + 4 * row);
      least = Math.min(least, bucket);
      greatest = Math.max(greatest, bucket);
    }
  }
  return {first: least, last: greatest};
}

/** How many spans of a cell within some buckets are known. */
function countsOf(all: readonly FilteredSpans[], within: Buckets): (segment: number, bucket: number) => number {
  const ofSegment = new Map<number, {readonly first: number; readonly last: number; spans: number}[]>();
  for (const {segments, firsts, lasts, counts} of all) {
    for (const [i, segment] of segments.entries()) {
      const cell = {first: firsts[i] as number, last: lasts[i] as number, spans: counts[i] as number};
      if (cell.last < within.first || cell.first > within.last) continue;
      const cells = ofSegment.get(segment);
      if (cells === undefined) ofSegment.set(segment, [cell]);
      else cells.push(cell);
    }
  }
  // Of a cell of several buckets, which are those of too many cells or values, all of its spans may be in any.
  return (segment, bucket) =>
    (ofSegment.get(segment) ?? []).reduce(
      (sum, {first, last, spans}) => (first <= bucket && bucket <= last ? sum + spans : sum),
      0,
    );
}

/** How many spans there are in each minute that is known as a whole, in seconds since 1970. */
export function spansByMinute({from, all}: Known): ReadonlyMap<number, number> {
  const least = secondsOf(from);
  const spans = new Map<number, number>();
  // A row may have been read and told.
  const seen = new Set<string>();
  for (const {last, segments, firsts, lasts, counts, words} of all) {
    const name = `${last} ${segments[0]} ${segments.length} ${counts[0]} ${words.length}`;
    if (seen.has(name)) continue;
    seen.add(name);
    for (let i = 0; i < segments.length; i++) {
      const bucket = firsts[i] as number;
      if (lasts[i] !== bucket) continue;
      const seconds = secondsOf(bucket);
      const minute = seconds - (seconds % 60);
      if (minute >= least) spans.set(minute, (spans.get(minute) ?? 0) + (counts[i] as number));
    }
  }
  return spans;
}

/** As the rates have it: what lies beyond their ends counts in the first or the last minute. */
const secondsOf = (bucket: number): number =>
  bucket > latestBucket ? 0 : Math.min(latestMinute, bucket * bucketSeconds);
