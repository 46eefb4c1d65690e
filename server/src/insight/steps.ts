/**
 * A trace as steps: spans of the same service and operation below the same path are one step, however often they come. That is the
 * form in which traces can be held against each other, since no two have the same ids.
 */
import type {Anatomy} from './anatomy.ts';
import {ERROR} from './columns.ts';
import type {WorkKind} from './work.ts';

/** What steps are told apart by. */
export interface StepPlace {
  /** Index of the step that it is below, always before it; -1 at the top. */
  readonly parent: number;
  readonly service: string;
  readonly name: string;
  /** Of its first span, as OTLP counts kinds. */
  readonly kind: number;
  readonly work: WorkKind;
}

export interface Step extends StepPlace {
  /** In drawing order: repeated siblings are compared by their place in it. */
  readonly spans: number[];
  /** Sums over its spans, in nanoseconds. */
  nanos: number;
  selfNanos: number;
  /** In which everything waited for it. Of all steps and the trace's `rest` this adds up to the duration. */
  criticalNanos: number;
  errors: number;
}

export interface Steps {
  readonly steps: readonly Step[];
  readonly totalNanos: number;
  /** Of the total, what is no step's on the critical path: messages in a queue, roots that are apart. */
  readonly restNanos: number;
}

/** Of the whole trace, or of what is below one span. */
export function stepsOf(anatomy: Anatomy, top = anatomy.root): Steps {
  const {trace, critical, work, root} = anatomy;
  const {tree, spans, services, names} = trace;
  const steps: Step[] = [];
  const indexOf = new Map<string, number>();
  const stepOf = new Int32Array(trace.count).fill(-1);
  const shapes = names.map(nameShape);
  let criticalNanos = 0;
  for (const span of spansBelow(anatomy, top)) {
    const parent = span === top || tree.parent[span]! < 0 ? -1 : stepOf[tree.parent[span]!]!;
    const key = `${parent} ${spans.service[span]} ${shapes[spans.name[span]!]}`;
    let index = indexOf.get(key);
    if (index === undefined) {
      index = steps.length;
      indexOf.set(key, index);
      steps.push({
        parent,
        service: services[spans.service[span]!]!,
        name: names[spans.name[span]!]!,
        kind: spans.kind[span]!,
        work: work.kinds[span]!,
        spans: [],
        ...{nanos: 0, selfNanos: 0, criticalNanos: 0, errors: 0},
      });
    }
    stepOf[span] = index;
    const step = steps[index]!;
    step.spans.push(span);
    step.nanos += spans.duration[span]!;
    step.selfNanos += tree.self[span]!;
    step.criticalNanos += critical[span]!;
    if (spans.status[span] === ERROR) step.errors++;
    criticalNanos += critical[span]!;
  }
  const totalNanos = top === root ? trace.total : (spans.duration[top] ?? 0);
  return {steps, totalNanos, restNanos: totalNanos - criticalNanos};
}

/** In drawing order. The root stands for all roots. */
function* spansBelow({trace, root}: Anatomy, top: number): Generator<number> {
  const {order, depth} = trace.tree;
  if (top === root) return yield* order;
  const at = order.indexOf(top);
  if (at < 0) return;
  yield top;
  for (let next = at + 1; next < order.length && depth[order[next]!]! > depth[top]!; next++) yield order[next]!;
}

/** Ids and numbers in a name do not make it another step. */
export const nameShape = (name: string): string =>
  name
    .slice(0, 500)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '?')
    .replace(/\b(?=\w*\d)[0-9a-f]{8,}\b/gi, '?')
    .replace(/\d{2,}|\b\d+\b/g, '?');

/** Tells one step from another; services have no line breaks in their names. */
export const stepKey = (service: string, name: string): string => `${service}\n${nameShape(name)}`;

/** A place in either of two trees of steps; -1 where one has no such step. */
export interface AlignedStep {
  /** Index of the pair that it is below, always before it; -1 at the top. */
  readonly parent: number;
  readonly depth: number;
  readonly here: number;
  readonly other: number;
}

/**
 * Two trees of steps as one, in drawing order. At the top, what has no partner of its name is paired by its kind: a root that was
 * renamed is still the root.
 */
export function alignSteps(here: readonly StepPlace[], other: readonly StepPlace[]): AlignedStep[] {
  const [below, otherBelow] = [childrenOf(here), childrenOf(other)];
  const pairs: AlignedStep[] = [];
  const stack: AlignedStep[] = [];
  const pushBelow = (parent: number, depth: number, a: number, b: number): void => {
    const found = pairUp(here, other, below.get(a) ?? none, otherBelow.get(b) ?? none, parent < 0);
    for (const [left, right] of found.reverse()) stack.push({parent, depth, here: left, other: right});
  };
  pushBelow(-1, 0, -1, -1);
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const index = pairs.push(next) - 1;
    pushBelow(index, next.depth + 1, next.here < 0 ? nowhere : next.here, next.other < 0 ? nowhere : next.other);
  }
  return pairs;
}

const keyOf = ({service, name}: StepPlace): string => stepKey(service, name);

/** -1 is the top. */
const nowhere = -2;
const none: readonly number[] = [];

function childrenOf(steps: readonly StepPlace[]): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const [index, {parent}] of steps.entries()) {
    const list = children.get(parent);
    if (list === undefined) children.set(parent, [index]);
    else list.push(index);
  }
  return children;
}

/** In the order of `left`; what only `right` has follows the one that it follows there. */
function pairUp(
  here: readonly StepPlace[],
  other: readonly StepPlace[],
  left: readonly number[],
  right: readonly number[],
  atTop: boolean,
): [number, number][] {
  const free = new Map(right.map((index) => [keyOf(other[index]!), index]));
  const pairs = left.map((index): [number, number] => {
    const key = keyOf(here[index]!);
    const found = free.get(key) ?? -1;
    free.delete(key);
    return [index, found];
  });
  if (atTop) {
    for (const pair of pairs) {
      if (pair[1] >= 0) continue;
      const renamed = [...free].find(([, index]) => other[index]!.kind === here[pair[0]]!.kind);
      if (renamed === undefined) continue;
      pair[1] = renamed[1];
      free.delete(renamed[0]);
    }
  }
  if (free.size === 0) return pairs;
  const only = new Set(free.values());
  const after = new Map<number, [number, number][]>();
  let last = -1;
  for (const index of right) {
    if (!only.has(index)) last = index;
    else after.set(last, [...(after.get(last) ?? []), [-1, index]]);
  }
  return [
    ...(after.get(-1) ?? []),
    ...pairs.flatMap((pair) => [pair, ...(pair[1] < 0 ? [] : (after.get(pair[1]) ?? []))]),
  ];
}
