/**
 * The one histogram of durations: eight steps a doubling from a microsecond on, 256 of them, so that a quantile read from it is
 * at most 9 % off. Everything that counts durations counts them in these steps.
 */
export const stepsPerDoubling = 8;
export const firstStepNanos = 1000;
export const lastStep = 255;
/** Traces may last for days: their steps go on up to 93 days, whose nanoseconds a JSON number still has exactly. */
export const lastTraceStep = 343;

/** The step that a duration falls in; computed elsewhere, rounding may put it one off. */
export const durationStep = (nanos: bigint, last: number = lastStep): number =>
  Math.min(last, Math.max(0, Math.floor(Math.log2(Math.max(Number(nanos), 1) / firstStepNanos) * stepsPerDoubling)));

/** What is known of a duration by its step is no more than a bound: it is at most, or at least, so long. */
export type DurationBound = 'most' | 'least';

/** The first step and the last one are open: `stepMillis` of them is the end that they have. */
export const stepBound = (step: number): DurationBound | undefined =>
  step <= 0 ? 'most' : step >= lastStep ? 'least' : undefined;

/** The middle of a step, in milliseconds; of an open one, the longest or the shortest duration that is in it. */
export function stepMillis(step: number): number {
  const nanosAt = (place: number): number => 2 ** (place / stepsPerDoubling) * firstStepNanos;
  if (step <= 0) return Math.floor(nanosAt(1)) / 1_000_000;
  if (step >= lastStep) return Math.ceil(nanosAt(lastStep)) / 1_000_000;
  return nanosAt(step + 0.5) / 1_000_000;
}

/** Where a step begins, in nanoseconds: the first one at 0. */
export const stepNanos = (step: number): number =>
  step <= 0 ? 0 : Math.round(2 ** (step / stepsPerDoubling) * firstStepNanos);
