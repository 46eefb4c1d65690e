/**
 * Did the mend work? Requests of before held against requests of after: how long they took, how many failed, what retries healed, and
 * each step. Every verdict knows what chance can do, and "too few to tell" is one of them.
 */

import type {SpanBatch} from '../model/index.ts';
import {type Anatomy, dissect} from './anatomy.ts';
import {differenceInterval, fisherTest, type Interval, quantileInterval, rankTest} from './chance.ts';
import {CONSUMER, ERROR, SERVER} from './columns.ts';
import {quantile} from './step-figures.ts';
import {alignSteps, type StepPlace, type Steps, stepsOf} from './steps.ts';
import {attributeKey} from './trace.ts';
import {type Shape, type ShapeStep, shapeOfTraces} from './usual-shape.ts';

export const mendVerdicts = ['better', 'worse', 'no_difference', 'too_few'] as const;
export type MendVerdict = (typeof mendVerdicts)[number];
export type WholeVerdict = MendVerdict | 'mixed';

/** Requests of a side under these are too few for a verdict. */
const leastRequests = 10;
/** Of a difference by chance alone: three questions are asked of each request, and one of each step. */
const mostChance = 0.05;
/** A smaller shift than this is no difference that anybody would deploy for: chance that one of after is above one of before, off one half. */
const leastShift = 0.1;
const mostSteps = 200;

/** One request: what an entry span and all below it did. */
export interface MendRequest {
  readonly traceId: string;
  readonly nanos: number;
  readonly failed: boolean;
  /** Calls that failed and were tried again, and those of them that a later attempt made good. */
  readonly retried: number;
  readonly healed: number;
  readonly steps: Steps;
}

export interface MendSide {
  readonly requests: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
  /** Within which the median lies, at 95 %. */
  readonly p50Interval: Interval;
  readonly p95Interval: Interval;
  readonly failed: number;
  /** Of requests. */
  readonly retried: number;
  readonly healed: number;
  /** The slowest, as trace ids. */
  readonly slowest: readonly string[];
}

export interface MendMeasure {
  readonly verdict: MendVerdict;
  /** How likely chance alone makes such a difference. */
  readonly p: number;
}

export interface MendStep extends StepPlace {
  readonly depth: number;
  readonly before: MendStepFigures | undefined;
  readonly after: MendStepFigures | undefined;
  /** Of what all of a request's spans of it take; `better` is less. */
  readonly verdict: MendVerdict;
}

/** Means over all requests of the side, those without the step included; quantiles over those that have it. */
export interface MendStepFigures {
  readonly share: number;
  readonly calls: number;
  readonly nanos: number;
  readonly selfNanos: number;
  readonly p50: number;
  readonly p95: number;
  readonly errorShare: number;
}

export interface Mend {
  readonly before: MendSide;
  readonly after: MendSide;
  readonly latency: MendMeasure & {
    /** The chance that a request of after takes longer than one of before. */
    readonly slower: number;
  };
  /** Requests that took longer than nine tenths of both sides: what a median does not see. */
  readonly slowShare: MendMeasure & {readonly nanos: number; readonly before: number; readonly after: number};
  readonly errors: MendMeasure & {
    /** Of the share that failed, after less before, at 95 %. */
    readonly interval: Interval;
  };
  readonly verdict: WholeVerdict;
  /** In drawing order. */
  readonly steps: readonly MendStep[];
}

export interface MendEntry {
  readonly service: string;
  /** Undefined: every operation that the service serves. */
  readonly operation: string | undefined;
  /** Of the span, or else of its resource. */
  readonly attribute?: {readonly key: string; readonly value: string};
  /** Only those that start within, both ends included; nanoseconds since 1970. */
  readonly start?: bigint;
  readonly end?: bigint;
}

/** The requests of a trace: its spans of the entry that are not below another such span. */
export function requestsOf(batch: SpanBatch, {service, operation, attribute, start, end}: MendEntry): MendRequest[] {
  const anatomy = dissect(batch);
  const {trace} = anatomy;
  const {spans, services, names, tree} = trace;
  const key = attribute && attributeKey(attribute.key);
  const inside = new Uint8Array(trace.count);
  const found: MendRequest[] = [];
  for (const span of tree.order) {
    const parent = tree.parent[span]!;
    if (parent >= 0 && inside[parent] === 1) inside[span] = 1;
    if (inside[span] === 1 || services[spans.service[span]!] !== service) continue;
    const isEntry =
      operation === undefined
        ? spans.kind[span] === SERVER || spans.kind[span] === CONSUMER || parent < 0
        : names[spans.name[span]!] === operation;
    if (!isEntry) continue;
    inside[span] = 1;
    const value = key && (trace.attribute(span, key) ?? trace.resource(span, key));
    if (attribute !== undefined && value !== attribute.value) continue;
    const began = trace.startUnixNano + BigInt(Math.round(spans.start[span]!));
    if ((start !== undefined && began < start) || (end !== undefined && began > end)) continue;
    found.push({
      traceId: trace.traceId,
      nanos: spans.duration[span]!,
      failed: spans.status[span] === ERROR,
      ...retriesBelow(anatomy, span),
      steps: stepsOf(anatomy, span),
    });
  }
  return found;
}

/** Failed calls after which an equal sibling began. */
function retriesBelow({trace}: Anatomy, top: number): {retried: number; healed: number} {
  const {tree, spans} = trace;
  let [retried, healed] = [0, 0];
  const stack = [top];
  for (let span = stack.pop(); span !== undefined; span = stack.pop()) {
    /** Of each name, the first that failed since the last that went well. */
    const open = new Map<string, {end: number; tries: number}>();
    for (let c = tree.firstChild[span]!; c < tree.firstChild[span + 1]!; c++) {
      const child = tree.children[c]!;
      stack.push(child);
      const key = `${spans.service[child]} ${spans.name[child]}`;
      const before = open.get(key);
      const isAgain = before !== undefined && spans.start[child]! >= before.end;
      if (isAgain) {
        if (before.tries === 1) retried++;
        if (spans.status[child] !== ERROR) {
          healed++;
          open.delete(key);
        } else before.tries++;
      }
      if (spans.status[child] === ERROR) {
        const end = spans.start[child]! + spans.duration[child]!;
        open.set(key, {end, tries: isAgain ? before.tries : 1});
      }
    }
  }
  return {retried, healed};
}

export function judgeMend(before: readonly MendRequest[], after: readonly MendRequest[]): Mend {
  const enough = before.length >= leastRequests && after.length >= leastRequests;
  const judged = (p: number, change: number, least: number, tests = 3): MendMeasure => ({
    p,
    verdict: !enough
      ? 'too_few'
      : p * tests < mostChance && Math.abs(change) >= least
        ? change < 0
          ? 'better'
          : 'worse'
        : 'no_difference',
  });
  const [a, b] = [before.map(({nanos}) => nanos), after.map(({nanos}) => nanos)];
  const ranks = rankTest(a, b);
  const slowFrom = quantile(Float64Array.from([...a, ...b]).sort(), 0.9);
  const [slowA, slowB] = [a, b].map((nanos) => nanos.filter((one) => one > slowFrom).length) as [number, number];
  const [failedA, failedB] = [before, after].map((side) => side.filter(({failed}) => failed).length) as [
    number,
    number,
  ];
  const latency = {...judged(ranks.p, ranks.superiority - 0.5, leastShift), slower: ranks.superiority};
  const slowShare = {
    ...judged(fisherTest(slowA, a.length, slowB, b.length), shareOf(slowB, b.length) - shareOf(slowA, a.length), 0),
    ...{nanos: slowFrom, before: shareOf(slowA, a.length), after: shareOf(slowB, b.length)},
  };
  const errors = {
    ...judged(
      fisherTest(failedA, a.length, failedB, b.length),
      shareOf(failedB, b.length) - shareOf(failedA, a.length),
      0,
    ),
    interval: differenceInterval(failedA, a.length, failedB, b.length),
  };
  const verdicts = [latency, slowShare, errors].map(({verdict}) => verdict);
  const [better, worse] = [verdicts.includes('better'), verdicts.includes('worse')];
  const verdict: WholeVerdict = !enough
    ? 'too_few'
    : better && worse
      ? 'mixed'
      : better
        ? 'better'
        : worse
          ? 'worse'
          : 'no_difference';
  return {
    ...{before: sideOf(before), after: sideOf(after), latency, slowShare, errors, verdict},
    steps: compareSteps(
      shapeOfTraces(before.map(({steps}) => steps)),
      shapeOfTraces(after.map(({steps}) => steps)),
      judged,
    ),
  };
}

const shareOf = (count: number, all: number): number => (all === 0 ? 0 : count / all);

function sideOf(requests: readonly MendRequest[]): MendSide {
  const sorted = Float64Array.from(requests, ({nanos}) => nanos).sort();
  const count = (of: (request: MendRequest) => boolean): number => requests.filter(of).length;
  return {
    requests: requests.length,
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    mean: sorted.reduce((sum, nanos) => sum + nanos, 0) / sorted.length,
    p50Interval: quantileInterval(sorted, 0.5),
    p95Interval: quantileInterval(sorted, 0.95),
    failed: count(({failed}) => failed),
    retried: count(({retried}) => retried > 0),
    healed: count(({healed}) => healed > 0),
    slowest: [...requests]
      .sort((a, b) => b.nanos - a.nanos)
      .slice(0, 3)
      .map(({traceId}) => traceId),
  };
}

type Judge = (p: number, change: number, least: number, tests: number) => MendMeasure;

function compareSteps(before: Shape, after: Shape, judge: Judge): MendStep[] {
  const pairs = alignSteps(before.steps, after.steps).slice(0, mostSteps);
  return pairs.map(({parent, depth, here, other}): MendStep => {
    const [one, two] = [before.steps[here], after.steps[other]];
    const {superiority, p} = rankTest(nanosOfAll(before, one), nanosOfAll(after, two));
    const {service, name, kind, work} = (one ?? two)!;
    return {
      ...{parent, service, name, kind, work, depth},
      before: one && stepFigures(before, one),
      after: two && stepFigures(after, two),
      verdict: judge(p, superiority - 0.5, leastShift, pairs.length).verdict,
    };
  });
}

/** What each request spent in the step, nothing where it has none. */
function nanosOfAll({count}: Shape, step: ShapeStep | undefined): number[] {
  const nanos = new Array<number>(count).fill(0);
  for (const [at, trace] of (step?.traces ?? []).entries()) nanos[trace] = step!.nanos[at]!;
  return nanos;
}

function stepFigures({count}: Shape, {traces, calls, nanos, selfNanos, errors}: ShapeStep): MendStepFigures {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / count;
  const sorted = Float64Array.from(nanos).sort();
  return {
    share: traces.length / count,
    calls: mean(calls),
    nanos: mean(nanos),
    selfNanos: mean(selfNanos),
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    errorShare: errors.filter((failed) => failed > 0).length / traces.length,
  };
}
