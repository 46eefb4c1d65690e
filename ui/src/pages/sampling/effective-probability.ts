import type {SamplingService} from '../../api/index.ts';

/** The share that a service keeps of its traffic as it is: of each operation as much as it has of the traffic. */
export function effectiveProbability({operations, probability, seenRate}: SamplingService): number {
  let listed = 0;
  let kept = 0;
  for (const operation of operations) {
    listed += operation.seenRate;
    kept += operation.seenRate * operation.probability;
  }
  const rest = Math.max(0, seenRate - listed);
  return listed + rest === 0 ? probability : (kept + rest * probability) / (listed + rest);
}
