import {SamplingDecision, TraceFlags, trace} from '@opentelemetry/api';
import type {Sampler} from '@opentelemetry/sdk-trace';
import {consistent, type SamplingRule} from './sampler.ts';
import {rateLimit} from './sampler-rate.ts';
import {remoteSampling} from './sampler-remote.ts';
import {alwaysOff, alwaysOn, parentBased, ratio} from './sampler-rules.ts';

/** The rule that a name in `OTEL_TRACES_SAMPLER` makes of `OTEL_TRACES_SAMPLER_ARG`. Throws a sentence on an argument it cannot use. */
const named: Readonly<Record<string, (argument: string | undefined, service: string) => SamplingRule>> = {
  always_on: () => alwaysOn,
  always_off: () => alwaysOff,
  traceidratio: (argument) => ratio(numeric(argument ?? '1', 'a share between 0 and 1')),
  rate_limiting: (argument) => rateLimit(numeric(argument ?? '100', 'traces per second')),
  jaeger_remote: (argument, service) => jaegerRemote(argument ?? '', service),
};

export const samplerNames = Object.keys(named).flatMap((name) => [name, `parentbased_${name}`]);

/** The SDK's parent-based always-on without its checks and objects: nearly every span of nearly every program asks it. */
const followParent: Sampler = {
  shouldSample(context) {
    const parent = trace.getSpanContext(context);
    if (parent === undefined || (parent.traceFlags & TraceFlags.SAMPLED) !== 0) return kept;
    return trace.isSpanContextValid(parent) ? dropped : kept;
  },
  toString: () => 'ParentBased{root=AlwaysOn}',
};
const kept = {decision: SamplingDecision.RECORD_AND_SAMPLED};
const dropped = {decision: SamplingDecision.NOT_RECORD};

/** The sampler that the two variables describe. */
export function samplerFromEnv(name: string | undefined, argument: string | undefined, service: string): Sampler {
  if (name === undefined || name === 'parentbased_always_on') return followParent;
  const own = name.replace(/^parentbased_/, '');
  const make = named[own];
  if (make === undefined) throw new RangeError(`expected one of ${samplerNames.join(', ')}`);
  const rule = make(argument, service);
  return consistent(name === own ? rule : parentBased(rule));
}

/** `endpoint=http://localhost:5778/sampling,pollingIntervalMs=5000,initialSamplingRate=0.25`, as the specification has it. */
function jaegerRemote(argument: string, service: string): SamplingRule {
  const fields = new Map(
    argument.split(',').map((field) => field.split(/=(.*)/s, 2).map((part) => part.trim()) as [string, string]),
  );
  const endpoint = fields.get('endpoint');
  const poll = fields.get('pollingIntervalMs');
  const initial = fields.get('initialSamplingRate');
  return remoteSampling({
    service,
    ...(endpoint === undefined ? {} : {endpoint}),
    ...(poll === undefined ? {} : {pollMillis: numeric(poll, 'milliseconds in pollingIntervalMs')}),
    ...(initial === undefined ? {} : {initial: ratio(numeric(initial, 'a share in initialSamplingRate'))}),
  });
}

function numeric(text: string, what: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new RangeError(`expected ${what}, not "${text}"`);
  return value;
}

/** A sampler whose decision for new traces can be taken over while the program runs. */
export type OverridableSampler = Sampler & {override(probability: number | undefined): void};

export function overridable(base: Sampler): OverridableSampler {
  let current = base;
  return {
    shouldSample: (context, traceId, name, kind, attributes, links) =>
      current.shouldSample(context, traceId, name, kind, attributes, links),
    toString: () => current.toString(),
    override(probability) {
      current = probability === undefined ? base : consistent(parentBased(ratio(probability)));
    },
  };
}
