/**
 * The policy `adaptive`: a total of traces a second, shared out among operations by max-min fairness. An operation below its share
 * is kept whole, one above it with the probability that brings it down to its share; so rare operations stay visible beside a
 * flood. The randomness of the trace decides, which makes the probability exact.
 */
import {utf8, utf8Bytes} from '../base/index.ts';
import {findAttribute, valueType} from '../model/index.ts';
import {type Bits56, isBelow, keepAll, probabilityThreshold, waterFill} from '../sampling/index.ts';
import {randomnessOf} from './policies-chance.ts';
import type {Policy} from './policy.ts';
import {type Round, rootRow} from './round.ts';
import {type Chance, decision, sampled, sharedRandomness, type Verdict} from './verdict.ts';

export interface AdaptiveWish {
  readonly tracesPerSecond: number;
  /** Traces of more operations are counted as those of one. */
  readonly maxOperations: number;
  /** Told of each trace that was counted so. */
  readonly onFolded: () => void;
}

/** Rates are averages that forget half of the past in this time. */
const halfLifeSeconds = 10;
/** An operation whose rate is below this is forgotten. */
const silentRate = 0.01;

interface Operation {
  /** Traces a second, over the past. */
  rate: number;
  /** Of the last whole second, and of this one so far. */
  before: number;
  count: number;
  threshold: Bits56;
  yes: Verdict;
  no: Verdict;
}

export function adaptive({tracesPerSecond, maxOperations, onFolded}: AdaptiveWish): Policy {
  const operations = new Map<string, Operation>();
  let second: number | undefined;
  let ofTrace: Operation[] = [];
  const operationOf = (key: string): Operation => {
    let known = operations.get(key);
    if (known === undefined) {
      if (operations.size >= maxOperations && key !== folded) {
        onFolded();
        return operationOf(folded);
      }
      known = {rate: 0, before: 0, count: 0, threshold: keepAll, yes: sampled, no: sampled};
      operations.set(key, known);
    }
    return known;
  };
  const turn = (now: number): void => {
    const passed = second === undefined ? 0 : now - second;
    second = now;
    if (passed === 0) return;
    for (const [key, operation] of operations) {
      const kept = 0.5 ** (1 / halfLifeSeconds);
      operation.rate = (operation.rate * kept + operation.count * (1 - kept)) * kept ** (passed - 1);
      operation.before = passed === 1 ? operation.count : 0;
      operation.count = 0;
      if (operation.rate < silentRate) operations.delete(key);
    }
  };
  return {
    prepare(round) {
      turn(Math.floor(round.now / 1000));
      ofTrace = Array.from({length: round.count}, (_, trace) => operationOf(operationKey(round, trace)));
      for (const operation of ofTrace) operation.count++;
      const all = [...operations.values()];
      // A flood that has just begun counts as what it is by now: the average has not heard of it yet.
      const demands = all.map(({rate, before, count}) => Math.max(rate, before, count));
      const shares = waterFill(demands, tracesPerSecond);
      for (const [i, operation] of all.entries()) plan(operation, (shares[i] as number) / (demands[i] as number));
    },
    evaluate(round, trace) {
      const {threshold, yes, no} = ofTrace[trace] as Operation;
      return isBelow(randomnessOf(round, trace), threshold) ? no : yes;
    },
  };
}

function plan(operation: Operation, share: number): void {
  // Shares are sums of differences: one that differs from the demand by rounding alone is the demand.
  const probability = share >= 1 - 1e-9 || Number.isNaN(share) ? 1 : Number(share.toPrecision(4));
  const chance: Chance | undefined = probability === 1 ? undefined : {die: sharedRandomness, probability};
  operation.threshold = probabilityThreshold(probability);
  operation.yes = {decision: decision.sampled, chance};
  operation.no = {decision: decision.notSampled, chance};
}

/** No key is this one: a key begins with a tenant. */
const folded = '';
const serviceName = utf8Bytes('service.name');

/** Tenant, service and name of the root. */
function operationKey(round: Round, trace: number): string {
  const {batch, tenant} = round;
  const row = rootRow(round, trace);
  const {name, resource} = batch.spans.columns;
  const {type, value} = batch.attributes.columns;
  const {bytes} = batch.heap;
  const at = findAttribute(batch, batch.resources.columns.attributes, resource.get(row), serviceName);
  const service =
    at >= 0 && type.get(at) === valueType.string ? utf8(bytes, value.words[2 * at], value.words[2 * at + 1]) : '';
  return `${tenant}\n${service}\n${utf8(bytes, name.start(row), name.size(row))}`;
}
