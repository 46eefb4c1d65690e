export {
  bucketOf,
  DurationColumns,
  type DurationShape,
  type Durations,
} from './duration-columns.ts';
export {
  createStepTable,
  type DurationBound,
  durationStep,
  firstStepNanos,
  lastStep,
  lastTraceStep,
  stepBound,
  stepMillis,
  stepNanos,
  stepsPerDoubling,
} from './duration-steps.ts';
export {ExponentialHistogram} from './exponential-histogram.ts';
export {KeyTable, moveColumn, moveList} from './key-table.ts';
export {KeyWriter} from './key-writer.ts';
export {latestMinute, type PointTimes, pointTimes, wholeMinutes} from './minutes.ts';
export {noSide, type PairSide, PairStore} from './pair-store.ts';
export {servingKinds} from './serving.ts';
export {StableKeys} from './stable-keys.ts';
export {maxWeight, spanWeight, weightTolerance} from './weight.ts';
