/** A comparison as the API tells it: spans by their ids, and no more steps than a reader can take in. */
import {
  type Anatomy,
  type ComparedStep as Compared,
  type Comparison,
  type ExplainLanguage,
  keepSteps,
  sayComparison,
} from '../insight/index.ts';
import {kindNames} from '../query/index.ts';
import type {ComparedStep, ComparedTraces} from './contract.ts';

const mostSteps = 1_000;
const mostSpans = 20;

interface Sides {
  readonly here: Anatomy;
  /** Undefined where what is usual is the other side. */
  readonly other?: Anatomy;
  readonly range?: {readonly start: bigint; readonly end: bigint};
}

export function compareResponse(
  comparison: Comparison,
  {here, other, range}: Sides,
  language: ExplainLanguage,
): ComparedTraces {
  const {totalNanos, otherNanos, restExcessNanos, usual} = comparison;
  const steps = comparison.steps.length <= mostSteps ? comparison.steps : mostTelling(comparison.steps);
  const [service, operation] = rootOf(here);
  const [otherService, otherOperation] = other === undefined ? [service, operation] : rootOf(other);
  return {
    state: 'compared',
    traceId: here.trace.traceId,
    with: other?.trace.traceId ?? 'usual',
    ...{language, service, operation, otherService, otherOperation},
    paragraph: sayComparison(comparison, language),
    durationNanos: totalNanos,
    ...{otherNanos, restExcessNanos},
    ...(usual === undefined
      ? {}
      : {
          usual: {
            ...{traces: usual.traces, p50Nanos: usual.p50, p95Nanos: usual.p95, rank: usual.rank},
            ...{start: `${range?.start ?? 0n}`, end: `${range?.end ?? 0n}`},
          },
        }),
    steps: steps.map((step) => told(step, here, other)),
    omitted: comparison.steps.length - steps.length,
  };
}

export function rootOf({trace, root}: Anatomy): readonly [service: string, operation: string] {
  const {spans, services, names} = trace;
  return root < 0 ? ['', ''] : [services[spans.service[root]!]!, names[spans.name[root]!]!];
}

/** Those that differ most; what these are below comes on top, and takes the place of the last of them. */
function mostTelling(steps: readonly Compared[]): readonly Compared[] {
  const weight = ({excessNanos, changes, here, other}: Compared): number =>
    Math.max(Math.abs(excessNanos), changes.length > 0 ? Math.abs((here?.nanos ?? 0) - (other?.nanos ?? 0)) : 0);
  const ranked = steps.map((_, index) => index).sort((a, b) => weight(steps[b]!) - weight(steps[a]!));
  const wanted = new Set<number>();
  for (const one of ranked) {
    const added: number[] = [];
    const room = mostSteps - wanted.size;
    if (room === 0) break;
    // No further than there is room: a trace may be a chain of thousands.
    for (let index = one; index >= 0 && !wanted.has(index) && added.length <= room; index = steps[index]!.parent)
      added.push(index);
    if (added.length > room) continue;
    for (const index of added) wanted.add(index);
  }
  return keepSteps(steps, (_, index) => wanted.has(index));
}

function told(step: Compared, here: Anatomy, other: Anatomy | undefined): ComparedStep {
  const {parent, depth, service, name, kind, work, changes, usual, excessNanos, matched} = step;
  const ids = (spans: readonly number[], of: Anatomy | undefined): string[] =>
    spans.slice(0, mostSpans).map((span) => of!.trace.spans.spanId[span]!);
  return {
    ...{parent, depth, service, name, kind: kindNames[kind] ?? 'unspecified', work, changes, excessNanos},
    ...(step.here === undefined ? {} : {here: step.here}),
    ...(step.other === undefined ? {} : {other: step.other}),
    ...(usual === undefined
      ? {}
      : {
          usual: {
            ...{share: usual.share, errorShare: usual.errorShare, callsP95: usual.callsP95},
            ...{nanosP05: usual.nanosP05, nanosP95: usual.nanosP95, selfNanosP95: usual.selfNanosP95},
          },
        }),
    ...(matched === undefined ? {} : {matched}),
    spans: ids(step.spans, here),
    otherSpans: ids(step.otherSpans, other),
  };
}
