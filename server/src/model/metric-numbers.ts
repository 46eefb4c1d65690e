/** The lists of numbers that points have: counts of buckets, and their bounds. */
import type {RangeColumn} from './columns.ts';
import type {Lent} from './lent.ts';
import type {MetricBatch} from './metric-batch.ts';

type Range = Pick<RangeColumn, 'from' | 'count'>;

export function readNumbers({numbers}: Pick<Lent<MetricBatch>, 'numbers'>, range: Range, row: number): bigint[] {
  const {bits} = numbers.columns;
  return Array.from({length: range.count(row)}, (_, index) => bits.get(range.from(row) + index));
}

/** The same of a list of doubles. */
export function readDoubles({numbers}: Pick<Lent<MetricBatch>, 'numbers'>, range: Range, row: number): number[] {
  const {bits} = numbers.columns;
  return Array.from({length: range.count(row)}, (_, index) => bits.getDouble(range.from(row) + index));
}

/** Gives the row a list of its own: bigints as they are, numbers as doubles. Others that had the old one keep it. */
export function setNumbers(
  {numbers}: MetricBatch,
  range: RangeColumn,
  row: number,
  list: readonly (bigint | number)[],
): void {
  const start = numbers.count;
  for (const each of list) {
    const at = numbers.add();
    if (typeof each === 'number') numbers.columns.bits.setDouble(at, each);
    else numbers.columns.bits.set(at, each);
  }
  range.setPair(row, start, list.length);
}
