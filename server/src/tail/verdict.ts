/** What a policy says of a trace, and what the processor makes of it. */

/**
 * The inverted ones come of `invert_match`. A policy inside another one never gives them: there they count as sampled and not
 * sampled.
 */
export const decision = {notSampled: 0, sampled: 1, dropped: 2, invertSampled: 3, invertNotSampled: 4} as const;
export type Decision = (typeof decision)[keyof typeof decision];

/** Chances of the randomness that all spans of a trace share (`ot=rv`, or the trace id): their events lie inside each other. */
export const sharedRandomness = '';

/**
 * Traces like this one are kept by chance: with which probability, and by which die. Dice of different names fall independently;
 * the events of one die lie inside each other. A limiter's probability is known when the round has ended.
 */
export interface Chance {
  readonly die: string;
  readonly probability: number;
  /** The salt of the hash that is the die, so that the tracestate can say what fell. */
  readonly salt?: string;
}

export interface Verdict {
  readonly decision: Decision;
  /** Undefined where chance had no part in it. */
  readonly chance?: Chance | undefined;
  /** Which of its own policies a composite followed. */
  readonly subPolicy?: string | undefined;
}

export const sampled: Verdict = {decision: decision.sampled};
export const notSampled: Verdict = {decision: decision.notSampled};

export const isYes = ({decision: of}: Verdict): boolean => of === decision.sampled || of === decision.invertSampled;

/** What became of a trace. Traces that share all of it share the object. */
export interface Mark {
  readonly kept: boolean;
  /** A drop policy said so: nothing overturns it. */
  readonly dropped: boolean;
  /** The policy that kept it, and of a composite its own one. */
  readonly policy: string;
  readonly subPolicy: string | undefined;
  /** How likely the trace was to be kept by the shared randomness, and by everything else; 1 where no chance was in it. */
  readonly shared: number;
  readonly other: number;
  /** The share of such traces that no drop policy drops by chance. */
  readonly undropped: number;
  /** Undefined, or the salt of the one hash that decided: its value is the randomness of the trace from here on. */
  readonly salt: string | undefined;
}

const nothing = {policy: '', subPolicy: undefined, shared: 0, other: 0, undropped: 1, salt: undefined};
export const notKept: Mark = {kept: false, dropped: false, ...nothing};
export const dropped: Mark = {kept: false, dropped: true, ...nothing};

/**
 * The probability with which a span was kept in all, if it came with `before`. Thresholds of the shared randomness lie inside each
 * other: of the spans that came, `shared / before` pass.
 */
export function probabilityAfter({shared, other, undropped}: Mark, before: number): number {
  if (other === 1) return before * undropped;
  // Without a detour where only one of the two had a part in it: thresholds should be the exact ones.
  if (shared === 0) return before * other * undropped;
  if (other === 0) return Math.min(before, shared) * undropped;
  const passed = Math.min(1, shared / before);
  return before * (1 - (1 - passed) * (1 - other)) * undropped;
}
