import {type ReactNode, useMemo} from 'react';
import {sortRows} from '../../../table/index.ts';
import {ariaSort, SortHeader} from '../../../widgets/index.ts';
import classes from './plain-table.module.css';

export interface PlainColumn<Row> {
  readonly id: string;
  readonly header: string;
  readonly hint?: string;
  readonly align?: 'end';
  /** Makes the column sortable. */
  readonly value?: (row: Row) => number | string | undefined;
  /** A first click sorts the smallest or the letter A first. */
  readonly up?: true;
  /** Where room is scarce, 3 leaves first, then 2, then 1. */
  readonly rank?: 1 | 2 | 3;
  readonly draw: (row: Row) => ReactNode;
}

/** A table of some dozens of rows, as high as their texts need, sorted by its heads. */
export function PlainTable<Row>({
  label,
  columns,
  rows,
  rowId,
  sort,
  onSort,
}: {
  readonly label: string;
  readonly columns: readonly PlainColumn<Row>[];
  /** Undefined while they are still being fetched. */
  readonly rows: readonly Row[] | undefined;
  readonly rowId: (row: Row) => string;
  /** Undefined: as the rows come. */
  readonly sort?: {readonly column: string | undefined; readonly up: boolean} | undefined;
  readonly onSort?: ((column: string, up: boolean) => void) | undefined;
}) {
  const by = columns.find(({id, value}) => id === sort?.column && value !== undefined);
  const up = sort?.up === true;
  const sorted = useMemo(
    () => (by?.value === undefined || rows === undefined ? rows : sortRows(rows, by.value, up, rowId)),
    [by, rows, up, rowId],
  );
  return (
    <div className={classes.place}>
      <table className={classes.table} aria-label={label} aria-busy={rows === undefined}>
        <thead>
          <tr>
            {columns.map((column) => {
              const direction = column !== by ? undefined : up ? 'up' : 'down';
              const sortable = column.value !== undefined && onSort !== undefined;
              return (
                <th
                  key={column.id}
                  scope="col"
                  data-align={column.align}
                  data-rank={column.rank}
                  title={sortable ? undefined : column.hint}
                  {...(sortable ? {'aria-sort': ariaSort(direction)} : {})}
                >
                  {sortable ? (
                    <SortHeader
                      title={column.header}
                      hint={column.hint}
                      direction={direction}
                      onSort={() =>
                        onSort(column.id, direction === undefined ? column.up === true : direction === 'down')
                      }
                    />
                  ) : (
                    column.header
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted === undefined
            ? toCome.map((line) => (
                <tr key={line}>
                  {columns.map(({id, rank}) => (
                    <td key={id} data-rank={rank}>
                      <span className={classes.bar} />
                    </td>
                  ))}
                </tr>
              ))
            : sorted.map((row) => (
                <tr key={rowId(row)} data-row>
                  {columns.map((column, index) => {
                    const Cell = index === 0 ? 'th' : 'td';
                    return (
                      <Cell
                        key={column.id}
                        data-align={column.align}
                        data-rank={column.rank}
                        {...(index === 0 ? {scope: 'row'} : {})}
                      >
                        {column.draw(row)}
                      </Cell>
                    );
                  })}
                </tr>
              ))}
        </tbody>
      </table>
    </div>
  );
}

const toCome = [0, 1, 2, 3, 4];
