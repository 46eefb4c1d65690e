/** A comparison in plain words, in each of the page's languages: one paragraph that can be pasted into an incident. */
import type {Comparison} from './compare.ts';
import {slowestBeyond} from './compare.ts';
import {type ExplainLanguage, sayDuration, sayShare, shorten} from './say.ts';
import {compareEn, compareZhHans, compareZhHant} from './say-compare-texts.ts';

/** A step with its figures as texts. */
export interface ToldStep {
  readonly service: string;
  readonly operation: string;
  readonly nanos: string;
  /** Undefined where the other side has no such step. */
  readonly other: string | undefined;
  readonly excess: string;
  readonly share: string;
  readonly calls: number;
  readonly otherCalls: number;
}

export interface CompareLanguage {
  /** The duration here, the other one, and the difference without its sign; `longer` undefined where they are as long. */
  readonly usual: (told: {
    service: string;
    operation: string;
    duration: string;
    typical: string;
    p95: string;
    traces: number;
    /** Undefined where all of them took less. */
    rank: string | undefined;
    difference: string;
    longer: boolean | undefined;
  }) => string;
  readonly trace: (told: {
    service: string;
    operation: string;
    duration: string;
    other: string;
    difference: string;
    longer: boolean | undefined;
  }) => string;
  /** Where the difference comes from, the largest part first. */
  readonly parts: (steps: readonly ToldStep[], longer: boolean) => string;
  /** What no step's is: queues, and what lies between roots. */
  readonly rest: (difference: string) => string;
  readonly more: (steps: readonly ToldStep[]) => string;
  readonly added: (steps: readonly ToldStep[]) => string;
  readonly missing: (steps: readonly ToldStep[]) => string;
  readonly failed: (steps: readonly ToldStep[]) => string;
  readonly same: string;
  readonly join: string;
}

const languages: Readonly<Record<ExplainLanguage, CompareLanguage>> = {
  en: compareEn,
  'zh-Hant': compareZhHant,
  'zh-Hans': compareZhHans,
};
/** More would not be read in an incident. */
const mostNamed = 3;
/** Parts of the difference under this share are not named. */
const leastShare = 0.05;

export function sayComparison(comparison: Comparison, language: ExplainLanguage): string {
  const say = languages[language];
  const {steps, totalNanos, otherNanos, restExcessNanos, usual} = comparison;
  const difference = totalNanos - otherNanos;
  const isNoticeable = Math.abs(difference) >= Math.max(1e6, 0.05 * Math.max(totalNanos, otherNanos));
  // Between the quickest and the slowest tenth of what is usual is usual.
  const isUsual = usual !== undefined && (difference > 0 ? usual.rank < 0.9 : usual.rank > 0.1);
  const longer = isNoticeable && !isUsual ? difference > 0 : undefined;
  const told = (index: number): ToldStep => {
    const {service, name, here, other, excessNanos} = steps[index]!;
    return {
      service,
      operation: shorten(name, 120),
      nanos: sayDuration(here?.nanos ?? 0),
      other: other && sayDuration(other.nanos),
      excess: sayDuration(Math.abs(excessNanos)),
      share: sayShare(Math.abs(excessNanos / (difference || 1))),
      calls: here?.calls ?? 0,
      otherCalls: Math.round(other?.calls ?? 0),
    };
  };
  const top = steps.find(({here}) => here !== undefined) ?? steps[0];
  const durations = {
    service: top?.service ?? '',
    operation: shorten(top?.name ?? '', 120),
    duration: sayDuration(totalNanos),
    difference: sayDuration(Math.abs(difference)),
    longer,
  };
  const parts =
    longer === undefined
      ? []
      : (longer ? slowestBeyond(comparison) : quickestBeyond(comparison))
          .filter((index) => Math.abs(steps[index]!.excessNanos) >= leastShare * Math.abs(difference))
          .slice(0, mostNamed);
  /** The outermost of those that changed so: what is below them goes without saying. */
  const changed = (change: (typeof steps)[number]['changes'][number]): ToldStep[] =>
    steps
      .flatMap((step, index) =>
        step.changes.includes(change) && !(steps[step.parent]?.changes.includes(change) ?? false) ? [index] : [],
      )
      .slice(0, mostNamed)
      .map(told);
  const failed = steps.flatMap((step, index) => (step.changes.includes('failed') ? [index] : []));
  const lists: readonly (readonly [(steps: readonly ToldStep[]) => string, readonly ToldStep[]])[] = [
    [say.more, changed('more')],
    [say.added, changed('new')],
    [say.missing, changed('missing')],
    // The deepest one is where it began.
    [say.failed, failed.slice(-1).map(told)],
  ];
  const sentences = [
    usual === undefined
      ? say.trace({...durations, other: sayDuration(otherNanos)})
      : say.usual({
          ...durations,
          typical: sayDuration(usual.p50),
          p95: sayDuration(usual.p95),
          traces: usual.traces,
          rank: usual.rank === 1 ? undefined : sayShare(usual.rank),
        }),
    ...(parts.length === 0 ? [] : [say.parts(parts.map(told), longer === true)]),
    ...(longer !== undefined && restExcessNanos * Math.sign(difference) >= leastShare * Math.abs(difference)
      ? [say.rest(sayDuration(Math.abs(restExcessNanos)))]
      : []),
    ...lists.flatMap(([sentence, list]) => (list.length === 0 ? [] : [sentence(list)])),
  ];
  const isSame = longer === undefined && steps.every(({changes}) => changes.length === 0);
  return [...sentences, ...(isSame ? [say.same] : [])].join(say.join);
}

const quickestBeyond = ({steps}: Comparison): readonly number[] =>
  steps
    .map((_, index) => index)
    .filter((index) => steps[index]!.excessNanos < 0)
    .sort((a, b) => steps[a]!.excessNanos - steps[b]!.excessNanos);
