export {durationStep, firstStepNanos, lastStep, stepMillis, stepsPerDoubling} from './duration-steps.ts';
export {latestMinute, wholeMinutes} from './minutes.ts';
export {servingKinds} from './serving.ts';
