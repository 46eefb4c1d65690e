/** How a trace is drawn, computed once: in which order, how deep, what is gathered. Its tree is worked out as the API does it. */
import {buildTree, ERROR, type TraceTree, type TreeOrder, walkTree} from '@weft/server/trace-shape';
import type {TraceResponse} from '../api/index.ts';
import {gatherGroups, type SiblingGroups} from './sibling-groups.ts';

export {ERROR, ORPHAN, RING} from '@weft/server/trace-shape';

export type Spans = TraceResponse['spans'];

/** `order`: siblings by start, equal ones together. */
export interface TraceLayout extends TraceTree, TreeOrder {
  /** Span → position in `order`. */
  readonly position: Int32Array;
  readonly maxDepth: number;
  /** Spans in the subtree, itself included: the subtree is `order[position .. position + size - 1]`. */
  readonly size: Int32Array;
  /** Failed spans below this one. */
  readonly errorsBelow: Int32Array;
  readonly groups: SiblingGroups;
}

/** `byStart`: the spans by start, where they do not come so. */
export function layOutTrace(spans: Spans, byStart?: Int32Array): TraceLayout {
  const tree = buildTree(spans, byStart);
  const {count, parent} = tree;
  const gathered = gatherGroups(spans, tree.firstChild, tree.children);
  const {order, depth, firstRing, firstOrphan} = walkTree(tree, gathered.children, byStart);

  const position = new Int32Array(count);
  for (let at = 0; at < count; at++) position[order[at]!] = at;

  const size = new Int32Array(count).fill(1);
  const errorsBelow = new Int32Array(count);
  let maxDepth = 0;
  for (let at = count - 1; at >= 0; at--) {
    const span = order[at]!;
    if (depth[span]! > maxDepth) maxDepth = depth[span]!;
    const up = parent[span]!;
    if (up < 0) continue;
    size[up]! += size[span]!;
    errorsBelow[up]! += errorsBelow[span]! + (spans.status[span] === ERROR ? 1 : 0);
  }

  return {
    ...tree,
    order,
    depth,
    firstRing,
    firstOrphan,
    position,
    maxDepth,
    size,
    errorsBelow,
    groups: gathered.groups(position, size),
  };
}

/** The spans from the root down to the parent of `span`. */
export function ancestors(layout: TraceLayout, span: number): number[] {
  const path: number[] = [];
  for (let up = layout.parent[span]!; up >= 0; up = layout.parent[up]!) path.unshift(up);
  return path;
}

export function hasChildren(layout: TraceLayout, span: number): boolean {
  return layout.firstChild[span + 1]! > layout.firstChild[span]!;
}
