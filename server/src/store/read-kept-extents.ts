/** What `extents` in `read-extents.ts` says of traces, out of memory where it is there: see `kept-extents.ts`. */
import type {TenantId} from '../base/index.ts';
import {fixedColumn, readBlocks} from '../native/index.ts';
import type {Budget, TraceFilter} from '../query/index.ts';
import {type ExtentRows, halvesOf} from './extent-rows.ts';
import {rowsOfStretch} from './extent-stretches.ts';
import type {KeptExtents} from './kept-extents.ts';
import {unknownOrigins} from './origin-sets.ts';
import {bucketOf, spanWhere} from './read-conditions.ts';
import {type AskedOrigin, cutBuckets, halfMask, isUnconditional, marginBuckets, originAsked} from './read-extents.ts';
import type {Queries} from './read-query.ts';
import {type ScannedTrace, type ScanRange, scanExtents, type Wanted} from './scan-extents.ts';
import {bucketNanos} from './schema-spans.ts';

// While spans are asked, rows may come: their columns are then others, and so they are taken from `rows` each time.

interface Asked {
  readonly queries: Queries;
  readonly tenant: TenantId;
  readonly filter: TraceFilter;
  /** Nanoseconds since 1970. */
  readonly now: bigint;
  readonly budget: Budget;
}

/** The traces that fit, one by one; to be called again for another round. */
export interface KeptScan {
  readonly rows: ExtentRows;
  run(visit: (trace: ScannedTrace) => void, wanted?: Wanted): void;
  /**
   * Whether a trace that `run` came to fits for sure, by its first row: of others, spans may start before the range and after its
   * beginning within the same ten seconds.
   */
  isSure(row: number): boolean;
  /** Whether there are traces of which it is not sure. */
  readonly unsure: boolean;
  /** The same, and sure: asks the spans. */
  sure(): Promise<KeptScan>;
}

/** Undefined where the rows of the question are not in memory, or do not tell what it wants to know. */
export async function keptScan(asked: Asked): Promise<KeptScan | undefined> {
  const {queries, tenant, filter} = asked;
  const kept = queries.memory.extents;
  const origin = originAsked(filter);
  if (kept === undefined || (origin === undefined && !isUnconditional(filter))) return undefined;
  const from = filter.start === undefined ? 0n : bucketOf(filter.start) - marginBuckets;
  const rows = kept.rows(tenant, from <= 0n ? 0n : from * bucketNanos);
  if (rows === undefined) return undefined;
  return origin === undefined ? rangeScan(asked, rows) : originScan(asked, rows, kept, origin);
}

const rangeOf = ({filter, now}: Asked): Omit<ScanRange, 'fits' | 'also'> => {
  const from = filter.start === undefined ? 0n : (bucketOf(filter.start) - marginBuckets) * bucketNanos;
  const last = filter.end === undefined ? undefined : Number(bucketOf(filter.end) + marginBuckets);
  return {from, lastBucket: last ?? Number.POSITIVE_INFINITY, conditions: filter.trace, now};
};

/** As `isWithin`: a trace's earliest span in a bucket says whether it began in the range. */
function rangeScan(asked: Asked, rows: ExtentRows): KeptScan {
  const {start, end} = asked.filter;
  const range = rangeOf(asked);
  if (start === undefined && end === undefined) return sureScan(rows, {...range, fits: undefined, also: undefined});
  const [first, last] = [halvesOf(clamped(start ?? 0n)), halvesOf(clamped(end ?? latest))];
  const cut = start === undefined || start % bucketNanos === 0n ? -1 : Number(bucketOf(start));
  const begins = (row: number): number => {
    const [high, low] = [rows.startHigh[row] as number, rows.startLow[row] as number];
    if (high > last.high || (high === last.high && low > last.low)) return 1;
    return high < first.high || (high === first.high && low < first.low) ? -1 : 0;
  };
  const fits = (row: number): boolean => begins(row) === 0;
  const mayFit = (row: number): boolean =>
    rows.bucket[row] === cut &&
    begins(row) < 0 &&
    ((rows.endHigh[row] as number) - first.high || (rows.endLow[row] as number) - first.low) >= 0;
  const isSure = (row: number): boolean => {
    for (let at = row; at >= 0; at = (rows.next[at] as number) - 1) if (fits(at)) return true;
    return false;
  };
  if (cut < 0 || !hasRow(rows, cut, cut, mayFit)) return sureScan(rows, {...range, fits, also: undefined});
  return {
    rows,
    run: (visit, wanted) =>
      scanExtents(rows, {...range, fits: (row) => fits(row) || mayFit(row), also: undefined}, visit, wanted),
    isSure,
    unsure: true,
    async sure() {
      const also = await tracesOfSpans(asked, rows, [BigInt(cut)]);
      return sureScan(rows, {...range, fits, also});
    },
  };
}

/** As `isOfOrigin`. */
async function originScan(
  asked: Asked,
  rows: ExtentRows,
  kept: KeptExtents,
  {service, environment}: AskedOrigin,
): Promise<KeptScan | undefined> {
  const {start, end} = asked.filter;
  const passes = kept.origins.test(
    (number) =>
      (service === undefined || number >> 32n === service) &&
      (environment === undefined || (number & halfMask) === environment),
  );
  const cut = cutBuckets(asked.filter);
  const cutNumbers = cut.map(Number);
  const [first, last] = [Number(bucketOf(start ?? 0n)), end === undefined ? 2 ** 32 : Number(bucketOf(end))];
  const isUnknown = (row: number): boolean => rows.origins[row] === unknownOrigins;
  // Spans would have to be asked of many buckets: that is ClickHouse's.
  if (rows.hasUnknown && hasRow(rows, first, last, isUnknown)) return undefined;
  const fits = (row: number): boolean => {
    if (passes[rows.origins[row] as number] !== 1) return false;
    const at = rows.bucket[row] as number;
    return at >= first && at <= last && !cutNumbers.includes(at);
  };
  const also = cut.length === 0 ? undefined : await tracesOfSpans(asked, rows, cut);
  return sureScan(rows, {...rangeOf(asked), fits, also});
}

/** Whether there is a row of these buckets that passes. */
function hasRow(rows: ExtentRows, first: number, last: number, passes: (row: number) => boolean): boolean {
  const {bucket, count, stretches} = rows;
  for (let stretch = 0; stretch * rowsOfStretch < count; stretch++) {
    if (!stretches.hasBuckets(stretch, first, last)) continue;
    const to = Math.min(count, (stretch + 1) * rowsOfStretch);
    for (let row = stretch * rowsOfStretch; row < to; row++) {
      const at = bucket[row] as number;
      if (at >= first && at <= last && passes(row)) return true;
    }
  }
  return false;
}

function sureScan(rows: ExtentRows, range: ScanRange): KeptScan {
  const scan: KeptScan = {
    rows,
    run: (visit, wanted) => scanExtents(rows, range, visit, wanted),
    isSure: () => true,
    unsure: false,
    sure: async () => scan,
  };
  return scan;
}

/** First rows of the traces that have a span that fits in one of these buckets. */
async function tracesOfSpans(
  {queries, tenant, filter, budget}: Asked,
  rows: ExtentRows,
  buckets: readonly bigint[],
): Promise<Set<number>> {
  const where = spanWhere(tenant, filter).add(`bucket IN (${buckets.join(', ')})`);
  const answer = await queries.native({
    sql: `SELECT DISTINCT trace_id FROM spans_11 ${where.clauses}`,
    parameters: where.parameters,
    budget,
  });
  const found = new Set<number>();
  const id = new Uint32Array(4);
  for (const block of readBlocks(answer)) {
    const {bytes, at} = fixedColumn(block, 'trace_id');
    for (let row = 0; row < block.rows; row++) {
      for (let i = 0; i < 4; i++) id[i] = bytes.readUInt32LE(at + 16 * row + 4 * i);
      const first = rows.find(id);
      if (first !== undefined) found.add(first);
    }
    budget.spendRows(block.rows);
  }
  return found;
}

const latest = 2n ** 63n - 1n;
const clamped = (nanos: bigint): bigint => (nanos < 0n ? 0n : nanos > latest ? latest : nanos);
