/** Traces judged by what has just come of them, and not by what came before (the Collector's strategy `span-ingest`). */
import type {TenantId} from '../base/index.ts';
import type {SpanBatch} from '../model/index.ts';
import type {Judge} from './judge.ts';
import {grouped} from './judge-rows.ts';
import type {Mark} from './verdict.ts';
import {sameWords, wordsOf} from './words.ts';

/** A trace of a batch: the four words of its id, and what its spans in the batch came to. */
export interface Arrival {
  readonly id: Uint32Array;
  readonly mark: Mark;
}

/** The batch stays as it is. Traces that do not wait any more are left out. */
export function judgeArrivals(
  judge: Judge,
  batch: SpanBatch,
  tenant: TenantId,
  now: number,
  waits: (id: Uint32Array) => boolean,
): Arrival[] {
  const ids = wordsOf(batch.spans.columns.traceId.bytes);
  const known = new Map<string, number>();
  const found: Uint32Array[] = [];
  const rows: number[] = [];
  const traces: number[] = [];
  let trace = -1;
  for (let row = 0; row < batch.spans.count; row++) {
    if (row === 0 || !sameWords(ids, 4 * row, 4 * row - 4)) {
      const id = ids.slice(4 * row, 4 * row + 4);
      const key = id.join();
      const seen = known.get(key);
      trace = seen ?? (waits(id) ? found.push(id) - 1 : -1);
      if (seen === undefined) known.set(key, trace);
    }
    if (trace < 0) continue;
    rows.push(row);
    traces.push(trace);
  }
  const {rows: places, ...groups} = grouped(Uint32Array.from(traces), found.length);
  const round = {
    batch,
    ...groups,
    rows: places.map((place) => rows[place] as number),
    bytes: new Float64Array(found.length),
    tenant,
    now,
  };
  return judge.judge(round).map((mark, index) => ({id: found[index] as Uint32Array, mark}));
}
