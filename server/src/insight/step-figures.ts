/**
 * The steps of many traces without aligning their trees: for each (service, operation), how often it was called in a trace, how long it took,
 * how long it worked itself, and how often it failed. What compares two sets of traces compares these.
 */
import type {Anatomy} from './anatomy.ts';
import {stepKey, stepsOf} from './steps.ts';

/** All spans of one operation of a service in one trace together. Times in nanoseconds. */
export interface StepOfTrace {
  readonly service: string;
  readonly operation: string;
  readonly calls: number;
  readonly errors: number;
  /** In which no child was running, summed over the calls. */
  readonly self: number;
  /** Summed over the calls: more than the trace took, where they ran side by side. */
  readonly duration: number;
  /** In which everything waited for it. */
  readonly critical: number;
}

/** One entry a trace in which the step is, in every array. */
export interface StepValues {
  /** Index into the traces that were given. */
  readonly trace: Int32Array;
  readonly calls: Float64Array;
  readonly errors: Float64Array;
  readonly self: Float64Array;
  readonly duration: Float64Array;
  readonly critical: Float64Array;
}

export interface StepFigures {
  readonly service: string;
  readonly operation: string;
  /** Traces in which it is. */
  readonly traces: number;
  /** Traces in which a call of it failed. */
  readonly failedTraces: number;
  readonly values: StepValues;
}

/** Of values of traces: the traces that lack the step are not counted. */
export interface Spread {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly most: number;
}

/** Names that are new with every request would be steps of one trace each: beyond these, those of fewest traces are left out. */
const mostSteps = 2_000;
/** Steps of one trace; a trace of more has names without bound. */
const mostInTrace = 1_000;

/** The steps of the trace's tree, wherever in it they are. */
export function stepsOfTrace(anatomy: Anatomy): readonly StepOfTrace[] {
  const found = new Map<string, {-readonly [K in keyof StepOfTrace]: StepOfTrace[K]}>();
  for (const {service, name, spans, nanos, selfNanos, criticalNanos, errors} of stepsOf(anatomy).steps) {
    const key = stepKey(service, name);
    let step = found.get(key);
    if (step === undefined) {
      if (found.size >= mostInTrace) continue;
      step = {service, operation: name, calls: 0, errors: 0, self: 0, duration: 0, critical: 0};
      found.set(key, step);
    }
    step.calls += spans.length;
    step.errors += errors;
    step.self += selfNanos;
    step.duration += nanos;
    step.critical += criticalNanos;
  }
  return [...found.values()];
}

/** The steps of most traces first. */
export function stepFigures(traces: readonly (readonly StepOfTrace[])[]): readonly StepFigures[] {
  const found = new Map<string, {readonly first: StepOfTrace; readonly at: number[]; readonly steps: StepOfTrace[]}>();
  for (const [at, steps] of traces.entries()) {
    for (const step of steps) {
      const key = stepKey(step.service, step.operation);
      const one = found.get(key);
      if (one === undefined) found.set(key, {first: step, at: [at], steps: [step]});
      else {
        one.at.push(at);
        one.steps.push(step);
      }
    }
  }
  return [...found.values()]
    .sort((a, b) => b.steps.length - a.steps.length)
    .slice(0, mostSteps)
    .map(({first, at, steps}) => ({
      service: first.service,
      operation: first.operation,
      traces: steps.length,
      failedTraces: steps.filter(({errors}) => errors > 0).length,
      values: {
        trace: Int32Array.from(at),
        calls: Float64Array.from(steps, ({calls}) => calls),
        errors: Float64Array.from(steps, ({errors}) => errors),
        self: Float64Array.from(steps, ({self}) => self),
        duration: Float64Array.from(steps, ({duration}) => duration),
        critical: Float64Array.from(steps, ({critical}) => critical),
      },
    }));
}

/** All zero where there are no values. */
export function spreadOf(values: Float64Array): Spread {
  const sorted = values.toSorted();
  return {
    mean: sorted.length === 0 ? 0 : sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    most: sorted.at(-1) ?? 0,
  };
}

/** Of sorted values, between the two that it lies between. */
export function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return 0;
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
}
