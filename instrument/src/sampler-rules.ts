import {propagation, type SpanKind, TraceFlags, trace} from '@opentelemetry/api';
import {routeMatcher} from './route-match.ts';
import type {Intent, SamplingRule, SpanStart} from './sampler.ts';
import {keepAll, thresholdOf} from './sampling-threshold.ts';

const everything: Intent = {threshold: keepAll, reliable: true};
const nothing: Intent = {threshold: undefined, reliable: false};

/** Keeps every trace. */
export const alwaysOn: SamplingRule = {decide: () => everything, describe: () => 'always_on'};

/** Keeps none. */
export const alwaysOff: SamplingRule = {decide: () => nothing, describe: () => 'always_off'};

/** Keeps this share of traces, the same ones in every service that uses the same or a higher share. */
export function ratio(probability: number): SamplingRule {
  if (!(probability >= 0 && probability <= 1)) throw new RangeError(`a ratio is between 0 and 1, not ${probability}`);
  const intent: Intent = probability === 0 ? nothing : {threshold: thresholdOf(probability), reliable: true};
  return {decide: () => intent, describe: () => `ratio(${probability})`};
}

/** Follows the caller's decision; `root` decides where there is no caller. */
export function parentBased(root: SamplingRule): SamplingRule {
  return {
    decide(span) {
      const parent = trace.getSpanContext(span.context);
      if (parent === undefined || !trace.isSpanContextValid(parent)) return root.decide(span);
      if ((parent.traceFlags & TraceFlags.SAMPLED) === 0) return nothing;
      // The caller kept it: keep it too. Its probability is known only where its tracestate says so.
      return span.ot.th === undefined ? {threshold: keepAll, reliable: false} : {threshold: span.ot.th, reliable: true};
    },
    describe: () => `parent_based(${root.describe()})`,
  };
}

/** Which spans a rule is about; every condition given must hold. */
export type Condition = {
  readonly kind?: SpanKind;
  /** Exact span name, or a pattern for it. */
  readonly name?: string | RegExp;
  /** `GET /orders/:id`, `/orders/:id` or `/static/*`: matched against method and path, since a route is not yet known. */
  readonly route?: string;
  /** Attributes given at the start; a pattern matches the value's text. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | RegExp>>;
  /** Baggage of the caller, for example `{priority: 'high'}`. */
  readonly baggage?: Readonly<Record<string, string | RegExp>>;
};

/** The first rule whose condition holds decides; `otherwise` where none does. */
export function rules(
  list: readonly {readonly when: Condition; readonly use: SamplingRule}[],
  otherwise: SamplingRule,
): SamplingRule {
  const compiled = list.map(({when, use}) => ({matches: matcher(when), use}));
  return {
    decide: (span) => (compiled.find(({matches}) => matches(span))?.use ?? otherwise).decide(span),
    describe: () => `rules(${list.map(({use}) => use.describe()).join(', ')}, ${otherwise.describe()})`,
  };
}

function matcher({kind, name, route, attributes, baggage}: Condition): (span: SpanStart) => boolean {
  const matchesRoute = route === undefined ? undefined : routeMatcher([route]);
  return (span) =>
    (kind === undefined || span.kind === kind) &&
    (name === undefined || fits(name, span.name)) &&
    (matchesRoute === undefined || matchesRoute(span) !== undefined) &&
    Object.entries(attributes ?? {}).every(([key, wanted]) => fits(wanted, span.attributes[key])) &&
    Object.entries(baggage ?? {}).every(([key, wanted]) =>
      fits(wanted, propagation.getBaggage(span.context)?.getEntry(key)?.value),
    );
}

const fits = (wanted: unknown, value: unknown): boolean =>
  wanted instanceof RegExp ? value !== undefined && wanted.test(String(value)) : wanted === value;
