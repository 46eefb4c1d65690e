/** Traces that are judged together, as rows of one batch. */
import type {SpanBatch} from '../model/index.ts';

export interface Round {
  readonly batch: SpanBatch;
  /** The rows of trace `t` are `rows[starts[t]] … rows[starts[t + 1] - 1]`. */
  readonly rows: Uint32Array;
  readonly starts: Uint32Array;
  /** How many traces. */
  readonly count: number;
  /** The bytes of each trace as they were sent. */
  readonly bytes: Float64Array;
  /** Whose they are: other tenants' traces are other traces. */
  readonly tenant: string;
  /** Milliseconds. */
  readonly now: number;
}

export const spansOf = ({starts}: Round, trace: number): number =>
  (starts[trace + 1] as number) - (starts[trace] as number);

/** The first row of a trace for whose span `test` holds, or -1. */
export function firstRow({rows, starts}: Round, trace: number, test: (row: number) => boolean): number {
  const end = starts[trace + 1] as number;
  for (let i = starts[trace] as number; i < end; i++) if (test(rows[i] as number)) return rows[i] as number;
  return -1;
}

/** The root of a trace: a span without a parent, or else the one that starts first. */
export function rootRow(round: Round, trace: number): number {
  const {parentSpanId, start} = round.batch.spans.columns;
  const root = firstRow(round, trace, (row) => parentSpanId.isEmpty(row));
  if (root >= 0) return root;
  let first = round.rows[round.starts[trace] as number] as number;
  for (let i = round.starts[trace] as number; i < (round.starts[trace + 1] as number); i++) {
    const row = round.rows[i] as number;
    const isEarlier = compare(start.words, row, first) < 0;
    if (isEarlier) first = row;
  }
  return first;
}

/** Of 64-bit numbers in two words, low first. */
export function compare(words: Uint32Array, a: number, b: number): number {
  const high = (words[2 * a + 1] as number) - (words[2 * b + 1] as number);
  return high !== 0 ? high : (words[2 * a] as number) - (words[2 * b] as number);
}
