/** Equal siblings (one parent, service, operation and kind) that are shown as one row until they are asked for. */
import {ERROR, type Spans, type TraceLayout} from './trace-layout.ts';
import type {TraceModel} from './trace-model.ts';

/** Fewer than this are shown one by one: three attempts at a payment are a story, not a crowd. */
export const GROUP_FROM = 5;

export interface SiblingGroups {
  /** Span → the first of its group, -1 where it is in none. */
  readonly head: Int32Array;
  /** First of a group → how many they are; 0 for every other span. */
  readonly size: Int32Array;
  /** First of a group → position after the last span below any of them. */
  readonly end: Int32Array;
  readonly count: number;
  /** Of the groups that have come into view, by their first: see `groupFacts`. */
  readonly facts: Map<number, GroupFacts>;
}

/** Children with the members of a group together, where the first of them stands; `children` itself stays by start. */
export function gatherGroups(spans: Spans, firstChild: Int32Array, children: Int32Array) {
  const count = firstChild.length - 1;
  const head = new Int32Array(count).fill(-1);
  const size = new Int32Array(count);
  const last = new Int32Array(count);
  const gathered = children.slice();
  const kinds = 8;
  const names = spans.name.reduce((most, name) => Math.max(most, name), 0) + 1;
  let groups = 0;
  for (let parent = 0; parent < count; parent++) {
    const from = firstChild[parent]!;
    const to = firstChild[parent + 1]!;
    if (to - from < GROUP_FROM) continue;
    const equal = new Map<number, number[]>();
    for (let c = from; c < to; c++) {
      const child = children[c]!;
      const key = (spans.service[child]! * names + spans.name[child]!) * kinds + spans.kind[child]!;
      const members = equal.get(key);
      if (members === undefined) equal.set(key, [child]);
      else members.push(child);
    }
    let at = from;
    for (let c = from; c < to; c++) {
      const child = children[c]!;
      const key = (spans.service[child]! * names + spans.name[child]!) * kinds + spans.kind[child]!;
      const members = equal.get(key)!;
      if (members.length < GROUP_FROM) {
        gathered[at++] = child;
        continue;
      }
      if (members[0] !== child) continue;
      groups++;
      size[child] = members.length;
      last[child] = members.at(-1)!;
      for (const member of members) {
        head[member] = child;
        gathered[at++] = member;
      }
    }
  }
  return {
    children: gathered,
    groups(position: Int32Array, sizeBelow: Int32Array): SiblingGroups {
      const end = new Int32Array(count);
      for (let span = 0; span < count; span++) {
        if (size[span]! > 0) end[span] = position[last[span]!]! + sizeBelow[last[span]!]!;
      }
      return {head, size, end, count: groups, facts: new Map()};
    },
  };
}

export interface GroupFacts {
  /** By start. */
  readonly members: Int32Array;
  /** Nanoseconds: of all members together, and of the longest. */
  readonly sum: number;
  readonly longest: number;
  /** From the first start to the last end, nanoseconds after the trace's start. */
  readonly from: number;
  readonly to: number;
  /** Members that failed, or below which something did. */
  readonly failed: number;
}

/** Worked out when a group comes into view, once. */
export function groupFacts({trace, layout}: TraceModel, head: number): GroupFacts {
  const known = layout.groups.facts.get(head);
  if (known !== undefined) return known;
  const facts = sumUp(trace.spans, layout, head);
  layout.groups.facts.set(head, facts);
  return facts;
}

function sumUp({start, duration, status}: Spans, layout: TraceLayout, head: number): GroupFacts {
  const parent = layout.parent[head]!;
  const members = layout.children
    .subarray(layout.firstChild[parent]!, layout.firstChild[parent + 1]!)
    .filter((child) => layout.groups.head[child] === head);
  let sum = 0;
  let longest = 0;
  let failed = 0;
  let to = 0;
  for (const member of members) {
    sum += duration[member]!;
    longest = Math.max(longest, duration[member]!);
    to = Math.max(to, start[member]! + duration[member]!);
    if (status[member] === ERROR || layout.errorsBelow[member]! > 0) failed++;
  }
  return {members, sum, longest, from: start[head]!, to, failed};
}
