/**
 * The path that bounded the trace's duration: backwards from what ended last, always to the child that was waited for last, until
 * nothing is left to have waited for. Shortening anything that is not on it would not have made the trace shorter.
 */
import {CONSUMER, PRODUCER, type SpanColumns} from './columns.ts';
import type {TraceTree, TreeOrder} from './tree.ts';

export interface CriticalPath {
  /** In drawing order. */
  readonly spans: Int32Array;
  /** Nanoseconds after the trace's start in which a span was what everything waited for: latest first. */
  readonly parts: ReadonlyMap<number, readonly (readonly [from: number, to: number])[]>;
}

/** Stands above all roots. */
const TOP = -1;

/** Empty for a trace without spans. */
export function criticalPath(
  spans: Pick<SpanColumns, 'start' | 'duration' | 'kind'>,
  layout: Pick<TraceTree, 'count' | 'parent' | 'firstChild' | 'children'> & Pick<TreeOrder, 'order' | 'depth'>,
): CriticalPath {
  const {start, duration, kind} = spans;
  const parts = new Map<number, [number, number][]>();
  /** Of a span on the way: where it counts from and to. What hangs over its parent is cut, since nothing waited for that. */
  const from = new Map<number, number>();
  const to = new Map<number, number>();
  const waiting = new Map<number, {readonly children: Int32Array; next: number}>();
  const seen = new Uint8Array(layout.count);
  const endOf = (span: number): number => start[span]! + duration[span]!;
  const reach = (span: number): number => to.get(span) ?? (span === TOP ? Number.POSITIVE_INFINITY : endOf(span));
  const endIn = (child: number, span: number): number => Math.min(endOf(child), reach(span));

  /** Children that can have been waited for, the last to end first. */
  function childrenOf(span: number) {
    let entry = waiting.get(span);
    if (entry === undefined) {
      const all =
        span === TOP
          ? layout.order.filter((one) => layout.parent[one]! < 0)
          : layout.children.slice(layout.firstChild[span]!, layout.firstChild[span + 1]!);
      const held = span === TOP ? all : all.filter((child) => kind[child] !== CONSUMER && kind[span] !== PRODUCER);
      entry = {children: held.sort((a, b) => endIn(b, span) - endIn(a, span)), next: 0};
      waiting.set(span, entry);
    }
    return entry;
  }
  function lastBefore(span: number, time: number): number | undefined {
    const entry = childrenOf(span);
    const began = span === TOP ? Number.NEGATIVE_INFINITY : (from.get(span) ?? start[span]!);
    for (; entry.next < entry.children.length; entry.next++) {
      const child = entry.children[entry.next]!;
      const end = endIn(child, span);
      if (end > time || seen[child] === 1) continue;
      if (end <= began) return undefined;
      entry.next++;
      return child;
    }
    return undefined;
  }
  function add(span: number, a: number, b: number): void {
    if (b <= a) return;
    const list = parts.get(span);
    if (list === undefined) parts.set(span, [[a, b]]);
    else list.push([a, b]);
  }

  if (layout.count === 0) return {spans: new Int32Array(0), parts};
  let span = lastToEnd();
  let time = endOf(span);
  seen[span] = 1;
  while (span !== TOP || time > 0) {
    const child = lastBefore(span, time);
    if (child !== undefined) {
      const end = endIn(child, span);
      if (span !== TOP) {
        add(span, end, time);
        from.set(child, Math.max(start[child]!, from.get(span) ?? start[span]!));
      }
      to.set(child, end);
      seen[child] = 1;
      time = end;
      span = child;
    } else if (span === TOP) break;
    else {
      const began = from.get(span) ?? start[span]!;
      add(span, began, time);
      time = Math.min(time, began);
      span = layout.parent[span]!;
      // A message lay in a queue from the end of who sent it until now.
      if (span !== TOP) time = Math.min(time, reach(span));
    }
  }
  return {spans: layout.order.filter((one) => parts.has(one)), parts};

  /** Of several that end together, the outermost: it waited for the others. */
  function lastToEnd(): number {
    let last = layout.order[0]!;
    for (const one of layout.order) {
      const later = endOf(one) - endOf(last);
      if (later > 0 || (later === 0 && layout.depth[one]! < layout.depth[last]!)) last = one;
    }
    return last;
  }
}
