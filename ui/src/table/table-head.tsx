import {useText} from '../i18n/index.ts';
import {ariaSort, SortHeader} from '../widgets/index.ts';
import type {Column} from './column.ts';
import classes from './data-table.module.css';
import {nextSort, type SortState} from './sort-rows.ts';

/** The head of every column; those that sort are buttons. */
export function TableHead<Row>({
  columns,
  sort,
  onSort,
}: {
  readonly columns: readonly Column<Row>[];
  readonly sort: SortState | undefined;
  readonly onSort: ((sort: SortState) => void) | undefined;
}) {
  const text = useText().common;
  return (
    // biome-ignore lint/a11y/noRedundantRoles: parts of a table that are laid out otherwise lose their role in Safari
    <thead role="rowgroup" className={classes.head}>
      {/* biome-ignore lint/a11y/noRedundantRoles: as above */}
      <tr role="row" aria-rowindex={1} className={classes.heads}>
        {columns.map((column, index) => {
          const direction = sort?.column === column.id ? (sort.up ? 'up' : 'down') : undefined;
          const sorts = onSort !== undefined && (column.value !== undefined || column.sortable === true);
          return (
            <th
              key={column.id}
              // biome-ignore lint/a11y/noRedundantRoles: as above
              role="columnheader"
              scope="col"
              className={index === 0 ? classes.first : classes.cell}
              data-align={column.align}
              data-column={column.id}
              title={sorts ? undefined : column.hint}
              {...(sorts ? {'aria-sort': ariaSort(direction)} : {})}
            >
              {sorts ? (
                <SortHeader
                  title={column.header}
                  hint={column.hint === undefined ? undefined : `${column.hint} · ${text.sortBy(column.header)}`}
                  direction={direction}
                  onSort={() => onSort(nextSort(sort, column))}
                />
              ) : (
                <span className={classes.still}>{column.header}</span>
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
