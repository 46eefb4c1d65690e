/** The spans of a batch as the language sees them: traces of whole trees. Rows are those of the batch's table of spans. */
import {toHex} from '../base/index.ts';
import type {SpanBatch} from '../model/index.ts';

/** What `rootName` is where no root has arrived, as Tempo has it. */
export const noRoot = '<root span not yet received>';

/** A span without a parent, and one whose parent has not arrived. */
export const isRoot = -1;
export const isOrphan = -2;

export interface TraceRows {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** By the start of the spans. */
  readonly rows: readonly number[];
  /** Its first root; -1 where none has arrived. */
  readonly root: number;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly durationNano: number;
}

/** Places in the tree, as Tempo numbers them: a span lies between the numbers of its ancestors. */
export interface NestedSets {
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** The number of the parent; -1 for a root, 0 for a span whose parent has not arrived. */
  readonly parent: Int32Array;
}

export class SpanView {
  readonly batch: SpanBatch;
  readonly traces: readonly TraceRows[];
  /** By row, the index in `traces`. */
  readonly traceOf: Uint32Array;
  /** By row, the parent's row, `isRoot` or `isOrphan`. There are no cycles: one is cut at its earliest span. */
  readonly parents: Int32Array;
  #children: Uint32Array | undefined;
  #nested: NestedSets | undefined;
  #siblings: Int32Array | undefined;

  /** The batch must not change while the view is used. */
  constructor(batch: SpanBatch) {
    this.batch = batch;
    const {count} = batch.spans;
    const {traceId, start} = batch.spans.columns;
    const byId = new Map<string, number[]>();
    for (let row = 0; row < count; row++) {
      const id = toHex(traceId.get(row));
      const rows = byId.get(id);
      if (rows === undefined) byId.set(id, [row]);
      else rows.push(row);
    }
    this.parents = new Int32Array(count).fill(isRoot);
    this.traceOf = new Uint32Array(count);
    const order = (a: number, b: number): number => {
      const [one, other] = [start.get(a), start.get(b)];
      return one < other ? -1 : one > other ? 1 : a - b;
    };
    this.traces = [...byId].map(([id, rows], index) => {
      rows.sort(order);
      for (const row of rows) this.traceOf[row] = index;
      this.#link(rows);
      const root = rows.find((row) => this.parents[row] === isRoot) ?? -1;
      const first = start.get(rows[0] as number);
      const end = rows.reduce(
        (latest, row) => Math.max(latest, Number(start.get(row) - first) + this.duration(row)),
        0,
      );
      return {id, rows, root, start: first, durationNano: end};
    });
  }

  start(row: number): bigint {
    return this.batch.spans.columns.start.get(row);
  }

  /** Nanoseconds; 0 where the span was sent with an end before its start. */
  duration(row: number): number {
    const {start, end} = this.batch.spans.columns;
    return Math.max(0, Number(end.get(row) - start.get(row)));
  }

  traceAt(row: number): TraceRows {
    return this.traces[this.traceOf[row] as number] as TraceRows;
  }

  #link(rows: readonly number[]): void {
    const {spanId, parentSpanId} = this.batch.spans.columns;
    const {parents} = this;
    const bySpanId = new Map<string, number>();
    for (const row of rows) {
      const id = toHex(spanId.get(row));
      // Of several spans with one id the earliest has the children.
      if (!bySpanId.has(id)) bySpanId.set(id, row);
    }
    for (const row of rows) {
      if (parentSpanId.isEmpty(row)) continue;
      const parent = bySpanId.get(toHex(parentSpanId.get(row)));
      parents[row] = parent === undefined || parent === row ? isOrphan : parent;
    }
    const checked = new Set<number>();
    for (const row of rows) {
      const path = new Set<number>();
      let at = row;
      while (at >= 0 && !checked.has(at)) {
        if (path.has(at)) {
          parents[at] = isOrphan;
          break;
        }
        path.add(at);
        at = parents[at] as number;
      }
      for (const each of path) checked.add(each);
    }
  }

  /** By row, how many spans have it as their parent. */
  get children(): Uint32Array {
    if (this.#children !== undefined) return this.#children;
    const children = new Uint32Array(this.parents.length);
    for (const parent of this.parents) if (parent >= 0) (children[parent] as number)++;
    this.#children = children;
    return children;
  }

  /** By row, the same number for spans of a trace that have the same parent, arrived or not; roots are siblings of each other. */
  get siblings(): Int32Array {
    if (this.#siblings !== undefined) return this.#siblings;
    const {parentSpanId} = this.batch.spans.columns;
    const groups = new Map<string, number>();
    const siblings = this.parents.map((parent, row) => {
      if (parent >= 0) return parent;
      const key = `${this.traceOf[row]} ${parent === isRoot ? '' : toHex(parentSpanId.get(row))}`;
      const group = groups.get(key) ?? -1 - groups.size;
      groups.set(key, group);
      return group;
    });
    this.#siblings = siblings;
    return siblings;
  }

  get nested(): NestedSets {
    this.#nested ??= this.#number();
    return this.#nested;
  }

  #number(): NestedSets {
    const size = this.parents.length;
    const [left, right] = [new Int32Array(size), new Int32Array(size)];
    const firstChild = new Int32Array(size).fill(-1);
    const nextSibling = new Int32Array(size).fill(-1);
    for (const {rows} of this.traces) {
      for (const row of rows.toReversed()) {
        const above = this.parents[row] as number;
        if (above < 0) continue;
        nextSibling[row] = firstChild[above] as number;
        firstChild[above] = row;
      }
      let number = 0;
      for (const top of rows) {
        if ((this.parents[top] as number) >= 0) continue;
        // Without recursion: traces are deeper than the stack.
        let at = top;
        left[at] = ++number;
        while (at >= 0) {
          const child = firstChild[at] as number;
          if (child !== -1 && left[child] === 0) at = child;
          else {
            right[at] = ++number;
            const sibling = at === top ? -1 : (nextSibling[at] as number);
            if (sibling === -1) {
              at = at === top ? -1 : (this.parents[at] as number);
              continue;
            }
            at = sibling;
          }
          left[at] = ++number;
        }
      }
    }
    const parent = this.parents.map((above) => (above >= 0 ? (left[above] as number) : above === isRoot ? -1 : 0));
    return {left, right, parent};
  }
}
