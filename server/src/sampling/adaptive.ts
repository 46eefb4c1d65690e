/**
 * Probabilities from traffic (docs/decisions/0030-adaptive-sampling.md): the budget is shared out among services, and each
 * service's share among its operations, by max-min fairness. A service or operation below its share is kept whole; one above
 * it is kept with the probability that brings it down to its share.
 */
import type {ServiceTraffic, Traffic} from './traffic.ts';
import {waterFill} from './water-fill.ts';

export interface AdaptiveOptions {
  /** Traces per second that are wanted of all services together. */
  readonly budget: number;
  /** The most for one service, and for one operation. */
  readonly serviceBudget: number;
  readonly operationBudget: number;
  /** The probability of services and operations that are not known yet. */
  readonly initialProbability: number;
  readonly minProbability: number;
  /** Traces per second that an operation keeps whatever its probability. */
  readonly lowerBound: number;
}

export interface ServicePlan {
  readonly share: number;
  /** For operations that are not listed. */
  readonly probability: number;
  /** All operations have the same: nothing may be listed, because spans do not say which they had. */
  readonly isUniform: boolean;
  /** By operation; '' is the rest. */
  readonly operations: ReadonlyMap<string, OperationPlan>;
}
export interface OperationPlan {
  readonly share: number;
  /** The probability that it is kept with. */
  readonly probability: number;
  /** The probability that the strategy lists for it. */
  readonly listed: number;
}
/** By service; '' is the rest. */
export type Plan = ReadonlyMap<string, ServicePlan>;

export function planSampling(traffic: Traffic, options: AdaptiveOptions): Plan {
  const services = [...traffic.all()];
  const demands = services.map((service) => Math.min(demandOf(service, options), options.serviceBudget));
  const shares = waterFill(demands, options.budget);
  return new Map(
    services.map((service, index) => [service.name, planService(service, shares[index] as number, options)]),
  );
}

function planService(service: ServiceTraffic, budget: number, options: AdaptiveOptions): ServicePlan {
  if (service.isSilent) return planUniform(service, budget, options);
  const operations = [...service.all()];
  const shares = waterFill(
    operations.map(({seen}) => Math.min(seen, options.operationBudget)),
    budget,
  );
  // Operations that are not listed: those without a place of their own, and those that the service knows by other names.
  let [seen, share] = [0, 0];
  for (const [index, operation] of operations.entries()) {
    if (operation.name !== '' && !operation.isStray) continue;
    seen += operation.seen;
    share += shares[index] as number;
  }
  const unlisted = seen > 0 ? probabilityOf(seen, share, options) : options.initialProbability;
  const planned = operations.map((operation, index): [string, OperationPlan] => {
    const own = shares[index] as number;
    const {name, lastSeen, isStray} = operation;
    const listed = lastSeen === 0 ? options.initialProbability : probabilityOf(operation.seen, own, options);
    return [name, {share: own, listed, probability: isStray || name === '' ? unlisted : listed}];
  });
  return {share: budget, probability: unlisted, isUniform: false, operations: new Map(planned)};
}

/**
 * A service whose spans do not say their probability. Its client may know an operation by another name when a trace begins than
 * the span has when it ends (`GET`, and `GET /orders/:id` once the route is found), so that what is listed need not be what was
 * followed. With one probability for all there is no doubt.
 */
function planUniform(service: ServiceTraffic, budget: number, options: AdaptiveOptions): ServicePlan {
  const seen = service.seen();
  const probability = seen > 0 ? probabilityOf(seen, budget, options) : options.initialProbability;
  const operations = [...service.all()].map((each): [string, OperationPlan] => [
    each.name,
    {share: each.seen * Math.min(1, budget / seen || 1), probability, listed: probability},
  ]);
  return {share: budget, probability, isUniform: true, operations: new Map(operations)};
}

function demandOf(service: ServiceTraffic, {operationBudget}: AdaptiveOptions): number {
  let sum = 0;
  for (const {seen} of service.all()) sum += Math.min(seen, operationBudget);
  return sum;
}

/** To four digits: more would pretend to know the traffic better than anybody can. */
function probabilityOf(seen: number, share: number, {minProbability}: AdaptiveOptions): number {
  // Shares are sums of differences: one that differs from the demand by rounding alone is the demand.
  if (seen <= share * (1 + 1e-9)) return 1;
  return Math.max(minProbability, Number((share / seen).toPrecision(4)));
}
