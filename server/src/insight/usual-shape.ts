/** The usual shape of an operation: its traces as one tree of steps, each with how often and how long it usually is. */
import {quantile} from './step-figures.ts';
import {type StepPlace, type Steps, stepKey} from './steps.ts';

/** Traces under these are too few to say what is usual. */
export const leastUsual = 20;
/** Of the traces together; what comes beyond is left out. */
const mostShapeSteps = 20_000;

export interface ShapeStep extends StepPlace {
  /** One entry for each trace that has it, in the order of the traces. */
  readonly traces: number[];
  readonly calls: number[];
  readonly nanos: number[];
  readonly selfNanos: number[];
  readonly criticalNanos: number[];
  readonly errors: number[];
}

export interface Shape {
  readonly count: number;
  /** Of each trace. */
  readonly totals: readonly number[];
  readonly sortedTotals: Float64Array;
  readonly steps: readonly ShapeStep[];
  /** The traces of the middle half by duration: what stands for all, without the slow ones among them. */
  readonly typical: ReadonlySet<number>;
  /** Their mean, of which the means of the steps and this rest are the parts. */
  readonly typicalNanos: number;
  readonly typicalRestNanos: number;
}

export function shapeOfTraces(traces: readonly Steps[]): Shape {
  const steps: ShapeStep[] = [];
  const indexOf = new Map<string, number>();
  for (const [trace, {steps: own}] of traces.entries()) {
    const places = new Int32Array(own.length).fill(-1);
    for (const [at, step] of own.entries()) {
      const parent = step.parent < 0 ? -1 : places[step.parent]!;
      if (step.parent >= 0 && parent < 0) continue;
      const key = `${parent} ${stepKey(step.service, step.name)}`;
      let index = indexOf.get(key);
      if (index === undefined) {
        if (steps.length === mostShapeSteps) continue;
        const {service, name, kind, work} = step;
        index =
          steps.push({
            ...{parent, service, name, kind, work, traces: [], calls: [], nanos: [], selfNanos: []},
            ...{criticalNanos: [], errors: []},
          }) - 1;
        indexOf.set(key, index);
      }
      places[at] = index;
      const shape = steps[index]!;
      shape.traces.push(trace);
      shape.calls.push(step.spans.length);
      shape.nanos.push(step.nanos);
      shape.selfNanos.push(step.selfNanos);
      shape.criticalNanos.push(step.criticalNanos);
      shape.errors.push(step.errors);
    }
  }
  const totals = traces.map(({totalNanos}) => totalNanos);
  const ranked = totals.map((_, index) => index).sort((a, b) => totals[a]! - totals[b]!);
  const typical = new Set(ranked.slice(Math.floor(ranked.length / 4), Math.ceil((ranked.length * 3) / 4)));
  const mean = (of: (steps: Steps) => number): number =>
    [...typical].reduce((sum, index) => sum + of(traces[index]!), 0) / Math.max(1, typical.size);
  return {
    count: traces.length,
    totals,
    sortedTotals: Float64Array.from(totals).sort(),
    steps,
    typical,
    typicalNanos: mean(({totalNanos}) => totalNanos),
    typicalRestNanos: mean(({restNanos}) => restNanos),
  };
}

/** What a step usually is. Quantiles are over the traces that have it. */
export interface UsualFigures {
  /** Of all traces, those that have it; of its own, those in which it failed. */
  readonly share: number;
  readonly errorShare: number;
  readonly callsP50: number;
  readonly callsP95: number;
  readonly nanosP05: number;
  readonly nanosP50: number;
  readonly nanosP95: number;
  readonly selfNanosP50: number;
  readonly selfNanosP95: number;
  /** The mean over the typical traces, those without it included. */
  readonly typicalCriticalNanos: number;
}

export function usualFigures(shape: Shape, step: ShapeStep): UsualFigures {
  const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();
  const [calls, nanos, self] = [sorted(step.calls), sorted(step.nanos), sorted(step.selfNanos)];
  let critical = 0;
  for (const [at, trace] of step.traces.entries()) if (shape.typical.has(trace)) critical += step.criticalNanos[at]!;
  return {
    share: step.traces.length / Math.max(1, shape.count),
    errorShare: step.errors.filter((count) => count > 0).length / step.traces.length,
    callsP50: quantile(calls, 0.5),
    callsP95: quantile(calls, 0.95),
    nanosP05: quantile(nanos, 0.05),
    nanosP50: quantile(nanos, 0.5),
    nanosP95: quantile(nanos, 0.95),
    selfNanosP50: quantile(self, 0.5),
    selfNanosP95: quantile(self, 0.95),
    typicalCriticalNanos: critical / Math.max(1, shape.typical.size),
  };
}

/** The share of sorted values below `value`. */
export function rankIn(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return sorted.length === 0 ? 0 : low / sorted.length;
}
