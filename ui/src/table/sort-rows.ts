/** Rows in the order that a column's head asks for. */
import type {Column} from './column.ts';

export interface SortState {
  readonly column: string;
  /** Ascending. */
  readonly up: boolean;
}

/** `svc-2` before `svc-10`; the same in every browser. */
const reading = new Intl.Collator('en', {numeric: true});

/** Equal rows stand in the order of their ids, whichever way the others stand; rows without a value stand last. */
export function sortRows<Row>(
  rows: readonly Row[],
  value: NonNullable<Column<Row>['value']>,
  up: boolean,
  idOf: (row: Row) => string,
): Row[] {
  const sign = up ? 1 : -1;
  return rows
    .map((row) => ({row, value: value(row), id: idOf(row)}))
    .sort((a, b) => compare(a.value, b.value, sign) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    .map(({row}) => row);
}

type Value = number | string | undefined;

function compare(a: Value, b: Value, sign: number): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  if (typeof a === 'string' && typeof b === 'string') return reading.compare(a, b) * sign;
  return a < b ? -sign : a > b ? sign : 0;
}

/** The state after a click on the head of `column`: the other way round, or at first as that column begins. */
export function nextSort(
  before: SortState | undefined,
  column: {readonly id: string; readonly up?: boolean | undefined},
): SortState {
  const up = before?.column === column.id ? !before.up : column.up === true;
  return {column: column.id, up};
}
