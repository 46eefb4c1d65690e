/** Spans of a batch that come when their trace has been decided not to be kept. A hot path: every batch is looked through. */
import type {TenantId} from '../base/index.ts';
import {type ConsumeContext, retainItems, type SpanBatch} from '../model/index.ts';
import {type DecidedTraces, Remembered} from './decided.ts';
import type {Judge} from './judge.ts';
import type {Tenants} from './tenants.ts';
import {noRow, type TraceTable} from './trace-table.ts';
import type {TailWatch} from './watch.ts';
import {sameWords, wordsOf} from './words.ts';

export interface LateSpansParts {
  readonly table: TraceTable;
  readonly decided: DecidedTraces;
  readonly tenants: Tenants;
  readonly judge: Judge;
  readonly watch: TailWatch;
  readonly now: () => number;
  /** Ask the policies again where a late span tells of an error. */
  readonly overturns: boolean;
  /** Find out about each batch whether it has a new trace. */
  readonly findsNew: boolean;
}

export class LateSpans {
  /** The batch that was looked at last has a span of a trace of which nothing is known; only with `findsNew`. */
  hasNew = false;
  readonly #parts: LateSpansParts;
  readonly #found = new Remembered();

  constructor(parts: LateSpansParts) {
    this.#parts = parts;
  }

  /** The batch without late spans, which are counted; and without what is no span. */
  sift(batch: SpanBatch, context: ConsumeContext): SpanBatch {
    const {watch} = this.#parts;
    const {traceId, spanId} = batch.spans.columns;
    const late = this.rows(batch, context.tenant);
    const isInvalid = (row: number): boolean => spanId.isEmpty(row) || traceId.isEmpty(row);
    let invalid = 0;
    for (let row = 0; row < batch.spans.count; row++) if (isInvalid(row)) invalid++;
    if (late.size === 0 && invalid === 0) return batch;
    watch.releasedLate.not.add(late.size);
    if (invalid > 0) {
      watch.lost('unreadable', invalid);
      context.onLeftOut?.(invalid, 'spans without a trace id or span id have no trace to be sampled with');
    }
    return retainItems(batch, (row) => !late.has(row) && !isInvalid(row));
  }

  /** The rows whose traces were decided not to be kept, once late errors have been judged. */
  rows(batch: SpanBatch, tenant: TenantId): Set<number> {
    const {table, decided, tenants, watch, now, overturns, findsNew} = this.#parts;
    const {traceId, statusCode} = batch.spans.columns;
    const {key} = table;
    const ids = wordsOf(traceId.bytes);
    const late = new Set<number>();
    let hasErrors = false;
    let isLate = false;
    this.hasNew = false;
    key[0] = tenants.of(tenant).number;
    for (let row = 0; row < batch.spans.count; row++) {
      if (row === 0 || !sameWords(ids, 4 * row, 4 * row - 4)) {
        for (let i = 0; i < 4; i++) key[i + 1] = ids[4 * row + i] as number;
        isLate = false;
        // Nearly all spans are of traces that wait or are new: the table is looked into once, when they are held.
        if ((findsNew || decided.mayNotBeKept(key)) && table.find() === noRow) {
          decided.find(key, this.#found);
          isLate = this.#found.mark !== undefined && !this.#found.mark.kept;
          this.hasNew ||= this.#found.mark === undefined;
          if (isLate) watch.lateAge.record((now() - this.#found.at) / 1000);
        }
      }
      if (!isLate) continue;
      late.add(row);
      hasErrors ||= statusCode.get(row) === 2;
    }
    if (hasErrors && overturns) this.#overturn(batch, tenant, late);
    return late;
  }

  /** Asks the policies about the late spans of traces of which one tells of an error. Traces that they keep now are not late. */
  #overturn(batch: SpanBatch, tenant: TenantId, late: Set<number>): void {
    const {table, decided, judge, watch, now} = this.#parts;
    const {traceId, statusCode} = batch.spans.columns;
    const {key} = table;
    const ids = wordsOf(traceId.bytes);
    const idOf = (row: number): Uint32Array => ids.subarray(4 * row, 4 * row + 4);
    for (const rows of Map.groupBy(late, (row) => idOf(row).join()).values()) {
      if (!rows.some((row) => statusCode.get(row) === 2)) continue;
      key.set(idOf(rows[0] as number), 1);
      decided.find(key, this.#found);
      if (this.#found.mark?.dropped !== false) continue;
      const [mark] = judge.judge({
        batch,
        rows: Uint32Array.from(rows),
        starts: Uint32Array.of(0, rows.length),
        count: 1,
        bytes: Float64Array.of(0),
        tenant,
        now: now(),
      });
      if (mark?.kept !== true) continue;
      watch.overturned.add(1);
      decided.set(key, mark, now());
      for (const row of rows) late.delete(row);
    }
  }
}
