/** The first traces of an order beside all of them put in that order, of rows in many stretches. */
import {expect, test} from 'vitest';
import type {TenantId} from '../base/index.ts';
import {seededRandom} from '../model/testing.ts';
import {readBlocks} from '../native/index.ts';
import {ExtentRows} from './extent-rows.ts';
import {type ExtentValue, rowsOfStretch} from './extent-stretches.ts';
import {firstOfScan} from './kept-candidates.ts';
import type {KeptScan} from './read-kept-extents.ts';
import {exactDuration, exactStart, type ScannedTrace, type ScanRange, scanExtents} from './scan-extents.ts';
import {blockOfTraces, type TraceRow} from './testing-extents.ts';

const second = 1_000_000_000n;
const began = 1_800_000_000n * second;

function rowsOf(traces: readonly TraceRow[]): ExtentRows {
  const rows = new ExtentRows((a) => a);
  for (const block of readBlocks(blockOfTraces('one' as TenantId, traces))) rows.add(block, () => 1);
  return rows;
}

function scanOf(rows: ExtentRows, range: Partial<ScanRange> = {}) {
  const counted = {visits: 0};
  const whole = {from: 0n, lastBucket: Number.POSITIVE_INFINITY, fits: undefined, also: undefined};
  const all = {...whole, conditions: undefined, now: 0n, ...range};
  const scan: KeptScan = {
    rows,
    run(visit, wanted) {
      scanExtents(
        rows,
        all,
        (trace) => {
          counted.visits++;
          visit(trace);
        },
        wanted,
      );
    },
    isSure: () => true,
    unsure: false,
    sure: async () => scan,
  };
  return {scan, counted};
}

const exactValue = (trace: ScannedTrace, value: ExtentValue): bigint =>
  value === 'duration' ? exactDuration(trace) : BigInt(trace[value]);

/** Of all traces: their values and starts, in the order. */
function ordered({run}: KeptScan, value: ExtentValue, count: number): [bigint, bigint][] {
  const all: [bigint, bigint][] = [];
  run((trace) => all.push([exactValue(trace, value), exactStart(trace)]));
  const descending = (a: bigint, b: bigint): number => (a > b ? -1 : a < b ? 1 : 0);
  return all.sort((a, b) => descending(a[0], b[0]) || descending(a[1], b[1])).slice(0, count);
}

const first = async (scan: KeptScan, kept: ExtentValue, count: number): Promise<[bigint, bigint][]> =>
  (await firstOfScan(scan, {kept, settled: false, count})).map(({value, began}) => [value, began]);

test.each(['duration', 'spans', 'errors'] as const)(
  'orders of traces: the first by %s are those of a whole scan',
  async (value) => {
    const random = seededRandom(11);
    const traces: TraceRow[] = Array.from({length: 30 * rowsOfStretch}, (_, n) => ({
      // A quarter of them has several rows in other buckets, some have more than a hundred.
      trace: random() < 0.25 ? Math.floor(random() ** 3 * 3000) : 10_000 + n,
      end: began + BigInt(Math.floor(n / 10)) * second + BigInt(Math.floor(random() * 1e9)),
      duration: BigInt(Math.floor(random() ** 4 * 8e9)),
      spans: 1 + Math.floor(random() * 8),
      errors: Math.floor(random() ** 8 * 3),
    }));
    const rows = rowsOf(traces);
    for (let n = 0; n < 40; n++) {
      const from = began + BigInt(Math.floor(random() * 1200)) * second;
      const lastBucket = Number(from / (10n * second)) + Math.floor(random() * 60);
      const cutAt = 1 + Math.floor(random() * 5);
      const fits = n % 2 === 0 ? undefined : (row: number) => (rows.ids[4 * row + 3] as number) % cutAt === 0;
      const {scan} = scanOf(rows, n < 4 ? {fits} : {from, lastBucket, fits});
      const count = 1 + Math.floor(random() * 40);
      expect(await first(scan, value, count)).toEqual(ordered(scan, value, count));
    }
  },
);

test('orders of traces: most rows are passed over, also where all have the same value', async () => {
  const traces = Array.from({length: 100 * rowsOfStretch}, (_, trace) => ({
    ...{trace, end: began + BigInt(trace) * second},
    duration: BigInt((trace * 7919) % 104_729),
  }));
  for (const value of ['duration', 'spans', 'errors'] as const) {
    const {scan, counted} = scanOf(rowsOf(traces));
    expect(await first(scan, value, 20)).toHaveLength(20);
    expect(counted.visits).toBeLessThan(traces.length / 3);
  }
});
