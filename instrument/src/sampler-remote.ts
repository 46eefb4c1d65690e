import {type Poller, startPolling} from './poll-json.ts';
import {routeMatcher} from './route-match.ts';
import type {Intent, SamplingRule, SpanStart} from './sampler.ts';
import {rateLimit, tokenBucket} from './sampler-rate.ts';
import {ratio} from './sampler-rules.ts';
import {keepAll, keeps, randomnessOf} from './sampling-threshold.ts';

export type RemoteSamplingOptions = {
  /** Jaeger's sampling endpoint (default `http://localhost:5778/sampling`). */
  readonly endpoint?: string;
  readonly service: string;
  /** Time between two questions (default 5,000 ms). */
  readonly pollMillis?: number;
  /** The rule until the first answer (default: 0.1 %, as Jaeger's clients do). */
  readonly initial?: SamplingRule;
};

/** A rule whose contents come from a server. */
export type RemoteRule = SamplingRule & Poller;

/**
 * Samples as the collector says: asks `GET /sampling?service=NAME` for a Jaeger `SamplingStrategyResponse` and follows it,
 * per operation where it lists them. Kept at the last good answer while the collector is away.
 */
export function remoteSampling(options: RemoteSamplingOptions): RemoteRule {
  let rule: SamplingRule = options.initial ?? ratio(0.001);
  const url = new URL(options.endpoint ?? 'http://localhost:5778/sampling');
  url.searchParams.set('service', options.service);
  const poller = startPolling({
    url: url.href,
    everyMillis: options.pollMillis ?? 5_000,
    onDocument: (document) => {
      rule = parseStrategy(document);
    },
  });
  return {...poller, decide: (span) => rule.decide(span), describe: () => `remote(${rule.describe()})`};
}

/** A Jaeger `api_v2.SamplingStrategyResponse` as JSON → the rule it describes. Throws what is wrong with it. */
export function parseStrategy(document: unknown): SamplingRule {
  const {operationSampling, probabilisticSampling, rateLimitingSampling} = object(document, 'the strategy');
  if (operationSampling !== undefined && operationSampling !== null)
    return perOperation(object(operationSampling, 'operationSampling'));
  if (rateLimitingSampling !== undefined && rateLimitingSampling !== null) {
    const limit = number(object(rateLimitingSampling, 'rateLimitingSampling').maxTracesPerSecond, 'maxTracesPerSecond');
    return limit > 0 ? rateLimit(limit) : ratio(0);
  }
  const probability = object(probabilisticSampling, 'probabilisticSampling').samplingRate;
  return ratio(share(probability ?? 0, 'samplingRate'));
}

/**
 * A probability per operation, and a floor: an operation too rare for its probability is still kept
 * `defaultLowerBoundTracesPerSecond` times a second.
 */
function perOperation(strategy: Readonly<Record<string, unknown>>): SamplingRule {
  const listed = strategy.perOperationStrategies ?? [];
  if (!Array.isArray(listed)) throw new TypeError('perOperationStrategies: expected a list');
  const floor = number(strategy.defaultLowerBoundTracesPerSecond ?? 0, 'defaultLowerBoundTracesPerSecond');
  const byOperation = new Map<string, SamplingRule>();
  for (const entry of listed) {
    const {operation, probabilisticSampling} = object(entry, 'perOperationStrategies[]');
    if (typeof operation !== 'string') throw new TypeError('perOperationStrategies[].operation: expected text');
    const rate = object(probabilisticSampling, 'perOperationStrategies[].probabilisticSampling').samplingRate ?? 0;
    byOperation.set(operation, atLeast(ratio(share(rate, 'samplingRate')), floor));
  }
  const otherwise = atLeast(
    ratio(share(strategy.defaultSamplingProbability ?? 0, 'defaultSamplingProbability')),
    floor,
  );
  const find = routeMatcher([...byOperation.keys()]);
  return {
    decide(span) {
      const operation = find(span);
      return (operation === undefined ? otherwise : byOperation.get(operation)!).decide(span);
    },
    describe: () => `per_operation(${byOperation.size}, ${otherwise.describe()})`,
  };
}

/** `rule`, but at least `floor` traces a second. A trace that only the floor kept has no known probability. */
function atLeast(rule: SamplingRule, floor: number): SamplingRule {
  if (floor <= 0) return rule;
  const take = tokenBucket(floor, () => performance.now());
  const floored: Intent = {
    threshold: keepAll,
    reliable: false,
    attributes: {'sampler.type': 'lowerbound', 'sampler.param': floor},
  };
  return {
    decide(span: SpanStart) {
      const intent = rule.decide(span);
      const kept = intent.threshold !== undefined && keeps(intent.threshold, randomnessOf(span.traceId, span.ot));
      return !kept && take() ? floored : intent;
    },
    describe: () => `at_least(${floor}/s, ${rule.describe()})`,
  };
}

function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new TypeError(`${what}: expected an object`);
}

function number(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`${what}: expected a number, not ${JSON.stringify(value)}`);
}

function share(value: unknown, what: string): number {
  const probability = number(value, what);
  if (probability > 1) throw new TypeError(`${what}: expected 0 to 1, not ${probability}`);
  return probability;
}
