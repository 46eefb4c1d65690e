import type {ReactNode} from 'react';

/** A column of a table whose rows are `Row`. The first column names the row: it is always there, and leads to what the row is of. */
export interface Column<Row> {
  /** As it stands in an address: letters only. */
  readonly id: string;
  readonly header: string;
  /** Says more of the header, in its tooltip. */
  readonly hint?: string | undefined;
  readonly draw: (row: Row, main: MainProps) => ReactNode;
  /** Makes the column sortable. Texts are ordered as a person reads them; rows without a value stand last either way. */
  readonly value?: ((row: Row) => number | string | undefined) | undefined;
  /** The table's rows come in this order already: the head only asks for it. */
  readonly sortable?: boolean | undefined;
  /** A first click sorts the smallest or the letter A first; without it, the largest. */
  readonly up?: boolean | undefined;
  readonly align?: 'end' | undefined;
  readonly width: Width;
  /** Not on show until it is chosen. */
  readonly hidden?: boolean | undefined;
  /** Where room is scarce, the column of the highest rank leaves first. 0 where not given. */
  readonly rank?: number | undefined;
}

/** Pixels, or a share of what is left, never below `min`. */
export type Width = {readonly fixed: number} | {readonly share: number; readonly min: number};

/** For the link or button that leads to what the row is of: Enter and a click anywhere in the row go there. */
export interface MainProps {
  readonly 'data-main': true;
  readonly className: string | undefined;
  readonly tabIndex: number;
}

export const least = (width: Width): number => ('fixed' in width ? width.fixed : width.min);

/** The ids in `text` (joined by commas) that are columns, in the table's order; undefined where it names none. */
export function readChosen(
  text: string | undefined,
  columns: readonly {readonly id: string}[],
): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const named = new Set(text.split(','));
  const chosen = columns.filter((column, index) => index === 0 || named.has(column.id)).map(({id}) => id);
  return columns.some((column) => named.has(column.id)) ? chosen : undefined;
}

/** Undefined where these are the columns that are on show at first. */
export function writeChosen<Row>(ids: readonly string[], columns: readonly Column<Row>[]): string | undefined {
  const first = columns.filter((column) => column.hidden !== true).map(({id}) => id);
  return ids.join() === first.join() ? undefined : ids.join();
}
