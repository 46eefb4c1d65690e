/** A rate over about the last minute that follows a real change at once. */

/** Seconds in which two thirds of an old rate are forgotten. */
const memory = 60;
/** How much of a change is believed that chance alone does not explain. */
const belief = 0.8;

/**
 * The rate after `seconds` in which events with weights of sum `sum` and squares `squares` arrived. An event that was kept with
 * probability p weighs 1/p: so the sum estimates all that happened, and the squares how far chance may have led it astray.
 * `weight` is the weight that events are expected to have. A measurement within three standard deviations moves the rate
 * slowly; one beyond them is a change of traffic.
 */
export function nextRate(rate: number, sum: number, squares: number, weight: number, seconds: number): number {
  const measured = sum / seconds;
  const variance = Math.max(squares, rate * seconds * weight) / seconds ** 2;
  const isChance = (measured - rate) ** 2 <= 9 * variance;
  const share = 1 - Math.exp(-seconds / memory);
  const next = rate + (isChance ? share : Math.max(share, belief)) * (measured - rate);
  return next < 1e-6 ? 0 : next;
}
