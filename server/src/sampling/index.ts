export type {AdaptiveOptions} from './adaptive.ts';
export {samplingControl} from './control.ts';
export {everyService, maxOverrides, type Override, type What} from './overrides.ts';
export {
  createSampling,
  defaultSamplingConfig,
  type Sampling,
  type SamplingChange,
  type SamplingConfig,
  type SamplingMode,
} from './sampling.ts';
export {followStrategies, type StrategiesSource} from './strategies-source.ts';
export {decodeStrategyRequest, encodeStrategy, probabilistic, type Strategy, strategyJson} from './strategy.ts';
export {Traffic} from './traffic.ts';
export type {SamplingView} from './view.ts';
