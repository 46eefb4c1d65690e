import type {TraceResponse} from '../api/index.ts';
import type {StatisticsColumn} from '../urls/index.ts';
import type {OperationStatistics} from './statistics.ts';

/** Equal ones by service and operation. */
export function sortStatistics(
  rows: readonly OperationStatistics[],
  trace: TraceResponse,
  column: StatisticsColumn,
  up: boolean,
): OperationStatistics[] {
  const title = (row: OperationStatistics): string => `${trace.services[row.service]} ${trace.names[row.name]}`;
  const sign = up ? 1 : -1;
  return rows.toSorted((a, b) => {
    const byName = title(a) < title(b) ? -1 : 1;
    return column === 'operation' ? byName * sign : (a[column] - b[column]) * sign || byName;
  });
}
