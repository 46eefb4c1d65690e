/** One trace held against another, or against what is usual: a tree of steps, each with what differs and how much of the time that is. */
import {alignSteps, type Step, type StepPlace, type Steps} from './steps.ts';
import {leastUsual, rankIn, type Shape, type ShapeStep, type UsualFigures, usualFigures} from './usual-shape.ts';

/** How a step differs here from the other side; a step may differ in several ways. */
export const stepChanges = ['slower', 'faster', 'more', 'fewer', 'new', 'missing', 'failed'] as const;
export type StepChange = (typeof stepChanges)[number];

/** Sums over the spans of a step. */
export interface StepSums {
  readonly calls: number;
  readonly nanos: number;
  readonly selfNanos: number;
  /** In which everything waited for it; on the usual side the mean of typical traces. */
  readonly criticalNanos: number;
  readonly errors: number;
}

export interface ComparedStep extends StepPlace {
  readonly depth: number;
  readonly changes: readonly StepChange[];
  /** Undefined where a side has no such step; on the usual side medians of the traces that have it. */
  readonly here: StepSums | undefined;
  readonly other: StepSums | undefined;
  readonly usual: UsualFigures | undefined;
  /** What it adds to the duration here: with those of all steps and `restExcessNanos`, the whole difference. */
  readonly excessNanos: number;
  /** Repeated spans are matched in order: how many, what these differ in duration, and what the rest takes here less there. */
  readonly matched: {readonly count: number; readonly nanos: number; readonly restNanos: number} | undefined;
  /** Of this trace, and of the other one: the first is the one that differs most, where they are matched. */
  readonly spans: readonly number[];
  readonly otherSpans: readonly number[];
}

export interface Comparison {
  readonly against: 'trace' | 'usual';
  readonly totalNanos: number;
  /** The other trace's, or the mean of typical traces. */
  readonly otherNanos: number;
  readonly restExcessNanos: number;
  /** In drawing order. */
  readonly steps: readonly ComparedStep[];
  readonly usual?: {
    readonly traces: number;
    readonly p50: number;
    readonly p95: number;
    /** The share of the traces that took less time. */
    readonly rank: number;
  };
}

/** Differences of less than both of these are what any two runs of the same code differ in. */
const leastNanos = 1e6;
const leastRatio = 1.2;
/** A step of fewer usual traces is new, of more is always there. */
const rare = 0.05;
const always = 0.95;

export function compareTraces(here: Steps, other: Steps, durationsOf: {here: Durations; other: Durations}): Comparison {
  const steps = alignSteps(here.steps, other.steps).map(({parent, depth, here: a, other: b}): ComparedStep => {
    const [one, two] = [here.steps[a], other.steps[b]];
    const matched = one === undefined || two === undefined ? undefined : matchSpans(one, two, durationsOf);
    const difference = (one?.nanos ?? 0) - (two?.nanos ?? 0);
    const changes: StepChange[] = [];
    if (two === undefined) changes.push('new');
    else if (one === undefined) changes.push('missing');
    else {
      const [now, then] = [matched!.hereNanos, matched!.otherNanos];
      if (now - then >= leastNanos && now > leastRatio * then) changes.push('slower');
      if (then - now >= leastNanos && then > leastRatio * now) changes.push('faster');
      if (one.spans.length > two.spans.length) changes.push('more');
      if (one.spans.length < two.spans.length) changes.push('fewer');
    }
    if ((one?.errors ?? 0) > (two?.errors ?? 0)) changes.push('failed');
    return {
      ...placeOf(one ?? two!, parent),
      depth,
      changes,
      here: one && figuresOf(one),
      other: two && figuresOf(two),
      usual: undefined,
      excessNanos: (one?.criticalNanos ?? 0) - (two?.criticalNanos ?? 0),
      matched: matched && {
        count: matched.count,
        nanos: matched.hereNanos - matched.otherNanos,
        restNanos: difference - (matched.hereNanos - matched.otherNanos),
      },
      spans: matched?.spans ?? one?.spans ?? [],
      otherSpans: matched?.otherSpans ?? two?.spans ?? [],
    };
  });
  return {
    against: 'trace',
    totalNanos: here.totalNanos,
    otherNanos: other.totalNanos,
    restExcessNanos: here.restNanos - other.restNanos,
    steps,
  };
}

/** Of every span, its duration. */
type Durations = readonly number[];

/** Pairs the first with the first, and so on: the pair that differs most comes first. */
function matchSpans(one: Step, two: Step, {here, other}: {here: Durations; other: Durations}) {
  const count = Math.min(one.spans.length, two.spans.length);
  let [hereNanos, otherNanos, most, mostAt] = [0, 0, -1, 0];
  for (let at = 0; at < count; at++) {
    const [now, then] = [here[one.spans[at]!]!, other[two.spans[at]!]!];
    hereNanos += now;
    otherNanos += then;
    if (Math.abs(now - then) > most) [most, mostAt] = [Math.abs(now - then), at];
  }
  const first = (spans: readonly number[]): number[] => [spans[mostAt]!, ...spans.filter((_, at) => at !== mostAt)];
  return {count, hereNanos, otherNanos, spans: first(one.spans), otherSpans: first(two.spans)};
}

/** Undefined where the shape is of too few traces to say what is usual. */
export function compareWithUsual(here: Steps, shape: Shape, durations: Durations): Comparison | undefined {
  if (shape.count < leastUsual) return undefined;
  const steps = alignSteps(here.steps, shape.steps).map(({parent, depth, here: a, other: b}): ComparedStep => {
    const [one, two] = [here.steps[a], shape.steps[b]];
    const usual = two && usualFigures(shape, two);
    return {
      ...placeOf(one ?? two!, parent),
      depth,
      changes: usualChanges(one, two, usual),
      here: one && figuresOf(one),
      other: usual && {
        calls: usual.callsP50,
        nanos: usual.nanosP50,
        selfNanos: usual.selfNanosP50,
        criticalNanos: usual.typicalCriticalNanos,
        errors: usual.errorShare,
      },
      usual,
      excessNanos: (one?.criticalNanos ?? 0) - (usual?.typicalCriticalNanos ?? 0),
      matched: undefined,
      spans: [...(one?.spans ?? [])].sort((x, y) => durations[y]! - durations[x]!),
      otherSpans: [],
    };
  });
  return {
    against: 'usual',
    totalNanos: here.totalNanos,
    otherNanos: shape.typicalNanos,
    restExcessNanos: here.restNanos - shape.typicalRestNanos,
    steps: dropUnused(steps),
    usual: {
      traces: shape.count,
      p50: shape.sortedTotals[Math.floor(shape.count / 2)]!,
      p95: shape.sortedTotals[Math.min(shape.count - 1, Math.floor(shape.count * 0.95))]!,
      rank: rankIn(shape.sortedTotals, here.totalNanos),
    },
  };
}

function usualChanges(
  here: Step | undefined,
  step: ShapeStep | undefined,
  usual: UsualFigures | undefined,
): StepChange[] {
  const changes: StepChange[] = [];
  if (here === undefined) return usual!.share >= always ? ['missing'] : [];
  if (usual === undefined || usual.share < rare) changes.push('new');
  // Of a step that few have, what is usual is not known.
  else if (step!.traces.length >= leastUsual) {
    const {nanos, spans} = here;
    if (nanos > usual.nanosP95 && nanos > leastRatio * usual.nanosP50 && nanos - usual.nanosP50 >= leastNanos) {
      changes.push('slower');
    }
    if (nanos < usual.nanosP05 && usual.nanosP50 > leastRatio * nanos && usual.nanosP50 - nanos >= leastNanos) {
      changes.push('faster');
    }
    if (spans.length > usual.callsP95) changes.push('more');
    else if (spans.length < usual.callsP50 && usual.callsP50 === usual.callsP95) changes.push('fewer');
  }
  if (here.errors > 0 && (usual?.errorShare ?? 0) < 0.5) changes.push('failed');
  return changes;
}

/** Without the steps that this trace lacks and that are not usual either. */
function dropUnused(steps: readonly ComparedStep[]): ComparedStep[] {
  return keepSteps(
    steps,
    (step) => step.here !== undefined || step.changes.length > 0 || step.usual!.typicalCriticalNanos !== 0,
  );
}

/** The steps that are wanted, with all that they are below. */
export function keepSteps(
  steps: readonly ComparedStep[],
  isWanted: (step: ComparedStep, index: number) => boolean,
): ComparedStep[] {
  const wanted = Uint8Array.from(steps, (step, index) => (isWanted(step, index) ? 1 : 0));
  for (let index = steps.length - 1; index >= 0; index--) {
    const {parent} = steps[index]!;
    if (wanted[index] === 1 && parent >= 0) wanted[parent] = 1;
  }
  const places = new Int32Array(steps.length).fill(-1);
  const kept: ComparedStep[] = [];
  for (const [index, step] of steps.entries()) {
    if (wanted[index] === 0) continue;
    const parent = step.parent < 0 ? -1 : places[step.parent]!;
    places[index] = kept.push({...step, parent}) - 1;
  }
  return kept;
}

function placeOf({service, name, kind, work}: StepPlace, parent: number): StepPlace {
  return {parent, service, name, kind, work};
}

const figuresOf = ({spans, nanos, selfNanos, criticalNanos, errors}: Step): StepSums => ({
  calls: spans.length,
  nanos,
  selfNanos,
  criticalNanos,
  errors,
});

/** The steps that add most to the duration, the most first. */
export const slowestBeyond = ({steps}: Comparison): readonly number[] =>
  steps
    .map((_, index) => index)
    .filter((index) => steps[index]!.excessNanos > 0)
    .sort((a, b) => steps[b]!.excessNanos - steps[a]!.excessNanos);
