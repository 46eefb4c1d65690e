/**
 * Clocks that disagree, found where the spans of two hosts contradict each other, and by how much to move spans for display: as
 * Jaeger's query service adjusts them, but only for what cannot be. See docs/decisions/0047.
 */
import {CLIENT, ERROR, SERVER, type SpanColumns, type TraceColumns} from './columns.ts';
import type {TraceTree, TreeOrder} from './tree.ts';

/** Clocks that agree within this many nanoseconds agree. */
const TOLERANCE = 1_000_000;
/** A server may begin on a call that its caller has given up; not as late as this. */
const LONGEST_QUEUE = 60_000_000_000;

export interface ClockSkew {
  /** Nanoseconds to move each span by; most are 0. */
  readonly by: Float64Array;
  /** 1 where a span contradicts its parent, as sent. */
  readonly contradicts: Uint8Array;
  /** The clocks that disagree, the most wrong first. */
  readonly clocks: readonly WrongClock[];
}

export interface WrongClock {
  /** The host, or the service where the host is not known. */
  readonly name: string;
  /** The largest move of one of its spans: positive for a clock that is behind. */
  readonly by: number;
  readonly spans: number;
}

/** Undefined where nothing contradicts. Spans without a host are told apart by their service. */
export function clockSkew(
  trace: TraceColumns,
  layout: Pick<TraceTree, 'count' | 'parent'> & Pick<TreeOrder, 'order'>,
): ClockSkew | undefined {
  const {start, service, host} = trace.spans;
  const by = new Float64Array(layout.count);
  const contradicts = new Uint8Array(layout.count);
  // A number for each place, since a text a span is slow to make: hosts, then services.
  const unknown = trace.hosts.map((name) => name === '');
  const place = (span: number): number =>
    unknown[host[span]!] === false ? host[span]! : trace.hosts.length + service[span]!;
  const clocks = new Map<number, {name: string; by: number; spans: number}>();
  for (const span of layout.order) {
    const parent = layout.parent[span]!;
    if (parent < 0) continue;
    const here = place(span);
    if (here === place(parent)) by[span] = by[parent]!;
    else {
      const delta = correction(trace, span, parent, by[parent]!);
      by[span] = delta;
      if (correction(trace, span, parent, 0) !== 0) contradicts[span] = 1;
    }
    if (by[span] === 0) continue;
    const clock = clocks.get(here);
    if (clock === undefined) {
      const name = trace.hosts[host[span]!] || trace.services[service[span]!]!;
      clocks.set(here, {name, by: by[span]!, spans: 1});
    } else {
      clock.spans++;
      if (Math.abs(by[span]!) > Math.abs(clock.by)) clock.by = by[span]!;
    }
  }
  if (clocks.size === 0) return undefined;
  return {by, contradicts, clocks: [...clocks.values()].sort((a, b) => Math.abs(b.by) - Math.abs(a.by))};

  /** By how much `child` must move to be possible below its parent, which was moved by `moved` itself. */
  function correction(trace: TraceColumns, child: number, parent: number, moved: number): number {
    const {duration, kind, status} = trace.spans;
    const parentStart = start[parent]! + moved;
    const parentEnd = parentStart + duration[parent]!;
    const early = parentStart - start[child]!;
    const late = start[child]! - parentEnd;
    const answered = kind[parent] === CLIENT && kind[child] === SERVER;
    const patience = status[parent] === ERROR ? LONGEST_QUEUE : TOLERANCE;
    if (early <= TOLERANCE && !(answered && late > patience)) return 0;
    const room = duration[parent]! - duration[child]!;
    // A child that took longer than its parent starts with it; another is put in the middle: the way there as long as that back.
    return Math.round(parentStart + Math.max(0, room / 2) - start[child]!);
  }
}

/** The spans' starts moved by `skew`, from 0 on, and what they span then. */
export function moveStarts(
  {start, duration}: Pick<SpanColumns, 'start' | 'duration'>,
  {by}: ClockSkew,
): {readonly start: number[]; readonly movedStart: number; readonly duration: number} {
  const moved = start.map((from, span) => from + by[span]!);
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (let span = 0; span < moved.length; span++) {
    first = Math.min(first, moved[span]!);
    last = Math.max(last, moved[span]! + duration[span]!);
  }
  return {start: moved.map((from) => from - first), movedStart: first, duration: last - first};
}

/** The spans by start, where moving them has changed their order. */
export function byStart(start: readonly number[]): Int32Array {
  return Int32Array.from(start.keys()).sort((a, b) => start[a]! - start[b]! || a - b);
}
