import {TooLargeError} from '../base/index.ts';
import {type Batch, maxHeapBytes, maxNesting} from '../model/index.ts';

/** The result of decoding a body. Items that break the specification are left out of the batch, counted and explained. */
export interface Decoded<B extends Batch> {
  readonly batch: B;
  /** How many items (spans, log records, data points) were left out: the partial success to report. */
  readonly rejected: number;
  /** Why, in words for the sender; empty where nothing was rejected. */
  readonly rejectedReason: string;
}

/** Counts rejected items by reason. */
export class Rejections {
  private readonly counts = new Map<string, number>();
  total = 0;
  /** Says of the first item where it is, and of one in JSON what exactly is wrong. */
  example = '';

  add(reason: string): void {
    this.total++;
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }

  /** `2 of 512 spans rejected: 2 × trace_id is not 16 bytes with at least one that is not zero`. */
  describe(noun: string, accepted: number): string {
    if (this.total === 0) return '';
    const reasons = [...this.counts].map(([reason, count]) => `${count} × ${reason}`);
    const example = this.example === '' ? '' : ` (${this.example})`;
    return `${this.total} of ${accepted + this.total} ${noun}s rejected: ${reasons.join('; ')}${example}`;
  }
}

/** The reasons. A closed set of texts, so that counting them costs bounded memory whatever is sent. */
export const fault = {
  traceId: 'trace_id is not 16 bytes with at least one that is not zero',
  spanId: 'span_id is not 8 bytes with at least one that is not zero',
  otherId: 'an id is neither empty nor of its length (trace_id 16 bytes, span_id 8 bytes)',
  time: 'a time is 2^63 ns (the year 2262) or later',
  timeRange: 'a time is not between 1970 and the year 2262',
  empty: 'says nothing: every field is absent or has its default',
  field: 'a field does not hold what its type asks for',
  noValue: 'has neither a time nor a value',
  nested: `a value nests deeper than ${maxNesting} levels`,
} as const;

/** Decoding may append to the heap as much again as it was given, and all of it must stay addressable. */
const maxBodyBytes = maxHeapBytes / 2;

/** Throws TooLargeError. Receivers have lower limits of their own; this one is of the batch. */
export function checkBodySize(body: Uint8Array): void {
  if (body.length <= maxBodyBytes) return;
  throw new TooLargeError(
    `a body of ${body.length} bytes exceeds the ${maxBodyBytes} that fit in a batch`,
    maxBodyBytes,
  );
}

/**
 * Honest items take up to five times as much memory in tables as on the wire, packed zeros eight times. Messages that are empty
 * (two bytes each) would take up to a hundred times as much: 20 MiB of body, some kB on the wire, would be gigabytes.
 */
const mostOfBody = 8;
const leastRows = 4096;

/** Runs `decode` with a bound on the batch's tables that fits a body of `bodyBytes`. Throws TooLargeError where it needs more. */
export function withBoundedTables(batch: Batch, bodyBytes: number, decode: () => void): void {
  const tables = Object.values(batch.tables);
  for (const table of tables) table.maxRows = Math.max(leastRows, Math.ceil((mostOfBody * bodyBytes) / table.rowBytes));
  try {
    decode();
  } finally {
    for (const table of tables) table.maxRows = Number.POSITIVE_INFINITY;
  }
}

/** Of what a span may have many of and a decoder keeps as objects until the span's end. */
const maxKept = 65_536;

/** Throws TooLargeError where a span has too many of `what`: some bytes of body must not become many times as much memory. */
export function checkKept(count: number, what: string): void {
  if (count >= maxKept) throw new TooLargeError(`a span has more than ${maxKept} ${what}`, maxKept);
}
