/**
 * The adjustments that Jaeger's query service makes to a trace before it answers, unless asked for the raw one: it
 * tells apart spans that share an id, drops copies, warns of missing parents and of clocks that disagree. Facts:
 * `adjuster/standard.go` of Jaeger 2, whose clock skew adjustment only warns unless it is configured.
 */
import {toHex} from '../base/index.ts';
import type {SpanBatch} from '../model/index.ts';
import {hostOf} from '../query/index.ts';
import {formatGoDuration} from './jaeger-go.ts';

/** Ids and warnings of the rows of one trace, where they differ from the batch. */
export interface Adjustment {
  /** The rows to show, in their order. */
  readonly rows: readonly number[];
  readonly spanId: ReadonlyMap<number, string>;
  readonly parentSpanId: ReadonlyMap<number, string>;
  readonly warnings: ReadonlyMap<number, readonly string[]>;
}

export const unadjusted = (rows: readonly number[]): Adjustment => ({
  rows,
  spanId: new Map(),
  parentSpanId: new Map(),
  warnings: new Map(),
});

const server = 2;
const client = 3;
const noId = '0000000000000000';

/** `content` gives a text that is the same for two rows exactly when they show the same. */
export function adjust(batch: SpanBatch, rows: readonly number[], content: (row: number) => string): Adjustment {
  const {spanId, parentSpanId, kind} = batch.spans.columns;
  const id = new Map(rows.map((row) => [row, toHex(spanId.get(row))]));
  const parent = new Map(rows.map((row) => [row, toHex(parentSpanId.get(row))]));
  const changedId = new Map<number, string>();
  const changedParent = new Map<number, string>();
  const warnings = new Map<number, string[]>();
  const warn = (row: number, warning: string): void => {
    const list = warnings.get(row);
    if (list === undefined) warnings.set(row, [warning]);
    else list.push(warning);
  };

  const byId = Map.groupBy(rows, (row) => id.get(row) as string);
  const kept = withoutCopies(rows, byId, id, content);

  // Zipkin's clients give both sides of a call one id: the server's span gets its own, below the client's.
  const renamed = new Map<string, string>();
  // A parent that is not there yet keeps its id: below the renamed span, the trace would become a circle.
  const absent = new Set(parent.values());
  let last = 0n;
  for (const row of kept) {
    const shared = id.get(row) as string;
    const group = byId.get(shared) as number[];
    if (kind.get(row) !== server || group.length < 2 || !group.some((other) => kind.get(other) === client)) continue;
    let fresh: string;
    do fresh = (++last).toString(16).padStart(16, '0');
    while (byId.has(fresh) || absent.has(fresh));
    renamed.set(shared, fresh);
    changedId.set(row, fresh);
    changedParent.set(row, shared);
  }
  for (const row of kept) {
    const fresh = renamed.get(changedParent.get(row) ?? (parent.get(row) as string));
    if (fresh !== undefined && fresh !== (changedId.get(row) ?? id.get(row))) changedParent.set(row, fresh);
  }

  const idOf = (row: number): string => changedId.get(row) ?? (id.get(row) as string);
  const parentOf = (row: number): string => changedParent.get(row) ?? (parent.get(row) as string);
  warnOfClocks(batch, kept, idOf, parentOf, warn);
  return {rows: kept, spanId: changedId, parentSpanId: changedParent, warnings};
}

function withoutCopies(
  rows: readonly number[],
  byId: ReadonlyMap<string, readonly number[]>,
  id: ReadonlyMap<number, string>,
  content: (row: number) => string,
): readonly number[] {
  if (byId.size === rows.length) return rows;
  const seen = new Set<string>();
  return rows.filter((row) => {
    if ((byId.get(id.get(row) as string) as readonly number[]).length === 1) return true;
    const text = content(row);
    return !seen.has(text) && seen.add(text);
  });
}

interface Node {
  readonly row: number;
  readonly host: string;
  readonly children: Node[];
}

function warnOfClocks(
  batch: SpanBatch,
  rows: readonly number[],
  idOf: (row: number) => string,
  parentOf: (row: number) => string,
  warn: (row: number, warning: string) => void,
): void {
  const nodes = new Map<string, Node>();
  const hosts = new Map<number, string>();
  for (const row of rows) {
    if (nodes.has(idOf(row))) {
      warn(row, 'duplicate span IDs; skipping clock skew adjustment');
      continue;
    }
    const resource = batch.spans.columns.resource.get(row);
    let host = hosts.get(resource);
    if (host === undefined) hosts.set(resource, (host = hostOf(batch, resource)));
    nodes.set(idOf(row), {row, host, children: []});
  }
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const parentId = parentOf(node.row);
    const parent = nodes.get(parentId);
    if (parentId !== noId && parent !== undefined) {
      parent.children.push(node);
      continue;
    }
    if (parentId !== noId) {
      warn(node.row, `parent span ID=${parentId} is not in the trace; skipping clock skew adjustment`);
    }
    roots.push(node);
  }

  const open: {node: Node; parent: Node | undefined; host: string; delta: bigint}[] = roots.map((node) => ({
    node,
    parent: undefined,
    host: node.host,
    delta: 0n,
  }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const {node, parent} = next;
    let {host, delta} = next;
    if (parent !== undefined && (node.host !== host || node.host === '')) {
      host = node.host;
      delta = skew(batch, node.row, parent.row);
    }
    if (delta !== 0n) {
      warn(node.row, `clock skew adjustment disabled; not applying calculated delta of ${formatGoDuration(delta)}`);
    }
    for (const child of node.children) open.push({node: child, parent: node, host, delta});
  }
}

/** By how much the child would have to move to lie within its parent. */
function skew(batch: SpanBatch, child: number, parent: number): bigint {
  const {start, end} = batch.spans.columns;
  const parentStart = start.get(parent);
  const childStart = start.get(child);
  const parentDuration = end.get(parent) - parentStart;
  const childDuration = end.get(child) - childStart;
  if (childDuration > parentDuration) return childStart < parentStart ? parentStart - childStart : 0n;
  if (childStart >= parentStart && end.get(child) <= end.get(parent)) return 0n;
  return parentStart + (parentDuration - childDuration) / 2n - childStart;
}
