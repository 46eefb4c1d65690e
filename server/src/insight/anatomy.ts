/** Everything about a trace that the findings are made of, worked out once. */

import type {SpanBatch} from '../model/index.ts';
import {ERROR, SERVER} from './columns.ts';
import {type CriticalPath, criticalPath} from './critical-path.ts';
import {readTrace, type Trace} from './trace.ts';
import {callProtocols, classifyWork, messagingSystem, protocolOf, type Work, type WorkKind, workKinds} from './work.ts';

export interface Anatomy {
  readonly trace: Trace;
  readonly work: Work;
  readonly path: CriticalPath;
  /** Of each span, nanoseconds in which everything waited for it. */
  readonly critical: Float64Array;
  /** The span that the trace is named by: the first true root, else the first orphan; -1 in an empty trace. */
  readonly root: number;
  /** Failed spans below each span. */
  readonly errorsBelow: Int32Array;
  /** The server or consumer span that a span works for, itself included; -1 for none. */
  readonly entry: Int32Array;
}

export const dissect = (batch: SpanBatch): Anatomy => dissectTrace(readTrace(batch));

export function dissectTrace(trace: Trace): Anatomy {
  const {count, spans, tree} = trace;
  const path = criticalPath(spans, tree);
  const critical = new Float64Array(count);
  for (const [span, parts] of path.parts) for (const [from, to] of parts) critical[span]! += to - from;
  const errorsBelow = new Int32Array(count);
  for (let at = count - 1; at >= 0; at--) {
    const span = tree.order[at]!;
    const parent = tree.parent[span]!;
    if (parent >= 0) errorsBelow[parent]! += errorsBelow[span]! + (spans.status[span] === ERROR ? 1 : 0);
  }
  const entry = new Int32Array(count).fill(-1);
  for (const span of tree.order) {
    const parent = tree.parent[span]!;
    const isEntry = spans.kind[span] === SERVER || spans.kind[span] === 5 || parent < 0;
    entry[span] = isEntry ? span : entry[parent]!;
  }
  return {trace, work: classifyWork(trace), path, critical, root: tree.order[0] ?? -1, errorsBelow, entry};
}

export const failedAtRoot = ({trace, root}: Anatomy): boolean => root >= 0 && trace.spans.status[root] === ERROR;

export interface Share {
  readonly name: string;
  readonly nanos: number;
  /** Of the critical path. */
  readonly share: number;
}

export interface Breakdown {
  /** Where the time of the critical path went: longest first. */
  readonly kinds: readonly (Share & {readonly kind: WorkKind})[];
  readonly services: readonly Share[];
  readonly operations: readonly (Share & {readonly service: string})[];
  /** Calls by protocol (messaging by its system), the most frequent first. */
  readonly calls: readonly {readonly name: string; readonly count: number}[];
  /** The longest step of what the request did, once there was more than one. */
  readonly slowestStep: number | undefined;
}

const mostRows = 10;

export function breakDown(anatomy: Anatomy): Breakdown {
  const {trace, critical, work} = anatomy;
  const {spans, services, names} = trace;
  const byKind = new Float64Array(workKinds.length);
  const byService = new Float64Array(services.length);
  const byOperation = new Map<number, number>();
  let sum = 0;
  for (let span = 0; span < trace.count; span++) {
    const nanos = critical[span]!;
    if (nanos === 0) continue;
    sum += nanos;
    byKind[workKinds.indexOf(work.kinds[span]!)]! += nanos;
    byService[spans.service[span]!]! += nanos;
    const operation = spans.service[span]! * names.length + spans.name[span]!;
    byOperation.set(operation, (byOperation.get(operation) ?? 0) + nanos);
  }
  const share = (name: string, nanos: number): Share => ({name, nanos, share: sum === 0 ? 0 : nanos / sum});
  const ranked = <T extends Share>(rows: readonly T[]): T[] =>
    rows
      .filter(({nanos}) => nanos > 0)
      .sort((a, b) => b.nanos - a.nanos)
      .slice(0, mostRows);
  return {
    kinds: ranked(workKinds.map((kind, index) => ({kind, ...share(kind, byKind[index]!)}))),
    services: ranked(services.map((name, index) => share(name, byService[index]!))),
    operations: ranked(
      [...byOperation].map(([key, nanos]) => ({
        service: services[Math.floor(key / names.length)]!,
        ...share(names[key % names.length]!, nanos),
      })),
    ),
    calls: countCalls(anatomy),
    slowestStep: slowestStep(anatomy),
  };
}

function countCalls({trace, work}: Anatomy): Breakdown['calls'] {
  const counts = new Map<string, number>();
  for (let span = 0; span < trace.count; span++) {
    const protocol = protocolOf(trace, work, span);
    if (protocol === undefined) continue;
    const name = protocol === 'messaging' ? messagingSystem(trace, span) || protocol : protocol;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const rank = (name: string): number => {
    const at = (callProtocols as readonly string[]).indexOf(name);
    return at < 0 ? callProtocols.indexOf('messaging') : at;
  };
  return [...counts].map(([name, count]) => ({name, count})).sort((a, b) => rank(a.name) - rank(b.name));
}

/** A step that takes this share of what it is part of is the whole of it under another name: the steps below it are meant. */
const nearlyAll = 0.9;

/** Down from the root through spans that are nearly all of their parent; of the children of the one that forks, the longest. */
function slowestStep({trace, root}: Anatomy): number | undefined {
  if (root < 0) return undefined;
  const {tree, spans} = trace;
  let span = root;
  for (;;) {
    let longest = -1;
    for (let c = tree.firstChild[span]!; c < tree.firstChild[span + 1]!; c++) {
      const child = tree.children[c]!;
      if (longest < 0 || spans.duration[child]! > spans.duration[longest]!) longest = child;
    }
    if (longest < 0) return span === root ? undefined : span;
    if (spans.duration[longest]! < nearlyAll * spans.duration[span]!) return longest;
    span = longest;
  }
}
