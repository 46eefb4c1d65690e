export {
  durationStep,
  firstStepNanos,
  lastStep,
  lastTraceStep,
  stepMillis,
  stepNanos,
  stepsPerDoubling,
} from './duration-steps.ts';
export {latestMinute, type PointTimes, pointTimes, wholeMinutes} from './minutes.ts';
export {servingKinds} from './serving.ts';
