/** The rows of the table of services: services, and below one that is open its operations. */
import type {ComparedOperation, ComparedService} from './compare-services.ts';

export type ServiceRow =
  | ({readonly row: 'service'} & ComparedService)
  | ({readonly row: 'operation'; readonly service: string} & ComparedOperation)
  /** Stands for operations: they are still to come, there are none, more than are listed, or they could not be read. */
  | {readonly row: 'note'; readonly service: string; readonly note: OperationsNote};
export type OperationsNote = 'coming' | 'none' | 'more' | 'failed';

/** A service's row has the service's name for an id. */
export function idOf(row: ServiceRow): string {
  if (row.row === 'service') return row.name;
  return row.row === 'operation' ? `${row.service}\n=${row.kind} ${row.name}` : `${row.service}\n+`;
}
