/** A step that is slower than usual: what one trace alone does not tell. */
import type {Anatomy} from './anatomy.ts';
import {type ComparedStep, compareWithUsual, slowestBeyond} from './compare.ts';
import type {Finding} from './finding.ts';
import {stepsOf} from './steps.ts';
import type {Shape} from './usual-shape.ts';

const MILLI = 1e6;
/** A trace is slower than usual where all of these hold. Requests differ by chance: one in a hundred is among the slowest hundredth. */
const rule = {
  /** Usual traces; among fewer the slowest does not say where the usual ends. */
  traces: 30,
  /** More than typical. */
  nanos: 500 * MILLI,
  /** Times what 95 % stay under, and times the slowest that was usual. */
  timesP95: 2,
  timesMost: 1.1,
  /** Of what is more than typical, a step has this share; and it takes longer than 95 % of the usual ones do. */
  share: 0.4,
} as const;
const mostFound = 2;

/** Whether it is long enough for what is usual to matter. */
export const mayBeSlower = ({trace}: Anatomy): boolean => trace.total >= rule.nanos;

export function findSlower(anatomy: Anatomy, shape: Shape | undefined): Finding[] {
  if (shape === undefined || shape.count < rule.traces || anatomy.root < 0) return [];
  const {trace} = anatomy;
  const excess = trace.total - shape.typicalNanos;
  const p95 = shape.sortedTotals[Math.floor(shape.count * 0.95)]!;
  const most = shape.sortedTotals[shape.count - 1]!;
  if (excess < rule.nanos || trace.total < rule.timesP95 * p95 || trace.total < rule.timesMost * most) return [];
  const comparison = compareWithUsual(stepsOf(anatomy), shape, trace.spans.duration);
  if (comparison === undefined) return [];
  const {steps} = comparison;
  return slowestBeyond(comparison)
    .filter((index) => steps[index]!.excessNanos >= rule.share * excess && isLonger(steps[index]!))
    .slice(0, mostFound)
    .map((index): Finding => {
      const {service, name, here, usual, excessNanos, spans, changes} = steps[index]!;
      const isNew = changes.includes('new');
      return {
        kind: 'slower_than_usual',
        severity: 'problem',
        // Of a step that all of the usual ones have, its normal is known best.
        confidence: isNew ? 0.55 : 0.7,
        impact: Math.min(1, excessNanos / trace.total),
        spans,
        figures: {
          nanos: here!.criticalNanos,
          ...(isNew ? {} : {usualNanos: usual!.typicalCriticalNanos}),
          ...{count: here!.calls, traces: shape.count},
        },
        facts: {service, operation: name},
      };
    });
}

const isLonger = ({here, usual}: ComparedStep): boolean =>
  here !== undefined && (usual === undefined || here.nanos > usual.nanosP95);
