/** Held traces → a round of one batch, judged. */
import {giveBytes, type TenantId, takeBytes} from '../base/index.ts';
import {recycle, type SpanBatch} from '../model/index.ts';
import {otlp} from '../wire/index.ts';
import {assemble} from './assemble.ts';
import {type HeldSpans, noSlot} from './held-spans.ts';
import type {Judge} from './judge.ts';
import type {Round} from './round.ts';
import {keyWords, type TraceTable} from './trace-table.ts';
import type {Mark} from './verdict.ts';
import {wordsOf} from './words.ts';

export class RowJudge {
  readonly #held: HeldSpans;
  readonly #table: TraceTable;
  readonly #judge: Judge;
  /** The memory of the last round. */
  #spare: SpanBatch | undefined;

  constructor(held: HeldSpans, table: TraceTable, judge: Judge) {
    this.#held = held;
    this.#table = table;
    this.#judge = judge;
  }

  /** The mark of each of these rows, which are of one tenant. They stay as they are. */
  judge(rows: readonly number[], tenant: TenantId, now: number): Mark[] {
    const {first, spans, bytes} = this.#table;
    const total = rows.reduce((sum, row) => sum + (spans[row] as number), 0);
    const slots = new Int32Array(total);
    const traceOf = new Uint32Array(total);
    let count = 0;
    for (const [trace, row] of rows.entries()) {
      for (let slot = first[row] as number; slot !== noSlot; slot = this.#held.next[slot] as number) {
        slots[count] = slot;
        traceOf[count++] = trace;
      }
    }
    const {request, order} = assemble(this.#held, slots, count, takeBytes);
    const {batch} = otlp.traces.decodeProto(request, this.#spare);
    const isWhole = batch.spans.count === count;
    const traces = isWhole ? order.map((index) => traceOf[index] as number) : this.#byId(batch, rows);
    const marks = this.#judge.judge({
      batch,
      ...grouped(traces, rows.length),
      bytes: Float64Array.from(rows, (row) => bytes[row] as number),
      tenant,
      now,
    });
    this.#spare = recycle(batch);
    giveBytes(request);
    return marks;
  }

  /** The trace of each row, where the decoder left some spans out: those that it cannot read were never OTLP. */
  #byId(batch: SpanBatch, rows: readonly number[]): Uint32Array {
    const {keys} = this.#table;
    const idOf = (row: number): string => keys.subarray(row * keyWords + 1, (row + 1) * keyWords).join();
    const known = new Map(rows.map((row, trace) => [idOf(row), trace]));
    const ids = wordsOf(batch.spans.columns.traceId.bytes);
    const traceOf = (_: unknown, row: number): number => known.get(ids.subarray(4 * row, 4 * row + 4).join()) ?? 0;
    return Uint32Array.from({length: batch.spans.count}, traceOf);
  }
}

/** Rows by trace, as a round has them: `traces` has the trace of each row. */
export function grouped(traces: Uint32Array, count: number): Pick<Round, 'rows' | 'starts' | 'count'> {
  const starts = new Uint32Array(count + 1);
  for (const trace of traces) starts[trace + 1] = (starts[trace + 1] as number) + 1;
  for (let trace = 0; trace < count; trace++)
    starts[trace + 1] = (starts[trace + 1] as number) + (starts[trace] as number);
  const next = starts.slice();
  const rows = new Uint32Array(traces.length);
  for (const [row, trace] of traces.entries()) {
    const at = next[trace] as number;
    rows[at] = row;
    next[trace] = at + 1;
  }
  return {rows, starts, count};
}
