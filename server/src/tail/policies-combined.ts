/** Policies that are made of others: `and`, `not`, `drop`. */
import {bothChances} from './policies-limit.ts';
import type {Policy} from './policy.ts';
import {type Chance, decision, isYes, type Verdict} from './verdict.ts';

/** Whether all say yes. The first that says no ends it, so that a limiter behind it spends nothing. */
function all(policies: readonly Policy[], yes: typeof decision.sampled | typeof decision.dropped): Policy {
  return {
    prepare(round) {
      for (const policy of policies) policy.prepare?.(round);
    },
    evaluate(round, trace, probing): Verdict {
      let chance: Chance | undefined;
      let isNo = false;
      for (const policy of policies) {
        // After a no by chance the rest is asked for the chance alone: a trace that cannot match has none.
        const verdict = policy.evaluate(round, trace, probing || isNo);
        if (!isYes(verdict)) {
          if (verdict.chance === undefined) return {decision: decision.notSampled};
          isNo = true;
        }
        chance = bothChances(chance, verdict.chance);
      }
      return {decision: isNo ? decision.notSampled : yes, chance};
    },
    settle() {
      for (const policy of policies) policy.settle?.();
    },
  };
}

export const and = (policies: readonly Policy[]): Policy => all(policies, decision.sampled);
export const drop = (policies: readonly Policy[]): Policy => all(policies, decision.dropped);

export function not(policy: Policy): Policy {
  return {
    prepare: (round) => policy.prepare?.(round),
    evaluate(round, trace, probing): Verdict {
      const verdict = policy.evaluate(round, trace, probing);
      const {chance} = verdict;
      const opposite = isYes(verdict) ? decision.notSampled : decision.sampled;
      return chance === undefined ? {decision: opposite} : {decision: opposite, chance: opposed(chance)};
    },
    settle: () => policy.settle?.(),
  };
}

const opposed = (chance: Chance): Chance => ({
  die: `not ${chance.die}`,
  get probability() {
    return 1 - chance.probability;
  },
});
