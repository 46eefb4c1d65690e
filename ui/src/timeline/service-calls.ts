/** The services of one trace and who called whom in it. */
import {ERROR} from './trace-layout.ts';
import type {TraceModel} from './trace-model.ts';

export interface ServiceNode {
  readonly service: number;
  readonly spans: number;
  readonly errors: number;
  /** The fewest calls between services from a root to one of its spans. */
  readonly layer: number;
}

export interface ServiceCall {
  readonly from: number;
  readonly to: number;
  readonly calls: number;
  readonly errors: number;
  /** Durations of the spans called, added up, in nanoseconds. */
  readonly total: number;
}

type Open<T> = {-readonly [K in keyof T]: T[K]};

/** A call is a span whose parent is another service's. */
export function serviceCalls({trace, layout}: Pick<TraceModel, 'trace' | 'layout'>): {
  readonly nodes: readonly ServiceNode[];
  readonly calls: readonly ServiceCall[];
} {
  const {service, status, duration} = trace.spans;
  const nodes = new Map<number, Open<ServiceNode>>();
  const calls = new Map<string, Open<ServiceCall>>();
  const hops = new Int32Array(layout.count);
  // In drawing order a parent comes before its children.
  for (const span of layout.order) {
    const parent = layout.parent[span]!;
    const own = service[span]!;
    const crosses = parent >= 0 && service[parent] !== own;
    hops[span] = parent < 0 ? 0 : hops[parent]! + (crosses ? 1 : 0);
    const failed = status[span] === ERROR ? 1 : 0;
    const node = nodes.get(own) ?? {service: own, spans: 0, errors: 0, layer: hops[span]!};
    nodes.set(own, node);
    node.spans++;
    node.errors += failed;
    node.layer = Math.min(node.layer, hops[span]!);
    if (!crosses) continue;
    const from = service[parent]!;
    const call = calls.get(`${from} ${own}`) ?? {from, to: own, calls: 0, errors: 0, total: 0};
    calls.set(`${from} ${own}`, call);
    call.calls++;
    call.errors += failed;
    call.total += duration[span]!;
  }
  return {
    nodes: [...nodes.values()].sort((a, b) => a.layer - b.layer || b.spans - a.spans),
    calls: [...calls.values()].sort((a, b) => b.total - a.total),
  };
}
