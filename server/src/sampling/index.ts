export type {AdaptiveOptions} from './adaptive.ts';
export {samplingControl} from './control.ts';
export {seededFnv} from './fnv.ts';
export {everyService, maxOverrides, type Override, type What} from './overrides.ts';
export {createSampling, type Sampling} from './sampling.ts';
export {
  defaultSamplingConfig,
  type SamplingChange,
  type SamplingConfig,
  type SamplingMode,
} from './sampling-config.ts';
export {remoteStrategies} from './strategies-remote.ts';
export {checkStrategies, followStrategies, type StrategiesSource} from './strategies-source.ts';
export {
  decodeStrategy,
  decodeStrategyRequest,
  encodeStrategy,
  encodeStrategyRequest,
  probabilistic,
  type Strategy,
  strategyJson,
} from './strategy.ts';
export type {TenantSampling} from './tenant-sampling.ts';
export {
  type Bits56,
  isBelow,
  keepAll,
  keepNone,
  keptAlways,
  minProbability,
  probabilityThreshold,
  randomnessText,
  spanProbability,
  thresholdProbability56,
  thresholdText,
  traceIdRandomness,
  traceStateProbability,
} from './threshold.ts';
export {readHex, readTraceState, TraceState, type TraceStateChange, writeTraceState} from './trace-state.ts';
export {Traffic} from './traffic.ts';
export type {SamplingView} from './view.ts';
export {waterFill} from './water-fill.ts';
