/**
 * Policies that let pass no more than a rate: `rate_limiting`, `bytes_limiting`, `composite`. Which traces pass is a matter of
 * their order, which nobody can call a probability before; afterwards it is one: of the spans of a round that asked, a share
 * passed. Told as the probability of those, it makes the sum of what they stand for the sum of what asked.
 */
import type {Policy} from './policy.ts';
import {type Round, spansOf} from './round.ts';
import {TokenBucket} from './token-bucket.ts';
import {type Chance, decision, isYes, notSampled, type Verdict} from './verdict.ts';

/** The share that a limiter lets pass of what asks it, round by round. */
export class PassedShare {
  readonly chance: {readonly die: string; probability: number};
  #asked = 0;
  #passed = 0;

  constructor(die: string) {
    this.chance = {die, probability: 1};
  }

  count(weight: number, isPassed: boolean): void {
    this.#asked += weight;
    if (isPassed) this.#passed += weight;
  }

  /** Rounds in which nothing passed are made up for by the next one in which something does. */
  settle(): void {
    if (this.#passed === 0) return;
    this.chance.probability = this.#passed / this.#asked;
    this.#asked = this.#passed = 0;
  }
}

/** `weight` of a trace is what it takes of the rate. */
function bucketPolicy(name: string, bucket: TokenBucket, weight: (round: Round, trace: number) => number): Policy {
  const share = new PassedShare(`limit ${name}`);
  const yes: Verdict = {decision: decision.sampled, chance: share.chance};
  const no: Verdict = {decision: decision.notSampled, chance: share.chance};
  return {
    evaluate(round, trace, probing) {
      if (probing) return no;
      const isPassed = bucket.take(weight(round, trace), round.now);
      share.count(spansOf(round, trace), isPassed);
      return isPassed ? yes : no;
    },
    settle: () => share.settle(),
  };
}

/** `name` is the policy's own among all. */
export const rateLimiting = (name: string, spansPerSecond: number, burst: number): Policy =>
  bucketPolicy(name, new TokenBucket(spansPerSecond, burst), spansOf);

export const bytesLimiting = (name: string, bytesPerSecond: number, burst: number): Policy =>
  bucketPolicy(name, new TokenBucket(bytesPerSecond, burst), ({bytes}, trace) => bytes[trace] as number);

export interface CompositePart {
  readonly name: string;
  readonly policy: Policy;
  /** Spans that it may let pass in each second. */
  readonly spansPerSecond: number;
}

/** The first part that says yes decides: the trace is kept where its allowance of this second, and that of all, has room. */
export function composite(name: string, parts: readonly CompositePart[], maxSpansPerSecond: number): Policy {
  const states = parts.map((part) => {
    const share = new PassedShare(`limit ${name}/${part.name}`);
    return {...part, share, spent: 0};
  });
  let second = Number.NaN;
  let total = 0;
  return {
    prepare(round) {
      for (const {policy} of parts) policy.prepare?.(round);
    },
    evaluate(round, trace, probing) {
      const now = Math.floor(round.now / 1000);
      if (now !== second) {
        second = now;
        total = 0;
        for (const state of states) state.spent = 0;
      }
      const spans = spansOf(round, trace);
      for (const state of states) {
        const verdict = state.policy.evaluate(round, trace, probing);
        if (!isYes(verdict)) continue;
        const isPassed = !probing && state.spent + spans <= state.spansPerSecond && total + spans <= maxSpansPerSecond;
        if (isPassed) {
          state.spent += spans;
          total += spans;
        }
        if (!probing) state.share.count(spans, isPassed);
        const chance = bothChances(verdict.chance, state.share.chance);
        return {decision: isPassed ? decision.sampled : decision.notSampled, chance, subPolicy: state.name};
      }
      return notSampled;
    },
    settle() {
      for (const {policy, share} of states) {
        policy.settle?.();
        share.settle();
      }
    },
  };
}

/** The chance that both fall well. Read it after the round. */
export function bothChances(a: Chance | undefined, b: Chance | undefined): Chance | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.die === b.die) {
    return {
      die: a.die,
      get probability() {
        return Math.min(a.probability, b.probability);
      },
      ...(a.salt !== undefined && {salt: a.salt}),
    };
  }
  return {
    die: `${a.die} and ${b.die}`,
    get probability() {
      return a.probability * b.probability;
    },
  };
}
