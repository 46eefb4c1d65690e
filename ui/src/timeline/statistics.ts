/** A trace summed up by service and operation, by service, or by an attribute. */
import type {TraceResponse} from '../api/index.ts';
import {ERROR, type TraceLayout} from './trace-layout.ts';
import type {TraceModel} from './trace-model.ts';

/** Durations in nanoseconds of the spans of one group. */
export interface GroupStatistics {
  /** As in `groupOf`. */
  readonly group: number;
  readonly count: number;
  readonly errors: number;
  /** All durations together: what ran side by side counts each time, and what a span waited for counts in it too. */
  readonly total: number;
  /** What the spans worked themselves, without their children and without waits for a server. */
  readonly self: number;
  /** How long at least one of them ran. */
  readonly wall: number;
  readonly average: number;
  readonly max: number;
  /** A span that took `max`. */
  readonly slowest: number;
}

/** What spans are grouped by. */
export interface Grouping {
  /** Span → group. */
  readonly groupOf: Int32Array;
  readonly count: number;
}

/** One entry for each group that has a span. */
export function groupStatistics(
  {trace, layout, byStart}: Pick<TraceModel, 'trace' | 'layout' | 'byStart'>,
  {groupOf, count}: Grouping,
): GroupStatistics[] {
  const {start, duration, status} = trace.spans;
  const found: ({-readonly [K in keyof GroupStatistics]: GroupStatistics[K]} | undefined)[] = [];
  /** Up to when each group has run. */
  const reached = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  for (let at = 0; at < layout.count; at++) {
    const span = byStart?.[at] ?? at;
    const group = groupOf[span]!;
    let entry = found[group];
    if (entry === undefined) {
      entry = {group, count: 0, errors: 0, total: 0, self: 0, wall: 0, average: 0, max: -1, slowest: span};
      found[group] = entry;
    }
    const end = start[span]! + duration[span]!;
    entry.count++;
    if (status[span] === ERROR) entry.errors++;
    entry.total += duration[span]!;
    entry.self += layout.work[span]!;
    entry.wall += Math.max(0, end - Math.max(reached[group]!, start[span]!));
    if (end > reached[group]!) reached[group] = end;
    if (duration[span]! > entry.max) {
      entry.max = duration[span]!;
      entry.slowest = span;
    }
  }
  const entries = found.filter((entry) => entry !== undefined);
  for (const entry of entries) entry.average = entry.total / entry.count;
  return entries;
}

/** Groups by service and operation: `service * names + name`. */
export function byOperation({trace}: Pick<TraceModel, 'trace'>): Grouping {
  const {service, name} = trace.spans;
  const names = trace.names.length;
  return {
    groupOf: Int32Array.from(service, (one, span) => one * names + name[span]!),
    count: names * trace.services.length,
  };
}

/** Groups are the services. */
export function byService({trace}: Pick<TraceModel, 'trace'>): Grouping {
  return {groupOf: Int32Array.from(trace.spans.service), count: trace.services.length};
}

/** Groups are the values; spans that have none are the last. */
export function byValue(
  {layout}: Pick<TraceModel, 'layout'>,
  values: readonly {readonly spans: readonly string[]}[],
): Grouping {
  const groupOf = new Int32Array(layout.count).fill(values.length);
  values.forEach(({spans}, value) => {
    for (const id of spans) {
      const span = layout.indexOf.get(id);
      if (span !== undefined) groupOf[span] = value;
    }
  });
  return {groupOf, count: values.length + 1};
}

/** Work and spans of each service of the trace, most work first. */
export function serviceShares(trace: TraceResponse, layout: TraceLayout) {
  const shares = trace.services.map((name, service) => ({name, service, spans: 0, errors: 0, self: 0}));
  for (let span = 0; span < layout.count; span++) {
    const share = shares[trace.spans.service[span]!]!;
    share.spans++;
    share.self += layout.work[span]!;
    if (trace.spans.status[span] === ERROR) share.errors++;
  }
  return shares.sort((a, b) => b.self - a.self);
}
