import {type Attributes, type Context, type Link, SamplingDecision, type SpanKind, trace} from '@opentelemetry/api';
import type {Sampler} from '@opentelemetry/sdk-trace';
import {keeps, type OtState, randomnessOf, readOt, type Threshold, withThreshold} from './sampling-threshold.ts';

/** The facts that are known of a span when it starts. */
export type SpanStart = {
  readonly context: Context;
  readonly traceId: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  /** The parent's sampling state, from its tracestate. */
  readonly ot: OtState;
};

/** A rule's decision on a span. */
export type Intent = {
  /** Keep when the trace's randomness reaches it; `undefined` keeps nothing. */
  readonly threshold: Threshold | undefined;
  /** False when the threshold does not tell the true probability; it is then not written to tracestate. */
  readonly reliable: boolean;
  readonly attributes?: Attributes;
};

/** A sampling rule that can be combined with others; `consistent` makes an SDK sampler of it. */
export type SamplingRule = {
  decide(span: SpanStart): Intent;
  describe(): string;
};

/** The SDK sampler that follows `rule`, with the probability in tracestate. */
export function consistent(rule: SamplingRule): Sampler {
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      const parent = trace.getSpanContext(context);
      const ot = readOt(parent);
      const intent = rule.decide({context, traceId, name, kind, attributes, links, ot});
      const kept = intent.threshold !== undefined && keeps(intent.threshold, randomnessOf(traceId, ot));
      const state = withThreshold(parent, ot, kept && intent.reliable ? intent.threshold : undefined);
      return {
        decision: kept ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
        ...(state === undefined ? {} : {traceState: state}),
        ...(kept && intent.attributes !== undefined ? {attributes: intent.attributes} : {}),
      };
    },
    toString: () => `Consistent(${rule.describe()})`,
  };
}
