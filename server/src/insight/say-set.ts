/** The explanation of a selection in plain words, in each of the page's languages: one paragraph that can be pasted into an incident. */
import type {SharedFeature} from './compare-shares.ts';
import type {SetExplanation, SetFinding} from './explain-set.ts';
import {type ExplainLanguage, sayDuration, sayFinding, sayShare, shorten} from './say.ts';
import {setEn} from './say-set-en.ts';
import {setZhHans} from './say-set-zh-hans.ts';
import {setZhHant} from './say-set-zh-hant.ts';
import type {StepChange, StepDifference} from './step-differences.ts';

/** How many traces there are on each side; undefined where that is not known. */
export interface Totals {
  readonly selected: number | undefined;
  readonly baseline: number | undefined;
}

export interface ToldStep {
  readonly service: string;
  readonly operation: string;
  readonly share: string;
  readonly otherShare: string;
  readonly nanos: string;
  readonly usual: string;
  readonly calls: number;
  readonly usualCalls: number;
  /** Undefined where it explains next to nothing. */
  readonly explains: string | undefined;
}

export interface FewTraces {
  /** One or two. */
  readonly took: readonly string[];
  readonly failed: number;
}

export interface SetLanguage {
  readonly headline: (told: {
    /** How many traces; of a sample, and perhaps more. */
    traces: string;
    others: string | undefined;
    p50: string;
    otherP50: string;
    failed: string;
    otherFailed: string;
    /** Of one trace or two, which have no half and no share. */
    few: FewTraces | undefined;
  }) => string;
  /** That not all were looked at. */
  readonly sampled: (traces: number, others: number | undefined) => string;
  readonly finding: (told: {
    traces: number;
    of: number;
    share: string;
    otherShare: string | undefined;
    sentence: string;
  }) => string;
  readonly period: (told: {period: string; times: number}) => string;
  readonly more: (told: {names: readonly string[]; share: string; otherShare: string}) => string;
  readonly less: (told: {names: readonly string[]; share: string; otherShare: string}) => string;
  readonly steps: Readonly<Record<StepChange, (step: ToldStep) => string>>;
  readonly names: {
    readonly service: (service: string) => string;
    readonly operation: (service: string, operation: string) => string;
    readonly failed: (service: string, operation: string) => string;
    readonly root: (service: string, operation: string) => string;
    readonly has: (key: string) => string;
    readonly duration: string;
    readonly spans: string;
  };
  readonly disproveFeature: (name: string) => string;
  readonly check: (text: string) => string;
  readonly nothing: string;
  readonly none: string;
  readonly noBaseline: string;
  readonly join: string;
}

const languages: Readonly<Record<ExplainLanguage, SetLanguage>> = {
  en: setEn,
  'zh-Hant': setZhHant,
  'zh-Hans': setZhHans,
};

const mostFindings = 2;
const mostFeatures = 2;
const mostSteps = 1;

export function saySetParagraph(set: SetExplanation, totals: Totals, language: ExplainLanguage): string {
  const say = languages[language];
  const {selection, baseline, shares, steps, findings} = set;
  if (selection.traces === 0) return say.none;
  const isCompared = baseline.traces > 0;
  const told = findings.slice(0, mostFindings);
  const open = shares.features.filter(({implied}) => !implied);
  // That something is missing is the other side of something else, where there is such.
  const present = open.filter(({direction}) => direction === 'more');
  const features = (present.length === 0 ? open : present).slice(0, mostFeatures);
  // Where the error came from is told by what was found.
  const isTold = ({changes}: StepDifference): boolean =>
    changes[0] === 'failing' && told.some(({typical}) => typical.facts.error !== undefined);
  const differing = steps.filter((step) => !isTold(step)).slice(0, mostSteps);
  const isSample =
    isMore(totals.selected, selection.traces) || (isCompared && isMore(totals.baseline, baseline.traces));
  const disprove =
    told[0] === undefined
      ? features[0] && say.disproveFeature(sayFeature(features[0], language))
      : sayFinding(told[0].explanation, told[0].typical, language).disprove;
  return [
    say.headline({
      traces: counted(totals.selected, selection.traces),
      others: isCompared ? counted(totals.baseline, baseline.traces) : undefined,
      p50: sayDuration(selection.p50),
      otherP50: sayDuration(baseline.p50),
      failed: sayShare(selection.failed / selection.traces),
      otherFailed: sayShare(isCompared ? baseline.failed / baseline.traces : 0),
      few: fewOf(set, totals),
    }),
    ...(isSample ? [say.sampled(selection.traces, isCompared ? baseline.traces : undefined)] : []),
    ...told.flatMap((finding) => sayFindings(finding, set, language)),
    ...features.map((feature) => sayShared(feature, set, language)),
    ...differing.map((step) => sayStep(step, set, language)),
    ...(isCompared ? [] : [say.noBaseline]),
    ...(told.length + features.length + differing.length === 0 && isCompared ? [say.nothing] : []),
    ...(disprove === undefined ? [] : [say.check(disprove)]),
  ].join(say.join);
}

function fewOf({selection}: SetExplanation, {selected}: Totals): FewTraces | undefined {
  const {traces, shortest, longest, failed} = selection;
  if (traces > 2 || isMore(selected, traces)) return undefined;
  return {took: (traces === 1 ? [longest] : [shortest, longest]).map(sayDuration), failed};
}

const isMore = (total: number | undefined, looked: number): boolean => total === undefined || total > looked;
const counted = (total: number | undefined, looked: number): string =>
  total === undefined ? `${looked}+` : total.toLocaleString('en');

function sayFindings(finding: SetFinding, {selection, baseline}: SetExplanation, language: ExplainLanguage): string[] {
  const say = languages[language];
  return [
    say.finding({
      traces: finding.traces,
      of: selection.traces,
      share: sayShare(finding.traces / selection.traces),
      otherShare: baseline.traces === 0 ? undefined : sayShare(finding.baseline / baseline.traces),
      sentence: sayFinding(finding.explanation, finding.typical, language).sentence,
    }),
    ...(finding.period === undefined ? [] : [sayPeriod(finding.period, language)]),
  ];
}

/** Seconds that are nearly whole ones are told so: a period is measured, and not as exact as it is written. */
export function sayPeriod({nanos, times}: NonNullable<SetFinding['period']>, language: ExplainLanguage): string {
  const seconds = Math.round(nanos / 1e9);
  return languages[language].period({period: sayDuration(seconds >= 10 ? seconds * 1e9 : nanos), times});
}

export function sayShared(feature: SharedFeature, {shares}: SetExplanation, language: ExplainLanguage): string {
  const say = languages[language];
  const names = [feature, ...feature.twins.slice(0, 3)].map((one) => sayFeature(one, language));
  return say[feature.direction]({
    names,
    share: sayShare(feature.selected / shares.selected),
    otherShare: sayShare(feature.baseline / shares.baseline),
  });
}

/** `http.route=/cart`, `cart.items ≥ 40`, `payment "charge card"`. */
export function sayFeature(
  {of, key, value, range}: Pick<SharedFeature, 'of' | 'key' | 'value' | 'range'>,
  language: ExplainLanguage,
): string {
  const {names} = languages[language];
  const text = shorten(value ?? '', 120);
  if (range !== undefined) {
    const isNanos = of === 'trace' && key === 'duration';
    const name = of !== 'trace' ? key : key === 'duration' ? names.duration : names.spans;
    const edge = range.from ?? range.below ?? 0;
    return `${name} ${range.from === undefined ? '<' : '≥'} ${isNanos ? sayDuration(edge) : edge}`;
  }
  switch (of) {
    case 'service':
      return names.service(text);
    case 'operation':
      return names.operation(key, text);
    case 'failed':
      return names.failed(key, text);
    case 'trace':
      return names.root(key, text);
    case 'kind':
      return `kind=${text}`;
    default:
      return value === undefined ? names.has(key) : `${key}=${text}`;
  }
}

export function sayStep(
  step: StepDifference,
  {selection, baseline}: SetExplanation,
  language: ExplainLanguage,
): string {
  const {selected, baseline: usual, changes} = step;
  const [change = 'slower'] = changes;
  const [count, otherCount] =
    change === 'failing'
      ? [selected.failedTraces, usual.failedTraces]
      : change === 'slower'
        ? [step.affected, 0]
        : [selected.traces, usual.traces];
  return languages[language].steps[change]({
    service: step.service,
    operation: shorten(step.operation, 120),
    share: sayShare(count / selection.traces),
    otherShare: sayShare(otherCount / Math.max(1, baseline.traces)),
    nanos: sayDuration(step.affectedNanos),
    usual: sayDuration(step.usualNanos),
    calls: Math.round(step.affectedCalls),
    usualCalls: Math.round(usual.calls),
    explains: step.explains < 0.05 ? undefined : sayShare(step.explains),
  });
}
