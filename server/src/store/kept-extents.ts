/**
 * The rows of the table of traces that ended last, kept in memory where only this Weft writes them: orders and heatmaps of traces
 * look at every trace of a range, and ClickHouse groups a million of them for half a second. See
 * docs/decisions/0065-extents-kept-in-memory.md.
 */
import {setTimeout as delay} from 'node:timers/promises';
import {type Clock, type TenantId, unixNanoFromMillis, utf8} from '../base/index.ts';
import {arrayColumn, dictionaryColumn, fixedColumn, type NativeBlock, readBlocks} from '../native/index.ts';
import {Budget} from '../query/index.ts';
import {ExtentRows, halvesOf} from './extent-rows.ts';
import {createKeptLife, type KeptOptions} from './kept-life.ts';
import {OriginSets} from './origin-sets.ts';
import type {Sum} from './span-news.ts';

export interface KeptExtents {
  /**
   * All rows of the tenant that end at `from` or later, and others; undefined where they are not all there. The first question of a
   * while finds nothing: it has them fetched for those that follow.
   */
  rows(tenant: TenantId, from: bigint): ExtentRows | undefined;
  /** Of these rows. */
  readonly origins: OriginSets;
}

export interface KeptExtentsOptions extends KeptOptions {
  readonly clock: Clock;
  /** Of all tenants. Default 1,500,000, some 85 MB. */
  readonly maxRows?: number;
  /** Of one answer, which is decoded in one go. Default 100,000. */
  readonly rowsAtOnce?: number;
  /** Monotonic, in milliseconds. */
  readonly now?: () => number;
}

const nanosPerSecond = 1_000_000_000n;
/** As much time as the first statement asks for, and the most that one with a lower end does. */
const firstStep = 600n * nanosPerSecond;
const lastStep = 100_000n * nanosPerSecond;
/** After this long without a question they are let go. */
const unusedMs = 10 * 60_000;
/** Retention takes rows away, of which nobody tells. */
const oldestMs = 60 * 60_000;
/** A statement during which rows were inserted is asked again, this much later. */
const againMs = 100;
const maxTrials = 20;

/** One filling of the memory, until it is dropped. */
interface Filling {
  readonly tenants: Map<TenantId, ExtentRows>;
  readonly at: number;
  readonly origins: OriginSets;
  /** All rows that end then or later are there. */
  completeFrom: bigint;
}

export function createKeptExtents({
  clock,
  maxRows = 1_500_000,
  rowsAtOnce = 100_000,
  now = () => performance.now(),
  ...options
}: KeptExtentsOptions): KeptExtents {
  let filling: Filling | undefined;
  let usedAt = 0;
  /** INSERTs of sums: under way, begun so far. */
  let pending = 0;
  let begun = 0;

  const countOf = ({tenants}: Filling): number => [...tenants.values()].reduce((sum, {count}) => sum + count, 0);

  /** Those that end at `from` or later. */
  function addBlock({tenants, origins}: Filling, block: NativeBlock, from: bigint): void {
    const bound = halvesOf(from);
    const last = fixedColumn(block, 'last');
    const isLate = (row: number): boolean =>
      (last.bytes.readUInt32LE(last.at + 8 * row + 4) - bound.high ||
        last.bytes.readUInt32LE(last.at + 8 * row) - bound.low) >= 0;
    const tenant = dictionaryColumn(block, 'tenant');
    const {slices} = tenant.keys;
    const originsOf = Uint32Array.from(origins.of(arrayColumn(block, 'origins')));
    for (const index of new Set(tenant.indexes)) {
      const name = utf8(block.bytes, slices[2 * index] as number, slices[2 * index + 1] as number) as TenantId;
      const rows = tenants.get(name) ?? new ExtentRows(origins.joined);
      tenants.set(name, rows);
      rows.add(block, (row) => (tenant.indexes[row] === index && isLate(row) ? originsOf[row] : undefined));
    }
  }

  /** Lets a third of all rows go, those that ended first. */
  function forgetOldest(from: Filling): void {
    const sample: bigint[] = [];
    const stride = Math.max(1, Math.floor(countOf(from) / 3000));
    for (const {count, endHigh, endLow} of from.tenants.values()) {
      for (let row = 0; row < count; row += stride)
        sample.push((BigInt(endHigh[row] as number) << 32n) | BigInt(endLow[row] as number));
    }
    sample.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const bound = sample[Math.floor(sample.length / 3)] as bigint;
    if (bound > from.completeFrom) from.completeFrom = bound;
    for (const [tenant, rows] of from.tenants) {
      const kept = rows.since(halvesOf(bound));
      if (kept.count === 0) from.tenants.delete(tenant);
      else from.tenants.set(tenant, kept);
    }
  }

  /** From the newest on, until all are there or there is no more room. */
  async function fill(into: Filling, signal: AbortSignal): Promise<void> {
    let step = firstStep;
    let trials = 0;
    let before: bigint | undefined;
    while (!signal.aborted) {
      const newest = before ?? unixNanoFromMillis(clock.now());
      const from = step > lastStep || newest <= step ? 0n : newest - step;
      const room = maxRows - countOf(into);
      if (room <= 0) return;
      const limit = Math.min(room, from === 0n ? 4 * rowsAtOnce : rowsAtOnce);
      const already = begun;
      const answer = pending === 0 ? await readRows(from, before, limit + 1, signal) : undefined;
      // News that came before the answer is heard before it is looked at.
      await new Promise((resolve) => setImmediate(resolve));
      if (answer === undefined || begun !== already) {
        // What is inserted meanwhile might be counted twice.
        if (++trials > maxTrials) return life.forget();
        await delay(againMs, undefined, {signal, ref: false});
        continue;
      }
      if (signal.aborted) return;
      trials = 0;
      const rows = rowsOf(answer);
      if (rows > limit) {
        if (step < nanosPerSecond || room < maxRows / 20) return;
        step = (step < lastStep ? step : lastStep) / 4n;
        continue;
      }
      for (const block of readBlocks(answer)) addBlock(into, block, 0n);
      into.completeFrom = from;
      if (from === 0n) return;
      before = from;
      // Also after many rows in little time: before these there may be nothing for years.
      if (rows <= limit / 4) step *= 2n;
    }
  }

  async function readRows(
    from: bigint,
    before: bigint | undefined,
    limit: number,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const until = before === undefined ? '' : ` AND last < ${before}`;
    return options.queries.native({
      sql:
        'SELECT tenant, bucket, trace_id, head, last, spans, errors, root, origins FROM traces ' +
        `WHERE last >= ${from}${until} LIMIT ${limit}`,
      budget: new Budget(signal),
    });
  }

  /** What is kept, if it still holds. */
  function current(): Filling | undefined {
    if (filling !== undefined && now() - filling.at > oldestMs) life.forget();
    return filling;
  }

  function inserted(sums: readonly Sum[] | undefined): void {
    const into = current();
    if (into === undefined) return;
    if (sums === undefined || now() - usedAt > unusedMs) return life.forget();
    // Earlier rows come with the statement that is still to be asked for their time, or have no room.
    if (into.completeFrom === allTimes) return;
    for (const {table, bytes} of sums) {
      if (table !== 'traces') continue;
      for (const block of readBlocks(bytes)) addBlock(into, block, into.completeFrom);
    }
    if (countOf(into) > maxRows) forgetOldest(into);
  }

  const life = createKeptLife(options, {
    // A Weft that nobody asks for lists does not need the memory.
    whenWanted: true,
    load(signal) {
      filling = {tenants: new Map(), at: now(), origins: new OriginSets(), completeFrom: allTimes};
      return fill(filling, signal);
    },
    told(news) {
      if (news.kind === 'summing up') {
        pending++;
        begun++;
      } else if (news.kind === 'summed up') {
        pending = Math.max(0, pending - 1);
        inserted(news.sums);
      } else if (news.kind === 'missed') pending = 0;
    },
    clear() {
      filling = undefined;
    },
  });

  return {
    rows(tenant, from) {
      usedAt = now();
      const kept = current();
      if (kept === undefined) life.wanted();
      if (kept === undefined || from < kept.completeFrom) return undefined;
      const rows = kept.tenants.get(tenant) ?? new ExtentRows(kept.origins.joined);
      return rows.overlong ? undefined : rows;
    },
    get origins() {
      return filling?.origins ?? new OriginSets();
    },
  };
}

const allTimes = 2n ** 64n;

function rowsOf(blocks: Uint8Array): number {
  let rows = 0;
  for (const block of readBlocks(blocks, none)) rows += block.rows;
  return rows;
}
const none: ReadonlySet<string> = new Set();
