/** The rows of the table of sampling: services, and below one that is open its operations. */
import type {Override, SamplingOperation, SamplingService} from '../../api/index.ts';
import type {SamplingColumn} from '../../urls/index.ts';
import {inForce} from './changes.ts';
import {effectiveProbability} from './effective-probability.ts';

export type SamplingRow =
  | {readonly kind: 'service'; readonly service: SamplingService}
  | {readonly kind: 'operation'; readonly service: string; readonly operation: SamplingOperation}
  /** Operations that the answer leaves out. */
  | {readonly kind: 'omitted'; readonly service: string; readonly count: number};

/** A service's row has the service's name for an id; no name of a service holds a line's end and a sign after it. */
export function idOf(row: SamplingRow): string {
  if (row.kind === 'service') return row.service.service;
  return row.kind === 'operation' ? `${row.service}\n=${row.operation.operation}` : `${row.service}\n+`;
}
/** The service to which the row of this id belongs. */
export const serviceOfId = (id: string): string => id.split(/\n[=+]/, 1)[0] ?? '';

export function below(row: SamplingRow): readonly SamplingRow[] | undefined {
  if (row.kind !== 'service' || row.service.operations.length === 0) return undefined;
  const {service, operations, omittedOperations = 0} = row.service;
  return [
    ...operations.map((operation): SamplingRow => ({kind: 'operation', service, operation})),
    ...(omittedOperations > 0 ? [{kind: 'omitted', service, count: omittedOperations} as const] : []),
  ];
}

/** What a column sorts by: undefined, which stands last, for the rest of all services and operations, and for levels of their own. */
export function sortValue(
  row: SamplingRow,
  column: SamplingColumn,
  overrides: readonly Override[],
): number | string | undefined {
  if (row.kind === 'omitted') return undefined;
  const one = row.kind === 'service' ? row.service : row.operation;
  const name = row.kind === 'service' ? row.service.service : row.operation.operation;
  if (name === '') return undefined;
  switch (column) {
    case 'service':
      return name;
    case 'seen':
      return one.seenRate;
    case 'kept':
      return one.keptRate;
    case 'probability':
      return row.kind === 'service' ? effectiveProbability(row.service) : row.operation.probability;
    case 'why':
      return one.reason.kind;
    case 'level': {
      const level = row.kind === 'service' ? inForce(overrides, name, 'logLevel')?.value : undefined;
      return level === undefined ? undefined : String(level);
    }
  }
}

/** Services whose text fits, whole; others with only the operations that do, if any does. */
export function findSampling(
  services: readonly SamplingService[],
  fits: (text: string) => boolean,
): readonly SamplingService[] {
  return services.flatMap((service) => {
    if (fits(service.service)) return [service];
    const operations = service.operations.filter((one) => fits(`${service.service} ${one.operation}`));
    if (operations.length === 0) return [];
    const {omittedOperations: _, ...rest} = service;
    return [{...rest, operations}];
  });
}
