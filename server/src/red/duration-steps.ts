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
export const durationStep = (nanos: bigint | number, last: number = lastStep): number =>
  Math.min(last, Math.max(0, Math.floor(Math.log2(Math.max(Number(nanos), 1) / firstStepNanos) * stepsPerDoubling)));

/**
 * As `durationStep`, of whole nanoseconds and in a fraction of its time: for a hot path. The exponent and four bits of a number say
 * its step but for one: such a cell is at most 1.0625 times as wide as it begins, and a step 1.09 times.
 */
export function createStepTable(last: number = lastStep): (nanos: number) => number {
  const number = new Float64Array(1);
  const words = new Uint32Array(number.buffer);
  const cellOf = (nanos: number): number => {
    number[0] = nanos;
    return ((words[1] as number) >>> 16) - firstCell;
  };
  const cells = cellOf(2 ** 63) + 1;
  const steps = new Uint16Array(cells);
  /** Where in a cell its second step begins. */
  const bounds = new Float64Array(cells).fill(Number.POSITIVE_INFINITY);
  let cell = 0;
  for (let step = 1; step <= last; step++) {
    let bound = stepNanos(step);
    while (durationStep(bound, last) < step) bound++;
    while (durationStep(bound - 1, last) >= step) bound--;
    const lowest = cellOf(bound);
    for (; cell <= lowest; cell++) steps[cell] = step - 1;
    bounds[lowest] = bound;
  }
  steps.fill(last, cell);
  return (nanos) => {
    if (nanos < 1) return 0;
    const at = cellOf(nanos);
    return (steps[at] as number) + (nanos >= (bounds[at] as number) ? 1 : 0);
  };
}

/** The upper half of the first cell's numbers: those from 1 on. */
const firstCell = 0x3ff0;

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
