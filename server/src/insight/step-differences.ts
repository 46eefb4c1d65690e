/** Which steps differ between two sets of traces: slower, more often called, failing, only in one of them; what explains most first. */
import {fisherTest, leastDifference} from './chance.ts';
import {quantile, type StepFigures} from './step-figures.ts';
import {stepKey} from './steps.ts';

/** Of one side. Times in nanoseconds, of a trace that has the step: the median. */
export interface StepSide {
  /** Traces that have the step. */
  readonly traces: number;
  readonly failedTraces: number;
  /** In which everything waited for it. */
  readonly critical: number;
  readonly self: number;
  readonly duration: number;
  readonly calls: number;
}

export type StepChange = 'slower' | 'more_calls' | 'failing' | 'only' | 'missing';

export interface StepDifference {
  readonly service: string;
  readonly operation: string;
  readonly changes: readonly StepChange[];
  readonly selected: StepSide;
  readonly baseline: StepSide;
  /** Traces of the selection that are beyond nearly all of the baseline; what these spend in it, and what is usual. */
  readonly affected: number;
  readonly affectedNanos: number;
  readonly usualNanos: number;
  readonly affectedCalls: number;
  /** Of what the traces of the selection take longer on average, the share that lies in this step; 0 where they take no longer. */
  readonly explains: number;
  /** 0 to 1: by how much the shares of traces that have the change differ at the least. */
  readonly difference: number;
  /** Indexes of traces of the selection, those that spend most in it first. */
  readonly examples: readonly number[];
}

export interface StepSet {
  readonly steps: readonly StepFigures[];
  /** Of each trace, in nanoseconds. */
  readonly durations: readonly number[];
}

const mostChance = 0.01;
const mostTold = 20;
const mostExamples = 5;
/** More than nearly all others take, and so much that it is worth a look. */
const beyond = 1.25;
const leastNanos = 1e6;
const leastWorth = 0.05;
const leastTraces = 5;

export function compareSteps(selection: StepSet, baseline: StepSet): readonly StepDifference[] {
  const [of, otherOf] = [selection.durations.length, baseline.durations.length];
  if (of === 0 || otherOf === 0) return [];
  const usual = new Map(baseline.steps.map((step) => [stepKey(step.service, step.operation), step]));
  const mine = new Map(selection.steps.map((step) => [stepKey(step.service, step.operation), step]));
  const keys = [...new Set([...mine.keys(), ...usual.keys()])];
  const longer = mean(selection.durations) - mean(baseline.durations);
  const found: StepDifference[] = [];
  for (const key of keys) {
    const difference = compareStep(mine.get(key), usual.get(key), {of, otherOf, longer, looked: 4 * keys.length});
    if (difference !== undefined) found.push(difference);
  }
  const weight = ({explains, difference, changes}: StepDifference): number =>
    Math.max(explains, changes.includes('failing') ? difference / 2 : difference / 10);
  // Of steps that fail alike the last to begin comes first: where it failed, not where that was passed on.
  return found
    .reverse()
    .sort((a, b) => weight(b) - weight(a))
    .slice(0, mostTold);
}

interface Sets {
  readonly of: number;
  readonly otherOf: number;
  /** Nanoseconds that a trace of the selection takes longer on average. */
  readonly longer: number;
  /** Tests that are made, each of which may come out by chance. */
  readonly looked: number;
}

function compareStep(
  mine: StepFigures | undefined,
  usual: StepFigures | undefined,
  {of, otherOf, longer, looked}: Sets,
): StepDifference | undefined {
  const changes: StepChange[] = [];
  let difference = 0;
  const test = (change: StepChange, count: number, otherCount: number): void => {
    if (Math.max(count, otherCount) < leastTraces) return;
    const least = leastDifference(count, of, otherCount, otherOf);
    if (least < leastWorth || fisherTest(count, of, otherCount, otherOf) * looked > mostChance) return;
    changes.push(change);
    difference = Math.max(difference, least);
  };
  const limit = beyondOf(usual?.values.critical, leastNanos);
  const slow = indexes(mine?.values.critical, (value) => value > limit);
  const slowUsually = indexes(usual?.values.critical, (value) => value > limit);
  if (mine !== undefined && usual !== undefined) {
    const callLimit = beyondOf(usual.values.calls, 1);
    const often = (calls: number): boolean => calls > callLimit;
    test('slower', slow.length, slowUsually.length);
    test('more_calls', indexes(mine.values.calls, often).length, indexes(usual.values.calls, often).length);
  }
  const [failed, failedUsually] = [mine?.failedTraces ?? 0, usual?.failedTraces ?? 0];
  if (failed / of > failedUsually / otherOf) test('failing', failed, failedUsually);
  const [traces, usualTraces] = [mine?.traces ?? 0, usual?.traces ?? 0];
  if (usualTraces === 0 || traces / of > 5 * (usualTraces / otherOf)) test('only', traces, usualTraces);
  else if (traces === 0 || usualTraces / otherOf > 5 * (traces / of)) test('missing', traces, usualTraces);
  if (changes.length === 0) return undefined;
  const excess = sum(mine?.values.critical) / of - sum(usual?.values.critical) / otherOf;
  const critical = mine?.values.critical ?? new Float64Array();
  const byTime = [...critical.keys()].sort((a, b) => critical[b]! - critical[a]!);
  const affected = changes.includes('slower') ? slow : [...critical.keys()];
  return {
    service: (mine ?? usual)!.service,
    operation: (mine ?? usual)!.operation,
    changes,
    selected: sideOf(mine),
    baseline: sideOf(usual),
    affected: affected.length,
    affectedNanos: median(Float64Array.from(affected, (at) => critical[at]!)),
    usualNanos: median(usual?.values.critical ?? new Float64Array()),
    affectedCalls: median(Float64Array.from(affected, (at) => mine?.values.calls[at] ?? 0)),
    explains: longer <= 0 ? 0 : Math.max(0, Math.min(1, excess / longer)),
    difference,
    examples: byTime.slice(0, mostExamples).map((at) => mine!.values.trace[at]!),
  };
}

/** What nearly no trace of the baseline is beyond. */
function beyondOf(values: Float64Array | undefined, atLeast: number): number {
  if (values === undefined) return atLeast;
  return Math.max(quantile(values.toSorted(), 0.95) * beyond, quantile(values.toSorted(), 0.5) + atLeast);
}

const sideOf = (step: StepFigures | undefined): StepSide => ({
  traces: step?.traces ?? 0,
  failedTraces: step?.failedTraces ?? 0,
  critical: median(step?.values.critical),
  self: median(step?.values.self),
  duration: median(step?.values.duration),
  calls: median(step?.values.calls),
});

const median = (values: Float64Array = new Float64Array()): number => quantile(values.toSorted(), 0.5);
const sum = (values: Float64Array = new Float64Array()): number => values.reduce((all, value) => all + value, 0);
const mean = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0) / values.length;

function indexes(values: Float64Array | undefined, fits: (value: number) => boolean): number[] {
  const found: number[] = [];
  for (const [at, value] of values?.entries() ?? []) if (fits(value)) found.push(at);
  return found;
}
