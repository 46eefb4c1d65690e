/** The first traces of an order, out of `KeptScan`: as many as the statement of `read-list.ts` would answer, in its order. */
import {type TraceId, type UnixNano, unixNano} from '../base/index.ts';
import type {ExtentRows} from './extent-rows.ts';
import type {ExtentValue} from './extent-stretches.ts';
import type {KeptScan} from './read-kept-extents.ts';
import {exactDuration, exactStart, type ScannedTrace} from './scan-extents.ts';

export interface Candidate {
  readonly id: TraceId;
  readonly began: UnixNano;
  readonly value: bigint;
}

interface Order {
  readonly kept: ExtentValue;
  /** Whether a trace that is still arriving is left out. */
  readonly settled: boolean;
  readonly count: number;
}

type First = Pick<ScannedTrace, 'row' | 'startHigh' | 'startLow' | 'endHigh' | 'endLow'> & {
  readonly value: number;
};

export async function firstOfScan(scan: KeptScan, order: Order): Promise<Candidate[]> {
  const first = firstOf(scan, order);
  // Where all that come first fit for sure, others need not be asked after.
  const sure = first.every(({row}) => scan.isSure(row)) ? first : firstOf(await scan.sure(), order);
  return sure.map((trace) => ({
    id: idOf(scan.rows, trace.row),
    began: unixNano(exactStart(trace)),
    value: order.kept === 'duration' ? exactDuration(trace) : BigInt(trace.value),
  }));
}

function firstOf({rows, run}: KeptScan, {kept, settled, count}: Order): First[] {
  let first: First[] = [];
  /** Of as many as are wanted: what comes after it is not. */
  let last: First | undefined;
  const compare = (a: First, b: First): number =>
    b.value - a.value || compareStarts(b, a) || compareIds(rows, a.row, b.row);
  const cut = (): void => {
    first = first.sort(compare).slice(0, count);
    if (first.length === count) last = first.at(-1);
  };
  const visit = (trace: ScannedTrace): void => {
    if (settled && trace.arriving) return;
    const {row, startHigh, startLow, endHigh, endLow} = trace;
    const one = {row, startHigh, startLow, endHigh, endLow, value: trace[kept]};
    if (last === undefined || compare(one, last) <= 0) first.push(one);
    if (first.length >= 2 * count + 100) cut();
  };
  run(visit, {
    value: kept,
    isPast(value, startHigh) {
      if (first.length > count) cut();
      return last !== undefined && (value - last.value || startHigh - last.startHigh) < 0;
    },
  });
  cut();
  return first;
}

const compareStarts = (a: First, b: First): number => a.startHigh - b.startHigh || a.startLow - b.startLow;

/** As ClickHouse compares the 16 bytes as a number, whose first byte is the lowest. */
function compareIds({ids}: ExtentRows, a: number, b: number): number {
  for (let i = 3; i >= 0; i--) {
    const difference = (ids[4 * a + i] as number) - (ids[4 * b + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

const idOf = ({ids}: ExtentRows, row: number): TraceId =>
  Buffer.from(ids.buffer, ids.byteOffset + 16 * row, 16).toString('hex') as TraceId;
