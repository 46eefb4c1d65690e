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

/** The middle of a step, in milliseconds. */
export const stepMillis = (step: number): number =>
  (2 ** ((step + 0.5) / stepsPerDoubling) * firstStepNanos) / 1_000_000;

/** Where a step begins, in nanoseconds: the first one at 0. */
export const stepNanos = (step: number): number =>
  step <= 0 ? 0 : Math.round(2 ** (step / stepsPerDoubling) * firstStepNanos);
