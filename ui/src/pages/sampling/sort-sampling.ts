import type {Override, SamplingService} from '../../api/index.ts';
import type {SamplingColumn} from '../../urls/index.ts';
import {inForce} from './changes.ts';

/** Text columns begin with A, figures with the largest. */
export const beginsUp = (column: SamplingColumn): boolean =>
  column === 'service' || column === 'why' || column === 'level';

/** Equal ones by name; the rest of all services (`''`) always last. */
export function sortSampling(
  services: readonly SamplingService[],
  overrides: readonly Override[],
  column: SamplingColumn,
  up: boolean,
): SamplingService[] {
  const values = {
    service: (one) => one.service,
    seen: (one) => one.seenRate,
    kept: (one) => one.keptRate,
    probability: (one) => one.probability,
    why: (one) => one.reason.kind,
    // Services with a level of their own choice come last, whichever way the levels stand.
    level: (one) => String(inForce(overrides, one.service, 'logLevel')?.value ?? (up ? '\uffff' : '')),
  } satisfies Record<SamplingColumn, (one: SamplingService) => number | string>;
  const value: (one: SamplingService) => number | string = values[column];
  const sign = up ? 1 : -1;
  return services.toSorted((a, b) => {
    if (a.service === '' || b.service === '') return a.service === '' ? 1 : -1;
    const [left, right] = [value(a), value(b)];
    return (left < right ? -sign : left > right ? sign : 0) || (a.service < b.service ? -1 : 1);
  });
}

/** Services whose name contains every word, whole; others with only the operations that do, if any does. */
export function findSampling(services: readonly SamplingService[], find: string): SamplingService[] {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (name: string): boolean => words.every((word) => name.toLowerCase().includes(word));
  return services.flatMap((service) => {
    if (fits(service.service)) return [service];
    const operations = service.operations.filter((one) => fits(`${service.service} ${one.operation}`));
    return operations.length === 0 ? [] : [{...service, operations}];
  });
}
