/** A trace summed up by service and operation. */
import type {TraceResponse} from '../api/index.ts';
import {ERROR, type TraceLayout} from './trace-layout.ts';

/** Durations in nanoseconds; `self` is what the spans worked themselves, without waits for a server. */
export interface OperationStatistics {
  readonly service: number;
  readonly name: number;
  readonly count: number;
  readonly errors: number;
  readonly total: number;
  readonly self: number;
  readonly average: number;
  readonly max: number;
  /** A span that took `max`. */
  readonly slowest: number;
}

/** One entry for each service and operation, in order of appearance. */
export function operationStatistics(trace: TraceResponse, layout: TraceLayout): OperationStatistics[] {
  const {service, name, duration, status} = trace.spans;
  const found = new Map<number, {-readonly [K in keyof OperationStatistics]: OperationStatistics[K]}>();
  for (let span = 0; span < layout.count; span++) {
    const key = service[span]! * trace.names.length + name[span]!;
    let entry = found.get(key);
    if (entry === undefined) {
      entry = {
        service: service[span]!,
        name: name[span]!,
        count: 0,
        errors: 0,
        total: 0,
        self: 0,
        average: 0,
        max: -1,
        slowest: span,
      };
      found.set(key, entry);
    }
    entry.count++;
    if (status[span] === ERROR) entry.errors++;
    entry.total += duration[span]!;
    entry.self += layout.work[span]!;
    if (duration[span]! > entry.max) {
      entry.max = duration[span]!;
      entry.slowest = span;
    }
  }
  for (const entry of found.values()) entry.average = entry.total / entry.count;
  return [...found.values()];
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
