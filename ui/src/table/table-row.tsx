import {IconChevronRight} from '@tabler/icons-react';
import {memo, useLayoutEffect, useRef} from 'react';
import {useText} from '../i18n/index.ts';
import type {Column, MainProps} from './column.ts';
import classes from './data-table.module.css';
import type {Line} from './row-tree.ts';

/** How a row stands out. */
export interface RowMark {
  /** Has been looked at before. */
  readonly seen?: boolean | undefined;
  /** Has just come: it lights up once. */
  readonly fresh?: boolean | undefined;
  /** Is the one that something else on the page is about. */
  readonly chosen?: boolean | undefined;
  readonly tone?: 'bad' | 'quiet' | undefined;
}

export interface TableRowProps<Row> {
  readonly line: Line<Row>;
  readonly index: number;
  /** Pixels from the first row. */
  readonly top: number;
  readonly columns: readonly Column<Row>[];
  /** Tab reaches it. */
  readonly current: boolean;
  readonly foldable: boolean;
  readonly name: (row: Row) => string;
  readonly onToggle: ((id: string, open: boolean) => void) | undefined;
  readonly seen: boolean | undefined;
  readonly fresh: boolean | undefined;
  readonly chosen: boolean | undefined;
  readonly tone: RowMark['tone'];
}

function Row<T>({line, index, top, columns, current, foldable, name, onToggle, ...rest}: TableRowProps<T>) {
  const text = useText().table;
  const element = useRef<HTMLTableRowElement>(null);
  // Only the row in hand is among the stops of Tab: a table is one stop, not one for each of its links.
  useLayoutEffect(() => {
    for (const stop of element.current?.querySelectorAll<HTMLElement>('a[href], button') ?? []) {
      stop.tabIndex = current && stop.dataset.toggle === undefined ? 0 : -1;
    }
  });
  const main: MainProps = {'data-main': true, className: classes.main, tabIndex: current ? 0 : -1};
  return (
    <tr
      ref={element}
      // biome-ignore lint/a11y/noRedundantRoles: a row that is laid out as a grid is no row in Safari
      role="row"
      aria-rowindex={index + 2}
      className={classes.row}
      style={{transform: `translateY(${top}px)`}}
      data-row={line.id}
      data-index={index}
      data-level={line.level}
      data-seen={rest.seen}
      data-fresh={rest.fresh}
      data-chosen={rest.chosen}
      data-tone={rest.tone}
    >
      {columns.map((column, at) =>
        at === 0 ? (
          // biome-ignore lint/a11y/noRedundantRoles: as above
          <th key={column.id} role="rowheader" scope="row" className={classes.first} data-cell>
            {foldable && line.level === 1 && (
              <button
                type="button"
                data-toggle
                className={classes.toggle}
                aria-expanded={line.open}
                aria-label={line.open ? text.hideBelow(name(line.row)) : text.showBelow(name(line.row))}
                disabled={line.open === undefined}
                onClick={() => onToggle?.(line.id, line.open !== true)}
              >
                <IconChevronRight size={14} />
              </button>
            )}
            {column.draw(line.row, main)}
          </th>
        ) : (
          // biome-ignore lint/a11y/noRedundantRoles: as above
          <td key={column.id} role="cell" className={classes.cell} data-align={column.align} data-cell>
            {column.draw(line.row, main)}
          </td>
        ),
      )}
    </tr>
  );
}

/** Drawn again only when something of its own has changed. */
export const TableRow = memo(Row) as typeof Row;
