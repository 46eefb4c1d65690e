/** Which columns there is room for: no table is ever wider than its place. */
import {type Column, least} from './column.ts';

/** Pixels between two columns, and before the first and after the last, as in data-table.module.css. */
export const GAP = 12;
export const EDGE = 18;

export interface Fit<Row> {
  readonly columns: readonly Column<Row>[];
  /** Chosen, but without room. */
  readonly left: readonly Column<Row>[];
  /** 2: the first column stands above the others. */
  readonly lines: 1 | 2;
  /** `grid-template-columns`. */
  readonly template: string;
}

/**
 * `width` is the table's place in pixels (0: not known yet, everything fits). Below `twoLinesBelow` a row has two lines, so that
 * figures keep their room beside a name. Columns without room leave, those of the highest rank first, the first column never.
 */
export function fitColumns<Row>(chosen: readonly Column<Row>[], width: number, twoLinesBelow = 0): Fit<Row> {
  const [first, ...others] = chosen;
  if (first === undefined) throw new Error('BUG: a table without columns');
  const lines = width > 0 && width < twoLinesBelow && others.length > 0 ? 2 : 1;
  const room = width === 0 ? Number.POSITIVE_INFINITY : width - 2 * EDGE;
  const kept = [...others];
  const needed = (): number => {
    const beside = lines === 1 ? [first, ...kept] : kept;
    return beside.reduce((sum, column) => sum + least(column.width), 0) + GAP * (beside.length - 1);
  };
  while (kept.length > 0 && needed() > room) kept.splice(leaver(kept), 1);
  const columns = [first, ...kept];
  return {
    columns,
    left: others.filter((column) => !kept.includes(column)),
    lines: kept.length > 0 ? lines : 1,
    template: lines === 2 ? kept.map(({width}) => `minmax(${least(width)}px, 1fr)`).join(' ') : template(columns),
  };
}

/** The column of the highest rank; of equals the last. */
function leaver<Row>(columns: readonly Column<Row>[]): number {
  const highest = Math.max(...columns.map(({rank = 0}) => rank));
  return columns.findLastIndex(({rank = 0}) => rank === highest);
}

/** The first column takes what is left where no other does, and gives way where even that is too much. */
function template<Row>(columns: readonly Column<Row>[]): string {
  return columns
    .map(({width}, index) => {
      if ('share' in width) return `minmax(${columns.length === 1 ? 0 : width.min}px, ${width.share}fr)`;
      return index === 0 ? `minmax(${width.fixed}px, 1fr)` : `${width.fixed}px`;
    })
    .join(' ');
}
