/** Which rows of the waterfall show: folding and filtering, over a finished layout. */
import {hasChildren, type Spans, type TraceLayout} from './trace-layout.ts';

/** Stand above the spans whose parents form a ring, and above those whose parent is missing. */
export const RINGS_LABEL = -1;
export const ORPHANS_LABEL = -2;
const FIRST_GROUP = -3;

/** A row is a span, a label, or a group of equal siblings, told by the first of them. */
export const groupRow = (head: number): number => FIRST_GROUP - head;
export const isGroup = (row: number): boolean => row <= FIRST_GROUP;
/** A line of words, not to stand on. */
export const isLabel = (row: number): boolean => row < 0 && !isGroup(row);
/** The span that a row stands for: a group's first. */
export const spanOf = (row: number): number => (row >= 0 ? row : FIRST_GROUP - row);

/** The folded part, small enough for the address bar: everything from `depth` down, except the `toggled` span ids. */
export interface Folding {
  readonly depth: number | undefined;
  readonly toggled: readonly string[];
  /** Groups whose members are shown, each by the id of a member; or all. */
  readonly spread: readonly string[] | 'all';
}
export const nothingFolded: Folding = {depth: undefined, toggled: [], spread: []};

export interface Folded {
  /** 1 for each span whose children are hidden. */
  readonly below: Uint8Array;
  /** 1 for the first of each group whose members are shown. */
  readonly spread: Uint8Array;
}

export function foldedSpans(layout: TraceLayout, folding: Folding): Folded {
  const below = new Uint8Array(layout.count);
  const spread = new Uint8Array(layout.count);
  if (folding.depth !== undefined) {
    for (let span = 0; span < layout.count; span++) if (layout.depth[span]! >= folding.depth) below[span] = 1;
  }
  for (const id of folding.toggled) {
    const span = layout.indexOf.get(id);
    if (span !== undefined) below[span] = 1 - below[span]!;
  }
  if (folding.spread === 'all') spread.fill(1);
  else {
    for (const id of folding.spread) {
      const head = layout.groups.head[layout.indexOf.get(id) ?? -1] ?? -1;
      if (head >= 0) spread[head] = 1;
    }
  }
  return {below, spread};
}

/** Folds or unfolds one span. */
export function toggleFold(folding: Folding, spanId: string): Folding {
  return {...folding, toggled: toggled(folding.toggled, spanId)};
}

/** Shows the members of a group one by one, or as one row again. */
export function toggleGroup(layout: TraceLayout, spans: Spans, folding: Folding, head: number): Folding {
  const id = spans.spanId[head]!;
  if (folding.spread !== 'all') return {...folding, spread: toggled(folding.spread, id)};
  const others = layout.order.filter((span) => layout.groups.size[span]! > 0 && span !== head);
  return {...folding, spread: Array.from(others, (span) => spans.spanId[span]!)};
}

const toggled = (ids: readonly string[], id: string): readonly string[] =>
  ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id];

/** Unfolds whatever hides `span`. The same object when nothing does. */
export function reveal(layout: TraceLayout, spans: Spans, folding: Folding, span: number): Folding {
  const folded = foldedSpans(layout, folding);
  let result = folding;
  for (let at = span; at >= 0; at = layout.parent[at]!) {
    const head = layout.groups.head[at]!;
    if (head >= 0 && folded.spread[head] === 0) result = toggleGroup(layout, spans, result, head);
    if (at !== span && folded.below[at] === 1) result = toggleFold(result, spans.spanId[at]!);
  }
  return result;
}

/** 1 for each of the marked spans and all above them: what is left when only these are wanted. */
export function keptSpans(layout: TraceLayout, marks: Uint8Array): Uint8Array {
  const kept = marks.slice();
  for (let at = layout.count - 1; at >= 0; at--) {
    const span = layout.order[at]!;
    if (kept[span] === 1 && layout.parent[span]! >= 0) kept[layout.parent[span]!] = 1;
  }
  return kept;
}

export interface VisibleRows {
  /** From top to bottom. */
  readonly rows: Int32Array;
  /** How far in each stands: its depth, and one more for each group that it is a member of or stands below. */
  readonly level: Int32Array;
}

/** The rows from top to bottom. With `kept`, only those spans, and no groups: a group would hide what is looked for. */
export function visibleRows(layout: TraceLayout, folded: Folded, kept?: Uint8Array): VisibleRows {
  const rows = new Int32Array(layout.count + layout.groups.count + 2);
  const level = new Int32Array(rows.length);
  const {head, end} = layout.groups;
  const open: number[] = [];
  let length = 0;
  let labelled: number | undefined;
  for (let at = 0; at < layout.count; ) {
    const span = layout.order[at]!;
    while (open.length > 0 && at >= open.at(-1)!) open.pop();
    if (kept !== undefined && kept[span] === 0) {
      at += layout.size[span]!;
      continue;
    }
    const label = at >= layout.firstOrphan ? ORPHANS_LABEL : at >= layout.firstRing ? RINGS_LABEL : undefined;
    if (label !== undefined && label !== labelled) rows[length++] = label;
    labelled = label;
    if (kept === undefined && head[span] === span) {
      level[length] = layout.depth[span]! + open.length;
      rows[length++] = groupRow(span);
      if (folded.spread[span] === 0) {
        at = end[span]!;
        continue;
      }
      open.push(end[span]!);
    }
    level[length] = layout.depth[span]! + open.length;
    rows[length++] = span;
    at += folded.below[span] === 1 ? layout.size[span]! : 1;
  }
  return {rows: rows.slice(0, length), level: level.slice(0, length)};
}

/** The deepest depth at which some span can still be folded. */
export function foldableDepth(layout: TraceLayout): number {
  let deepest = 0;
  for (let span = 0; span < layout.count; span++) {
    if (layout.depth[span]! > deepest && hasChildren(layout, span)) deepest = layout.depth[span]!;
  }
  return deepest;
}
