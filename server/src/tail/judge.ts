/**
 * The verdicts of all policies over a round of traces, and what follows from them: the Collector's precedence, which policy kept a
 * trace, and how likely it was to be kept.
 */
import {errorMessage} from '../base/index.ts';
import type {Policy} from './policy.ts';
import {type Round, spansOf} from './round.ts';
import {
  type Chance,
  type Decision,
  decision,
  dropped,
  isYes,
  type Mark,
  notKept,
  sharedRandomness,
  type Verdict,
} from './verdict.ts';

export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy;
  /** Of the type `drop`: asked before all others, and final. */
  readonly isDrop: boolean;
}

/** Told what happens while traces are judged. */
export interface JudgeWatch {
  verdict(policy: number, decision: Decision, spans: number): void;
  time(policy: number, ms: number): void;
  failed(policy: number, message: string): void;
}

/** What a trace of the round came to, before the round's chances are settled. */
interface Outcome {
  mark: Mark | undefined;
  policy: number;
  subPolicy: string | undefined;
  /** Undefined where a policy was certain. */
  chances: Chance[] | undefined;
  dropChances: Chance[];
}

export class Judge {
  /** Drop policies first. `verdict` and the others of `watch` name policies by their index here. */
  readonly policies: readonly NamedPolicy[];
  readonly #watch: JudgeWatch;
  readonly #firstMatch: boolean;
  readonly #isPartial: boolean;

  /**
   * `isPartial`: traces are judged by a part of their spans. Then only a policy that says yes outright keeps a trace, and none
   * does while a drop policy may still find what it wants.
   */
  constructor(policies: readonly NamedPolicy[], firstMatch: boolean, watch: JudgeWatch, isPartial = false) {
    this.policies = [...policies.filter((each) => each.isDrop), ...policies.filter((each) => !each.isDrop)];
    this.#firstMatch = firstMatch || isPartial;
    this.#isPartial = isPartial;
    this.#watch = watch;
  }

  /** The mark of each trace of the round. */
  judge(round: Round): Mark[] {
    for (const {policy} of this.policies) policy.prepare?.(round);
    const outcomes = Array.from({length: round.count}, (_, trace) => this.#judge(round, trace));
    for (const {policy} of this.policies) policy.settle?.();
    const marks = new Map<string, Mark>();
    return outcomes.map((outcome) => outcome.mark ?? this.#markOf(outcome, marks));
  }

  #judge(round: Round, trace: number): Outcome {
    const spans = spansOf(round, trace);
    const outcome: Outcome = {mark: undefined, policy: -1, subPolicy: undefined, chances: [], dropChances: []};
    let inverted: Outcome | undefined;
    let isVetoed = false;
    let hasNo = false;
    let probing = false;
    for (const [index, {policy, isDrop}] of this.policies.entries()) {
      // Kept for certain by now, and no veto wanted: nothing that follows matters.
      if (probing && outcome.chances === undefined) break;
      if (this.#isPartial && !isDrop && this.policies[0]?.isDrop === true) break;
      const verdict = this.#ask(policy, index, round, trace, probing);
      if (verdict === undefined) continue;
      if (!probing) this.#watch.verdict(index, verdict.decision, spans);
      if (verdict.decision === decision.dropped) return {...outcome, mark: dropped};
      if (isDrop) {
        if (verdict.chance !== undefined) outcome.dropChances.push(verdict.chance);
        continue;
      }
      if (verdict.decision === decision.invertNotSampled) isVetoed ||= !probing && !this.#isPartial;
      else if (verdict.decision === decision.invertSampled) {
        if (!this.#isPartial)
          inverted ??= {...outcome, policy: index, subPolicy: verdict.subPolicy, chances: undefined};
      } else if (isYes(verdict) || verdict.chance !== undefined) {
        if (verdict.chance === undefined) outcome.chances = undefined;
        else outcome.chances?.push(verdict.chance);
        if (isYes(verdict) && !probing && outcome.policy < 0) {
          outcome.policy = index;
          outcome.subPolicy = verdict.subPolicy;
        }
      }
      if (verdict.decision === decision.notSampled) hasNo = true;
      probing ||= this.#firstMatch && verdict.decision === decision.sampled;
    }
    if (isVetoed) return {...outcome, mark: notKept};
    if (outcome.policy >= 0) return outcome;
    if (inverted !== undefined && !hasNo) return inverted;
    return {...outcome, mark: notKept};
  }

  #ask(policy: Policy, index: number, round: Round, trace: number, probing: boolean): Verdict | undefined {
    const begin = performance.now();
    try {
      return policy.evaluate(round, trace, probing);
    } catch (error) {
      this.#watch.failed(index, errorMessage(error));
      return undefined;
    } finally {
      if (!probing) this.#watch.time(index, performance.now() - begin);
    }
  }

  #markOf({policy, subPolicy, chances, dropChances}: Outcome, marks: Map<string, Mark>): Mark {
    const dice = diceOf(chances ?? []);
    const shared = dice.get(sharedRandomness)?.probability ?? 0;
    dice.delete(sharedRandomness);
    const others = [...dice.values()];
    const made: Mark = {
      kept: true,
      dropped: false,
      policy: (this.policies[policy] as NamedPolicy).name,
      subPolicy,
      shared,
      other: chances === undefined ? 1 : others.length === 1 ? (others[0] as Chance).probability : 1 - missed(dice),
      undropped: missed(diceOf(dropChances)),
      salt: chances !== undefined && shared === 0 && others.length === 1 ? others[0]?.salt : undefined,
    };
    const key = JSON.stringify([made.policy, subPolicy, shared, made.other, made.undropped, made.salt]);
    const known = marks.get(key);
    if (known === undefined) marks.set(key, made);
    return known ?? made;
  }
}

/** Of each die the likeliest event, in which the others lie. */
function diceOf(chances: readonly Chance[]): Map<string, Chance> {
  const dice = new Map<string, Chance>();
  for (const chance of chances) {
    const known = dice.get(chance.die);
    if (known === undefined || known.probability < chance.probability) dice.set(chance.die, chance);
  }
  return dice;
}

/** The probability that no die falls well. */
const missed = (dice: ReadonlyMap<string, Chance>): number =>
  [...dice.values()].reduce((product, {probability}) => product * (1 - probability), 1);
