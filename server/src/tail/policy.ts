/** A sampling policy. Policies may hold state (what they have let pass); a processor has its own. */
import type {Round} from './round.ts';
import {decision, type Verdict} from './verdict.ts';

export interface Policy {
  /** Before the traces of a round are judged one by one. */
  prepare?(round: Round): void;
  /**
   * Judges a trace. With `probing` the trace is kept already, and only the chance is asked for: nothing is spent. Throws where it
   * cannot tell.
   */
  evaluate(round: Round, trace: number, probing: boolean): Verdict;
  /** After the round: what depends on all of its traces is settled. */
  settle?(): void;
}

/** A policy whose verdicts are `yes` and `no`, and `inverted` those of `invert_match`. */
export function conditional(test: (round: Round, trace: number) => boolean, inverted = false): Policy {
  const yes: Verdict = {decision: inverted ? decision.invertSampled : decision.sampled};
  const no: Verdict = {decision: inverted ? decision.invertNotSampled : decision.notSampled};
  return {evaluate: (round, trace) => (test(round, trace) !== inverted ? yes : no)};
}
