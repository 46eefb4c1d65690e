/** The face of the package, and, named to `--import`, its start. */
import {isPreloaded} from './preloaded.ts';
import {startPreloaded} from './start.ts';

export {allBaggage, baggageLimits, getBaggage, setBaggage, withBaggage} from './baggage.ts';
export {type Carrier, packContext, runInContext, unpackContext} from './carrier.ts';
export {
  type CircuitBreaker,
  type CircuitBreakerOptions,
  CircuitOpenError,
  type CircuitState,
  circuitBreaker,
} from './circuit-breaker.ts';
export {ConfigError, type StartOptions} from './config.ts';
export type {DeliveryCounts} from './delivery.ts';
export {instrumentationNames} from './instrumentations.ts';
export {logFields} from './log-fields.ts';
export {
  type Channel,
  consume,
  consumeBatch,
  extractHeaders,
  injectHeaders,
  type MessageHeaders,
  publish,
  type Relation,
} from './messaging.ts';
export type {PrivacyOptions} from './privacy.ts';
export {baggageProcessor} from './processor-baggage.ts';
export {jaegerPropagator} from './propagator-jaeger.ts';
export type {Settings} from './remote-settings.ts';
export {type RetryOptions, retry} from './retry.ts';
export {SagaError, type SagaStep, saga} from './saga.ts';
export {consistent, type Intent, type SamplingRule, type SpanStart} from './sampler.ts';
export {rateLimit} from './sampler-rate.ts';
export {parseStrategy, type RemoteSamplingOptions, remoteSampling} from './sampler-remote.ts';
export {alwaysOff, alwaysOn, type Condition, parentBased, ratio, rules} from './sampler-rules.ts';
export {recordFailure} from './span-outcome.ts';
export {maskSql} from './sql-mask.ts';
export {type Running, start} from './start.ts';
export {type SpanSettings, Traced, traced} from './traced.ts';
export {onMessage, postMessage, type Receiver, type Sender} from './worker.ts';

// `node --import @weft/instrument app.js` means "start": the one import with an effect, and only as a preload.
if (isPreloaded(process.execArgv, process.env.NODE_OPTIONS)) startPreloaded();
