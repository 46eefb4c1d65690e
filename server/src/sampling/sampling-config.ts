/** The settings of sampling: from the configuration, and changed at run time. */
import type {AdaptiveOptions} from './adaptive.ts';
import type {StrategiesSource} from './strategies-source.ts';
import type {TrafficLimits} from './traffic.ts';

export type SamplingMode = 'fixed' | 'file' | 'adaptive';

/** The settings of the configuration; the API may change mode, budget and probability. */
export interface SamplingConfig {
  readonly mode: SamplingMode;
  /** Of the mode `fixed`. */
  readonly probability: number;
  readonly adaptive: AdaptiveOptions;
  /** Milliseconds between two calculations. */
  readonly interval: number;
  readonly limits: TrafficLimits;
  readonly file: StrategiesSource | undefined;
}

/** The settings that were changed at run time. */
export interface SamplingChange {
  readonly mode?: SamplingMode;
  readonly budget?: number;
  readonly probability?: number;
}

export const defaultSamplingConfig: SamplingConfig = {
  mode: 'fixed',
  probability: 1,
  adaptive: {
    budget: 100,
    serviceBudget: Number.POSITIVE_INFINITY,
    operationBudget: Number.POSITIVE_INFINITY,
    initialProbability: 1,
    minProbability: 1e-5,
    lowerBound: 1 / 60,
  },
  interval: 5000,
  limits: {services: 500, operations: 200},
  file: undefined,
};
