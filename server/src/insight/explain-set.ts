/**
 * Why the traces of a selection are slow or fail, held against others: each trace is explained by itself, what was found in many of them is
 * told once, and beside it what they share and which of their steps differ.
 */
import type {SpanBatch} from '../model/index.ts';
import {type Anatomy, dissect} from './anatomy.ts';
import {leastDifference} from './chance.ts';
import {compareShares, type IsImplied, type Shares} from './compare-shares.ts';
import {type Explanation, explainAnatomy} from './explain.ts';
import type {Finding} from './finding.ts';
import {type Period, periodOf} from './period.ts';
import {compareSteps, type StepDifference} from './step-differences.ts';
import {quantile, type StepOfTrace, stepFigures, stepsOfTrace} from './step-figures.ts';
import {stepKey} from './steps.ts';
import {type Side, TraceFeatures} from './trace-features.ts';

/** One side, of the traces that were looked at. Times in nanoseconds. */
export interface SideFigures {
  readonly traces: number;
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  /** Zero where there are no traces. */
  readonly shortest: number;
  readonly longest: number;
  readonly spans: number;
}

/** What was found in several traces. */
export interface SetFinding {
  /** As it is in a trace in the middle of them. */
  readonly typical: Finding;
  readonly explanation: Explanation;
  /** Traces of the selection, and of the baseline, in which it was found. */
  readonly traces: number;
  readonly baseline: number;
  /** Of the trace's duration that it explains, the mean. */
  readonly impact: number;
  /** 0 to 1: of each finding by itself, and less where others have it as often. */
  readonly confidence: number;
  readonly nanos: {readonly p50: number; readonly most: number} | undefined;
  /** Of errors that come back after the same time. */
  readonly period: Period | undefined;
  /** Ids of traces, the worst first. */
  readonly examples: readonly string[];
}

export interface SetExplanation {
  readonly selection: SideFigures;
  readonly baseline: SideFigures;
  readonly shares: Shares;
  readonly steps: readonly StepDifference[];
  readonly findings: readonly SetFinding[];
  /** Ids of the traces of the selection, as steps count them. */
  readonly traceIds: readonly string[];
  /** The longest traces of the selection first. */
  readonly examples: readonly string[];
}

const mostFindings = 10;
const mostExamples = 5;

interface Found {
  readonly finding: Finding;
  readonly explanation: Explanation;
  readonly trace: number;
}

/** Takes traces one by one, and keeps of each what is compared. */
export class SetReader {
  private readonly features = new TraceFeatures();
  private readonly steps: [(readonly StepOfTrace[])[], (readonly StepOfTrace[])[]] = [[], []];
  private readonly durations: [number[], number[]] = [[], []];
  private readonly ids: [string[], string[]] = [[], []];
  private readonly roots = new Map<string, {readonly service: string; readonly operation: string; traces: number}>();
  private readonly starts: bigint[] = [];
  private readonly failed: [number, number] = [0, 0];
  private readonly spans: [number, number] = [0, 0];
  private readonly found: [Map<string, Found[]>, Map<string, Found[]>] = [new Map(), new Map()];

  /**
   * `batch` has all spans of one trace, and is read until `explain` is called. A trace that does not begin with the `operation` is not
   * taken. Tells whether it was.
   */
  add(side: Side, batch: SpanBatch, operation?: {readonly service: string; readonly operation: string}): boolean {
    const anatomy = dissect(batch);
    if (anatomy.root < 0 || (operation !== undefined && keyOf(rootOf(anatomy)) !== keyOf(operation))) return false;
    this.features.add(side, batch, anatomy);
    if (side === 0) this.noteRoot(rootOf(anatomy));
    const trace = this.durations[side].length;
    this.steps[side].push(stepsOfTrace(anatomy));
    this.durations[side].push(anatomy.trace.total);
    this.ids[side].push(anatomy.trace.traceId);
    this.spans[side] += anatomy.trace.count;
    if (side === 0) this.starts.push(anatomy.trace.startUnixNano);
    const explanation = explainAnatomy(anatomy);
    if (explanation.failed) this.failed[side]++;
    const seen = new Set<string>();
    for (const finding of explanation.findings) {
      const key = findingKey(finding);
      if (seen.has(key)) continue;
      seen.add(key);
      const list = this.found[side].get(key);
      if (list === undefined) this.found[side].set(key, [{finding, explanation, trace}]);
      else list.push({finding, explanation, trace});
    }
    return true;
  }

  /** What most traces of the selection begin with, and the share of them that do. */
  root(): {readonly service: string; readonly operation: string; readonly share: number} | undefined {
    const [most] = [...this.roots.values()].sort((a, b) => b.traces - a.traces);
    return most && {service: most.service, operation: most.operation, share: most.traces / this.durations[0].length};
  }

  explain(isImplied: IsImplied): SetExplanation {
    const [selected, usual] = this.durations;
    return {
      selection: this.figures(0),
      baseline: this.figures(1),
      shares: compareShares(this.features, isImplied),
      steps: compareSteps(
        {steps: stepFigures(this.steps[0]), durations: selected},
        {steps: stepFigures(this.steps[1]), durations: usual},
      ),
      findings: this.findings(),
      traceIds: this.ids[0],
      examples: this.worst([...selected.keys()], (trace) => selected[trace]!),
    };
  }

  private noteRoot(root: {readonly service: string; readonly operation: string}): void {
    const one = this.roots.get(keyOf(root));
    if (one === undefined) this.roots.set(keyOf(root), {...root, traces: 1});
    else one.traces++;
  }

  private figures(side: Side): SideFigures {
    const sorted = Float64Array.from(this.durations[side]).sort();
    return {
      traces: sorted.length,
      failed: this.failed[side],
      p50: quantile(sorted, 0.5),
      p95: quantile(sorted, 0.95),
      shortest: sorted[0] ?? 0,
      longest: sorted.at(-1) ?? 0,
      spans: this.spans[side],
    };
  }

  private findings(): SetFinding[] {
    const [of, otherOf] = [this.durations[0].length, this.durations[1].length];
    const ranked = [...this.found[0]].map(([key, list]) => {
      const others = this.found[1].get(key)?.length ?? 0;
      const share = list.length / of;
      const otherShare = otherOf === 0 ? 0 : others / otherOf;
      const mean = (value: (finding: Finding) => number): number =>
        list.reduce((sum, {finding}) => sum + value(finding), 0) / list.length;
      // What others have as often is no reason, and a few traces are no proof.
      const telling = otherOf === 0 ? 1 : Math.max(0, share - otherShare) / share;
      const sure = otherOf === 0 ? 0 : leastDifference(list.length, of, others, otherOf) / Math.max(share, 1e-9);
      const impact = mean((finding) => finding.impact);
      const confidence = mean((finding) => finding.confidence) * telling * (0.6 + 0.4 * Math.min(1, sure));
      const isProblem = list[0]?.finding.severity === 'problem';
      return {key, list, others, impact, confidence, weight: share * telling * (isProblem ? 0.1 + impact : 0.02)};
    });
    return ranked
      .filter(({confidence, list}) => confidence > 0.05 && (list.length > 1 || of === 1))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, mostFindings)
      .map(({list, others, impact, confidence}) => this.told(list, others, impact, confidence));
  }

  private told(list: readonly Found[], baseline: number, impact: number, confidence: number): SetFinding {
    const size = ({finding}: Found): number =>
      finding.figures.nanos ?? finding.figures.longestNanos ?? finding.figures.count ?? 0;
    const bySize = [...list].sort((a, b) => size(a) - size(b));
    const {finding, explanation} = bySize[Math.floor(bySize.length / 2)]!;
    const nanos = Float64Array.from(list.flatMap((one) => one.finding.figures.nanos ?? [])).sort();
    const isError = finding.kind === 'error' || finding.kind === 'healed_error' || finding.kind === 'handled_error';
    return {
      typical: finding,
      explanation,
      traces: list.length,
      baseline,
      impact,
      confidence,
      nanos: nanos.length === 0 ? undefined : {p50: quantile(nanos, 0.5), most: nanos.at(-1)!},
      period: isError ? this.period(list) : undefined,
      examples: this.worst(
        bySize.map(({trace}) => trace),
        (trace) => this.durations[0][trace]!,
      ),
    };
  }

  /** Of the moments in which the failing spans began, after the earliest trace. */
  private period(list: readonly Found[]): Period | undefined {
    const first = this.starts.reduce((least, start) => (start < least ? start : least), this.starts[0] ?? 0n);
    const moments = list.map(({finding, explanation, trace}) => {
      const span = finding.spans[0];
      return (
        Number(this.starts[trace]! - first) + (span === undefined ? 0 : explanation.anatomy.trace.spans.start[span]!)
      );
    });
    return periodOf(moments);
  }

  private worst(traces: readonly number[], by: (trace: number) => number): string[] {
    return [...traces]
      .sort((a, b) => by(b) - by(a))
      .slice(0, mostExamples)
      .map((trace) => this.ids[0][trace]!);
  }
}

const keyOf = ({service, operation}: {readonly service: string; readonly operation: string}): string =>
  stepKey(service, operation);

const rootOf = ({trace: {services, names, spans}, root}: Anatomy) => ({
  service: services[spans.service[root]!]!,
  operation: names[spans.name[root]!]!,
});

/** What is found again in another trace is the same where it happened at the same place. */
const findingKey = ({kind, facts}: Finding): string =>
  [kind, facts.error ?? '', facts.service ?? '', kind === 'unbounded_name' ? '' : (facts.operation ?? '')].join('\n');
