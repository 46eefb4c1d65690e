/**
 * The tree of a trace: who is whose child, and how long each span worked itself. Pure, over flat arrays, so that 100,000 spans take
 * tens of milliseconds; shared with the page through `trace-shape.ts`.
 */
import {CLIENT, SERVER, type SpanColumns} from './columns.ts';
import {type IdIndex, indexIds} from './id-index.ts';

export interface TraceTree {
  readonly count: number;
  /** Span → parent span, -1 for a root or an orphan. */
  readonly parent: Int32Array;
  /** ORPHAN where the parent is named but not in the trace, RING where the ring that the parents form was cut: see `breakRings`. */
  readonly orphan: Uint8Array;
  /** Children of span `i`, by start: `children[firstChild[i] .. firstChild[i + 1] - 1]`. */
  readonly firstChild: Int32Array;
  readonly children: Int32Array;
  /** Nanoseconds in which no child was running. */
  readonly self: Float64Array;
  /** Of those, what the span worked: a caller whose server is in the trace only waits for the network. */
  readonly work: Float64Array;
  /** Span id → span (the first, where an id repeats). */
  readonly indexOf: IdIndex;
}

export interface TreeOrder {
  /** Depth-first; true roots first, then rings, then orphans. Position → span. */
  readonly order: Int32Array;
  readonly depth: Int32Array;
  /** Position of the first span of a ring, and of the first orphan; that of what comes next when there is none. */
  readonly firstRing: number;
  readonly firstOrphan: number;
}

/** Why a span that names a parent stands at the top. */
export const ORPHAN = 1;
export const RING = 2;

/** `byStart`: the spans by start, where they do not come so. */
export function buildTree(spans: SpanColumns, byStart?: Int32Array): TraceTree {
  const count = spans.spanId.length;
  const indexOf = indexIds(spans.spanId);
  const {parent, orphan} = findParents(spans, indexOf);
  breakRings(parent, orphan);
  const {firstChild, children} = listChildren(parent, byStart);
  const self = new Float64Array(count);
  const work = new Float64Array(count);
  for (let span = 0; span < count; span++) {
    self[span] = selfTime(spans, span, firstChild, children);
    work[span] = waitsForServer(spans, span, firstChild, children) ? 0 : self[span]!;
  }
  return {count, parent, orphan, firstChild, children, self, work, indexOf};
}

function findParents(spans: SpanColumns, indexOf: IdIndex) {
  const count = spans.spanId.length;
  const parent = new Int32Array(count).fill(-1);
  const orphan = new Uint8Array(count);
  const shared = findShared(spans, indexOf);
  for (let i = 0; i < count; i++) {
    const id = spans.parentSpanId[i] as string;
    if (id === '') continue;
    const up = shared?.get(id)?.server ?? indexOf.get(id);
    if (up === undefined) orphan[i] = ORPHAN;
    else parent[i] = up;
  }
  for (const {client, server} of shared?.values() ?? []) parent[server] = client;
  return {parent, orphan};
}

/**
 * Ids that both sides of a call have, as Zipkin's clients give them: the server's span belongs below the client's, and what names the
 * id as its parent below the server's. Undefined where there are none.
 */
function findShared(spans: SpanColumns, indexOf: IdIndex) {
  let shared: Map<string, {readonly client: number; readonly server: number}> | undefined;
  for (let i = 0; i < spans.spanId.length; i++) {
    const id = spans.spanId[i] as string;
    const first = indexOf.get(id) as number;
    if (first === i) continue;
    const [a, b] = [spans.kind[first], spans.kind[i]];
    if (!((a === CLIENT && b === SERVER) || (a === SERVER && b === CLIENT)) || shared?.has(id)) continue;
    shared ??= new Map();
    shared.set(id, a === CLIENT ? {client: first, server: i} : {client: i, server: first});
  }
  return shared;
}

/** Parents that form a ring (bad data) would never be drawn: its earliest span is put at the top, above all others of it. */
function breakRings(parent: Int32Array, orphan: Uint8Array): void {
  const seen = new Int32Array(parent.length);
  for (let start = 0; start < parent.length; start++) {
    let at = start;
    while (at >= 0 && seen[at] === 0) {
      seen[at] = start + 1;
      at = parent[at]!;
    }
    if (at >= 0 && seen[at] === start + 1) {
      let earliest = at;
      for (let next = parent[at]!; next !== at; next = parent[next]!) if (next < earliest) earliest = next;
      parent[earliest] = -1;
      orphan[earliest] = RING;
    }
  }
}

/** Counting sort by parent: keeps the order by start, in which spans arrive at the page. */
function listChildren(parent: Int32Array, byStart: Int32Array | undefined) {
  const count = parent.length;
  const firstChild = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) if (parent[i]! >= 0) firstChild[parent[i]! + 1]!++;
  for (let i = 0; i < count; i++) firstChild[i + 1]! += firstChild[i]!;
  const children = new Int32Array(firstChild[count]!);
  const next = firstChild.slice();
  for (let at = 0; at < count; at++) {
    const i = byStart?.[at] ?? at;
    if (parent[i]! >= 0) children[next[parent[i]!]!++] = i;
  }
  return {firstChild, children};
}

/** Depth-first through the tree; `children` may come in another order of siblings than the tree's own. */
export function walkTree(
  {parent, orphan, firstChild}: Pick<TraceTree, 'parent' | 'orphan' | 'firstChild'>,
  children: Int32Array,
  byStart?: Int32Array,
): TreeOrder {
  const count = parent.length;
  const order = new Int32Array(count);
  const depth = new Int32Array(count);
  const stack = new Int32Array(count);
  let at = 0;
  let firstRing = count;
  let firstOrphan = count;
  for (const wanted of [0, RING, ORPHAN]) {
    if (wanted === RING) firstRing = at;
    if (wanted === ORPHAN) firstOrphan = at;
    for (let i = 0; i < count; i++) {
      const root = byStart?.[i] ?? i;
      if (parent[root]! >= 0 || orphan[root] !== wanted) continue;
      let top = 0;
      stack[top++] = root;
      while (top > 0) {
        const span = stack[--top]!;
        order[at++] = span;
        const up = parent[span]!;
        if (up >= 0) depth[span] = depth[up]! + 1;
        for (let c = firstChild[span + 1]! - 1; c >= firstChild[span]!; c--) stack[top++] = children[c]!;
      }
    }
  }
  if (at !== count) throw new Error(`BUG: ${count - at} spans of the trace were not reached`);
  return {order, depth, firstRing, firstOrphan};
}

/** Duration minus the union of the children's times inside the span. Children come by start. */
function selfTime(spans: SpanColumns, span: number, firstChild: Int32Array, children: Int32Array): number {
  const start = spans.start[span]!;
  const end = start + spans.duration[span]!;
  let covered = 0;
  let reached = start;
  for (let c = firstChild[span]!; c < firstChild[span + 1]!; c++) {
    const child = children[c]!;
    const from = Math.max(reached, spans.start[child]!);
    const to = Math.min(end, spans.start[child]! + spans.duration[child]!);
    if (to <= from) continue;
    covered += to - from;
    reached = to;
  }
  return end - start - covered;
}

/** What is left of a caller's time when its server's is taken off is the way there and back, and the wait for the server. */
function waitsForServer(spans: SpanColumns, span: number, firstChild: Int32Array, children: Int32Array): boolean {
  if (spans.kind[span] !== CLIENT) return false;
  for (let c = firstChild[span]!; c < firstChild[span + 1]!; c++) {
    if (spans.kind[children[c]!] === SERVER) return true;
  }
  return false;
}
